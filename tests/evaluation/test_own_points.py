"""Points without a known law are scored by points that were held out, and every verb works on them."""

from pathlib import Path

import numpy as np
import pytest
import torch

import ganarium
from ganarium.config.data_files import CoordinatesConfig
from ganarium.config.overrides import override
from ganarium.config.toy2d import RingConfig
from ganarium.core.errors import InputError, SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.toy2d import ring
from ganarium.evaluation.evaluate import evaluate_samples
from ganarium.evaluation.read_samples import read_samples
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, PointReference
from ganarium.evaluation.score import Score
from ganarium.training.create import fork

LAW = ring(RingConfig(sigma=0.05))


def drawn(n: int, seed: int) -> torch.Tensor:
    return LAW.place(Streams(seed).all_at("test", LAW.draws(n), 0))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    np.savez(tmp_path / "own.npz", points=drawn(2_000, 0).numpy())
    return tmp_path / "own.npz"


def standard_of(file: Path) -> PointReference:
    by = load_reference(CoordinatesConfig(coordinates=str(file), held_out=0.5))
    assert isinstance(by, PointReference)
    return by


def by_measure(scores: list[Score]) -> dict[str, Score]:
    return {score.name.split("/")[0]: score for score in scores}


def test_other_points_of_the_same_law_score_as_held_out_ones_and_no_score_needs_a_density(file: Path):
    scores = by_measure(list(evaluate_samples(Generated(drawn(500, 1)), standard_of(file))))
    measures = {
        "sliced",
        "precision",
        "recall",
        "density",
        "coverage",
        "authenticity",
        "nearer-to-training",
        "copy-rate",
    }
    assert set(scores) == measures | {"two-sample"}
    for name, score in scores.items():
        assert score.value == pytest.approx(score.floor, abs=0.12), name
        assert "picture" not in score.note
        assert score.against.startswith("coordinates/test/")


def test_a_mode_that_is_missing_and_copies_are_seen(file: Path):
    by = standard_of(file)
    points = drawn(500, 1)
    lacking = by_measure(list(evaluate_samples(Generated(torch.where(points[:, :1] > 0, -points, points)), by)))
    assert lacking["sliced"].value > 5 * lacking["sliced"].floor
    assert lacking["recall"].value < lacking["recall"].floor - 0.2
    assert lacking["two-sample"].value > 0.7
    copied = by_measure(list(evaluate_samples(Generated(by.train.fixed[:400]), by)))
    assert copied["copy-rate"].value > 0.5


def test_controls_move_scores_the_right_way(file: Path):
    scores = by_measure(evaluate_samples(Generated(drawn(300, 1)), standard_of(file), controls=True))
    assert set(scores["sliced"].controls) == {"noisy", "copied"}
    assert scores["precision"].controls["noisy"] < scores["precision"].floor
    assert scores["copy-rate"].controls["copied"] > 0.5


@pytest.mark.slow
def test_a_run_on_points_is_looked_at_scored_and_judged(file: Path, tmp_path: Path):
    words = ("data.held_out=0.5", "generator.hidden=[8]", "discriminator.hidden=[8]", "engine.threads=1")
    run = ganarium.train("ring", *words, data=file, steps=4, out=tmp_path / "run", on_line=str)
    assert run.experiment.data == CoordinatesConfig(coordinates=str(file), held_out=0.5)
    assert {"sliced", "recall"} <= by_measure(ganarium.evaluate(run, n=100)).keys()
    assert "sliced" in by_measure(ganarium.evaluate(file, against=file, words=["held_out=0.5"]))
    assert ganarium.load(run).sample(3).shape == (3, 2)
    np.savetxt(tmp_path / "other.csv", drawn(100, 3).numpy(), delimiter=",")
    assert "modes" in by_measure(ganarium.evaluate(tmp_path / "other.csv", against="ring"))
    ganarium.diagnose(run)


def test_too_few_held_out_points_are_named(file: Path):
    by = load_reference(CoordinatesConfig(coordinates=str(file), held_out=0.02))
    with pytest.raises(InputError, match="test points are held out: scores need at least 60"):
        evaluate_samples(Generated(drawn(100, 1)), by)
    with pytest.raises(InputError, match="scores need samples that the generator was not trained on"):
        load_reference(CoordinatesConfig(coordinates=str(file), held_out=0))


@pytest.mark.slow
def test_points_that_were_trained_on_are_refused_as_held_out_ones(tmp_path: Path, file: Path):
    words = ("data=coordinates", f"data.coordinates={file}", "generator.hidden=[8]", "discriminator.hidden=[8]")
    run = ganarium.train("ring", *words, "data.held_out=0.1", steps=2, out=tmp_path / "run", on_line=str)
    with pytest.raises(InputError, match=r"test points of .* were used to train"):
        ganarium.evaluate(run, words=["data.held_out=0.6"], against=file, n=200)
    with pytest.raises(SettingsError, match="points were used to train"):
        fork(run, 2, override(run.experiment, ["data.held_out=0.6", "train.steps=4"]), tmp_path / "fork")


def test_points_in_memory_are_scored(file: Path):
    by = standard_of(file)
    points = drawn(500, 1)
    assert torch.equal(read_samples(points, by).samples, points)
    with pytest.raises(InputError, match="points in memory: points have shape"):
        read_samples(np.zeros((3, 2, 2)), by)
