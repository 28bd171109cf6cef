"""Looks: what a few samples say, on samples whose truth is known, and what looking costs a run: nothing."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

import ganarium
from ganarium.api.lookup import plan
from ganarium.config.overrides import data_settings
from ganarium.core.errors import DivergedError
from ganarium.core.random_streams import Streams
from ganarium.data.datasets import ImageSet, PointSet
from ganarium.data.load import load_data
from ganarium.diagnosis.monitor import (
    SAMPLES,
    SnapshotReference,
    image_reference,
    law_reference,
    monitor_for,
    take_snapshot,
)
from ganarium.diagnosis.observer import DiagnosisObserver
from ganarium.evaluation.features.random_convolutions import RandomConvolutions
from ganarium.runs.directory import Run
from ganarium.runs.events import Finding, Layers, Line, Snapshot
from ganarium.training import create

WORDS = ("data=ring", "generator.output=linear", "generator.latent=2", "train.steps=60", "record.log_every=10")
WORDS += (
    "record.monitor_every=20",
    "record.keep_every=0",
    "record.sample_every=0",
    "engine.device=cpu",
    "engine.threads=1",
)


@pytest.fixture(scope="module")
def ring() -> tuple[PointSet, SnapshotReference]:
    source = load_data(data_settings(["data=ring", "data.count=3000"]))
    assert isinstance(source, PointSet)
    return source, law_reference(source)


@pytest.fixture(scope="module")
def shapes(tiny) -> tuple[ImageSet, SnapshotReference]:
    experiment = tiny("data.count=600", "data.size=20")
    source = load_data(experiment.data)
    assert isinstance(source, ImageSet)
    return source, image_reference(experiment, source, RandomConvolutions(source))


def fresh(source: PointSet, n: int = SAMPLES) -> torch.Tensor:
    return source.law.place(Streams(3).all_at("fresh", source.law.draws(n), 0))


def test_samples_of_the_law_itself_are_as_real_ones(ring):
    source, known = ring
    seen = take_snapshot(1, fresh(source, 2_000), known)
    assert seen.spread == pytest.approx(1, abs=0.03)
    assert seen.within == pytest.approx(1, abs=0.05)
    assert seen.nearest == pytest.approx(1, abs=0.1)
    assert abs(seen.apart) < 0.01
    assert sum(seen.counts) == 2_000
    assert min(seen.counts) > 180
    assert seen.middle is None


@pytest.mark.slow
def test_a_look_has_samples_enough_for_each_of_many_kinds(tmp_path):
    run = ganarium.train("ring", *WORDS, "data=grid", "train.steps=20", out=tmp_path / "grid", on_line=str)
    (seen,) = [line.event for line in Run.open(run.path).events() if isinstance(line.event, Snapshot)]
    assert len(seen.due) == 25
    assert seen.n == sum(seen.counts)
    assert seen.n * min(seen.due) > 12


def test_one_mode_is_seen_as_one_kind_of_samples_that_lie_close(ring):
    source, known = ring
    seen = take_snapshot(1, fresh(source)[:1] + torch.zeros(SAMPLES, 2), known)
    assert sorted(seen.counts) == [0] * 7 + [SAMPLES]
    assert seen.spread == seen.within == 0
    assert seen.apart > 0.5


def test_copies_of_the_training_points_lie_at_no_distance_from_them(ring):
    source, known = ring
    assert source.points is not None
    assert take_snapshot(1, source.points[:SAMPLES], known).nearest < 0.05


def test_endless_points_have_nothing_to_be_near_to():
    source = load_data(data_settings(["data=ring", "data.count=0"]))
    assert isinstance(source, PointSet)
    assert take_snapshot(1, fresh(source), law_reference(source)).nearest is None


@pytest.mark.slow
def test_real_pictures_are_as_real_ones_and_a_black_sheet_is_constant(shapes):
    source, known = shapes
    seen = take_snapshot(1, source.images[:SAMPLES], known)
    assert seen.spread == pytest.approx(1, abs=0.1)
    assert abs(seen.apart) < 0.05
    assert len(seen.counts) == len(seen.due) == 10
    assert sum(seen.due) == pytest.approx(1, abs=1e-3)
    black = take_snapshot(1, torch.zeros_like(source.images[:SAMPLES]), known)
    assert black.spread == 0
    assert max(black.counts) == SAMPLES


@pytest.mark.slow
def test_training_pictures_are_nearer_to_themselves_than_unseen_ones_are(shapes):
    source, known = shapes
    assert take_snapshot(1, source.images[:SAMPLES], known).nearest < 0.1


@pytest.mark.slow
def test_one_kind_alone_is_no_memorization_however_close_its_samples_lie():
    """Ones are thin, so that any two of them lie closer than two digits do."""
    data = data_settings(["data=mnist", "data.count=2000"])
    digits, unseen = load_data(data), load_data(data, "test")
    assert isinstance(digits, ImageSet)
    assert isinstance(unseen, ImageSet)
    ones = unseen.images[unseen.labels == 1][:SAMPLES]
    known = image_reference(plan("digits", ["data.count=2000"]), digits, RandomConvolutions(digits))
    assert take_snapshot(1, ones, known).nearest == pytest.approx(1, abs=0.2)
    assert take_snapshot(1, digits.images[digits.labels == 1], known).nearest < 0.1


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory) -> Run:
    return ganarium.train(tiny(*WORDS), out=tmp_path_factory.mktemp("watched") / "run", on_line=str)


@pytest.mark.slow
def test_looks_come_as_often_as_asked_for_and_layers_with_every_span(run: Run):
    events = [line.event for line in run.events()]
    assert [one.step for one in events if isinstance(one, Snapshot)] == [20, 40, 60]
    assert [one.step for one in events if isinstance(one, Layers)] == [10, 20, 30, 40, 50, 60]


@pytest.mark.slow
def test_looking_changes_nothing_of_the_training(run: Run, tiny, tmp_path):
    blind = ganarium.train(tiny(*WORDS, "record.monitor_every=0"), out=tmp_path / "blind", on_line=str)
    assert not [line for line in blind.events() if isinstance(line.event, Snapshot)]
    one, other = (each.checkpoint()[0].tensors for each in (run, blind))
    assert all(one[name].equal(tensor) for name, tensor in other.items())


@pytest.mark.slow
def test_an_average_is_looked_at_beside_the_newest_weights_where_there_is_one(run: Run, tiny, tmp_path):
    assert {line.event.averaged for line in run.events() if isinstance(line.event, Snapshot)} == {None}
    young = tiny(*WORDS, "remedies.ema.warmup=false", "remedies.ema.decay=0.9999")
    warm = tiny(*WORDS, "remedies.ema.decay=0.9999")
    gaps = {}
    for name, experiment in {"young": young, "warm": warm}.items():
        made = ganarium.train(experiment, out=tmp_path / name, on_line=str)
        looks = [line.event for line in made.events() if isinstance(line.event, Snapshot)]
        gaps[name] = looks[-1].averaged - looks[-1].apart
    assert gaps["young"] > 0.1 > gaps["warm"]


def test_what_nothing_can_read_is_not_looked_at(tiny):
    assert monitor_for(tiny("record.monitor_every=0")) is None
    assert monitor_for(tiny("data.count=1")) is None


@pytest.mark.slow
def test_a_sheet_without_greys_is_saturated_beside_pictures_that_have_them():
    source = load_data(data_settings(["data=polygons", "data.count=200", "data.size=32"]))
    assert isinstance(source, ImageSet)
    known = image_reference(
        plan("dense-shapes", ["data=polygons", "data.count=200", "data.size=32"]), source, RandomConvolutions(source)
    )
    sheet = torch.full_like(source.images[:SAMPLES], 255)
    assert take_snapshot(1, sheet, known).middle == 0


@pytest.mark.slow
def test_a_run_that_collapses_says_so_while_it_trains_and_once(tiny, tmp_path):
    said: list[str] = []
    made = ganarium.train(
        tiny(*WORDS, "optim.lr=3", "train.steps=500"),
        out=tmp_path / "wild",
        on_line=lambda line: said.append(line.event.name) if isinstance(line.event, Finding) else None,
    )
    found = [line.event for line in made.events() if isinstance(line.event, Finding)]
    assert said == [one.name for one in found]
    assert said
    assert len(set(said)) == len(said)
    assert all(one.grave and one.since is not None and one.since <= one.step for one in found)
    assert {one.name for one in ganarium.diagnose(made).severe}


@pytest.mark.slow
def test_late_visits_are_seldom_and_the_last_one_is_made(ring, tiny, tmp_path):
    source, known = ring
    doctor = DiagnosisObserver(
        create.begin(tiny(*WORDS, "record.monitor_every=5", "train.steps=515"), tmp_path / "run")
    )
    alike = fresh(source)[:1] + torch.zeros(SAMPLES, 2)
    for step in range(5, 516, 5):
        doctor.on_line(Line(take_snapshot(step, alike, known), step, phase=0, time=0.0))
    said = {step: [found.name for found in doctor.observe(step, None)] for step in (505, 510, 515)}
    assert said == {505: [], 510: ["constant"], 515: ["constant"]}


@pytest.mark.slow
def test_classes_that_come_sorted_are_asked_for_and_set_beside_in_their_shares():
    """As files of own pictures often do, whose first thousand are then of one class."""
    digits = load_data(data_settings(["data=mnist", "data.count=4000"]))
    assert isinstance(digits, ImageSet)
    assert digits.labels is not None
    rows = digits.labels.sort(stable=True).indices
    ordered = replace(digits, images=digits.images[rows], labels=digits.labels[rows])
    known = image_reference(plan("digits", ["data.count=4000"]), ordered, RandomConvolutions(ordered))
    assert known.requested is not None
    assert known.requested.bincount(minlength=10).min() > 10
    seen = take_snapshot(1, digits.images[:SAMPLES], known)
    assert seen.spread == pytest.approx(1, abs=0.05)
    assert abs(seen.apart) < 0.02
    assert min(seen.counts) > 0


@pytest.mark.slow
def test_codes_that_a_generator_is_told_are_not_taken_for_classes(tiny, tmp_path):
    words = ("game=info", "game.categories=3", "record.monitor_every=5", "record.sample_every=0", "train.steps=5")
    made = ganarium.train(tiny(*words), out=tmp_path / "codes", on_line=str)
    assert [line.event.step for line in made.events() if isinstance(line.event, Snapshot)] == [5]


def test_samples_that_do_not_differ_are_nothing_to_be_set_beside(tiny, tmp_path):
    assert monitor_for(tiny("data=ring", "data.count=1", "generator.output=linear")) is None
    np.save(tmp_path / "black.npy", np.zeros((40, 16, 16), np.uint8))
    assert monitor_for(tiny(f"data.array={tmp_path / 'black.npy'}")) is None


def test_numbers_that_no_log_can_hold_are_written_down_as_large(ring):
    _, known = ring
    far = torch.full((SAMPLES, 2), 1e30)
    far[0] = -1e30
    json.dumps(asdict(take_snapshot(1, far, known)), allow_nan=False)


@pytest.mark.slow
def test_weights_beyond_all_numbers_are_a_divergence_and_no_crash(tiny, tmp_path):
    words = ("update=simultaneous", "optim=sgd", "optim.lr=1e22", "train.steps=9", "record.log_every=1")
    with pytest.raises(DivergedError):
        ganarium.train(tiny(*words), out=tmp_path / "far", on_line=str)
    assert "divergence" in {found.name for found in ganarium.diagnose(tmp_path / "far").severe}
