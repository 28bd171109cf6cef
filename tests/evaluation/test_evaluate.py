"""The observer that scores a run while it trains, and the checkpoint that it calls the best."""

import json
from dataclasses import replace

import pytest

import ganarium
from ganarium.api.evaluation import scores_of
from ganarium.core.errors import UsageError
from ganarium.runs.directory import Run
from ganarium.runs.events import Scored
from ganarium.runs.folders import create_run

pytestmark = pytest.mark.slow

WORDS = ("data=ring", "generator.output=linear", "generator.latent=2", "optim.lr=0.003", "train.steps=200")
WORDS += (
    "record.evaluate_every=20",
    "record.keep_every=0",
    "record.sample_every=0",
    "engine.device=cpu",
    "engine.threads=1",
)


@pytest.fixture(scope="module")
def run(tiny, tmp_path_factory) -> Run:
    out = tmp_path_factory.mktemp("judged") / "run"
    return ganarium.train(tiny(*WORDS), out=out, on_line=str)


def leading(run: Run) -> dict[int, float]:
    """The first score of each visit, by step."""
    scored = [line.event for line in run.events() if isinstance(line.event, Scored)]
    return {event.step: event.value for event in scored if event.name == scored[0].name}


def test_scores_come_as_often_as_asked_for(run: Run):
    assert list(leading(run)) == list(range(20, 201, 20))
    events = [line.event for line in run.events() if isinstance(line.event, Scored)]
    assert {event.n for event in events} == {2_000}
    assert {event.against.split("/")[1] for event in events} == {"law"}


def test_the_best_checkpoint_is_kept_however_old(run: Run):
    scores = leading(run)
    best = min(scores, key=scores.__getitem__)
    assert run.best_step() == best
    assert best in run.checkpoint_steps()
    assert ganarium.load(run, at="best").step == best
    assert len(run.checkpoint_steps()) <= 3


def test_scoring_changes_nothing_of_the_training(run: Run, tiny, tmp_path):
    quiet = ganarium.train(tiny(*WORDS, "record.evaluate_every=0"), out=tmp_path / "quiet", on_line=str)
    one, other = (each.checkpoint()[0].tensors for each in (run, quiet))
    assert one.keys() == other.keys()
    assert all(one[name].equal(tensor) for name, tensor in other.items())


def test_scores_are_by_validation_pictures_and_never_by_the_test_split(tiny, tmp_path):
    made = ganarium.train(tiny("train.steps=4"), out=tmp_path / "run", on_line=str)
    (against,) = {line.event.against for line in made.events() if isinstance(line.event, Scored)}
    assert against.startswith("points/validation/")


def test_a_run_that_was_scored_once_has_that_as_its_best_and_one_that_never_was_has_none(tiny, tmp_path):
    once = ganarium.train(tiny("train.steps=4"), out=tmp_path / "once", on_line=str)
    assert once.best_step() == 4
    never = create_run(tmp_path / "never", once.experiment, once.provenance)
    with pytest.raises(UsageError, match=r"record\.evaluate_every"):
        never.checkpoint("best")


def test_scores_written_down_are_not_taken_again(run: Run):
    (first, *others), path = scores_of(run, n=500), run.path / "scores/step-00000200-test-500.json"
    kept = json.loads(path.read_text())
    kept["scores"][0]["value"] = 7.0
    path.write_text(json.dumps(kept))
    assert scores_of(run, n=500) == [replace(first, value=7.0), *others]


@pytest.mark.parametrize("damage", [{"measures": -1}, {"trained_on": "0"}, {"against": "ring/law/0"}])
def test_scores_by_other_measures_or_data_are_taken_again(run: Run, damage: dict[str, object]):
    first, path = scores_of(run, n=400), run.path / "scores/step-00000200-test-400.json"
    kept = json.loads(path.read_text()) | damage
    kept["scores"][0]["value"] = 7.0
    path.write_text(json.dumps(kept))
    assert scores_of(run, n=400) == first


@pytest.mark.parametrize("kept", ["[1]", "{}", '{"scores": 3}', "[]"])
def test_scores_bound_to_nothing_are_taken_again(run: Run, kept: str):
    first, path = scores_of(run, n=300), run.path / "scores/step-00000200-test-300.json"
    path.write_text(kept)
    assert scores_of(run, n=300) == first
