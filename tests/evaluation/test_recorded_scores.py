"""Scores on disk are those of the data that are there now, or it is said that they may not be."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import ganarium
from ganarium.api.evaluation import scores_of
from ganarium.config.overrides import data_settings
from ganarium.core import cache
from ganarium.core.errors import InputError, RunError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.load import load_data
from ganarium.evaluation.baselines import VERSION, cached_numbers
from ganarium.evaluation.reference import load_reference
from ganarium.runs.directory import Run
from ganarium.runs.events import Line, Scored
from ganarium.studies.scoring_consistency import refuse_inconsistent
from ganarium.studies.study import Study, StudyFolder, runs_of

pytestmark = pytest.mark.slow


def noise(n: int, seed: int, shade: float = 0.0) -> np.ndarray:
    """uint8 [n, 16, 16]"""
    return (Streams(seed).at("pictures", normal(n, 16, 16), 0) + shade).sigmoid().mul(255).byte().numpy()


def write(path: Path, train: int = 0, test: int = 1, shade: float = 0.0) -> None:
    np.savez(path, x_train=noise(120, train), x_test=noise(70, test, shade))


@pytest.fixture
def run(tiny, tmp_path: Path) -> Run:
    """A run that was trained on own.npz beside it."""
    write(tmp_path / "own.npz")
    words = (f"data.array={tmp_path / 'own.npz'}", "train.steps=2", "engine.device=cpu", "record.monitor_every=0")
    return ganarium.train(tiny(*words), out=tmp_path / "run", on_line=str)


def values(run: Run) -> dict[str, float]:
    return {score.name: score.value for score in scores_of(run, n=100)}


def marked(run: Run) -> None:
    """Make recorded scores such as nothing measures."""
    (path,) = (run.path / "scores").iterdir()
    kept = json.loads(path.read_text())
    for score in kept["scores"]:
        score["value"] = -7.0
    path.write_text(json.dumps(kept))


def test_scores_are_taken_again_when_test_pictures_change_and_only_then(run, tmp_path):
    before = values(run)
    marked(run)
    assert set(values(run).values()) == {-7.0}
    shutil.copy(tmp_path / "own.npz", tmp_path / "copy.npz")
    (tmp_path / "copy.npz").replace(tmp_path / "own.npz")  # another file with the same pictures
    assert set(values(run).values()) == {-7.0}
    write(tmp_path / "own.npz", test=2, shade=2.0)
    assert values(run) == {score.name: score.value for score in ganarium.evaluate(run, n=100)}
    write(tmp_path / "own.npz")
    assert values(run) == before


def test_recorded_scores_of_exchanged_data_are_refused(run, tmp_path):
    values(run)
    write(tmp_path / "own.npz", train=3)
    with pytest.raises(RunError, match="changed since training"):
        values(run)


def test_recorded_scores_outlive_their_data_with_a_warning(run, tmp_path, caplog):
    before = values(run)
    (tmp_path / "own.npz").unlink()
    assert values(run) == before
    assert "cannot be checked" in caplog.text
    shutil.rmtree(run.path / "scores")
    with pytest.raises(InputError, match=r"own\.npz"):
        values(run)


def test_scores_of_older_versions_are_taken_again_or_shown_with_a_warning(run, tmp_path, caplog):
    before = values(run)
    marked(run)
    (path,) = (run.path / "scores").iterdir()
    old = json.dumps(json.loads(path.read_text())["scores"])
    path.write_text(old)
    assert values(run) == before
    path.write_text(old)
    (tmp_path / "own.npz").unlink()
    assert set(values(run).values()) == {-7.0}
    assert "cannot be checked" in caplog.text


def test_the_best_step_is_by_the_newest_validation_pictures(run):
    def scored(step: int, value: float, against: str) -> Scored:
        return Scored(step, "frechet/x", value, 0.0, 100, "", error=0.1, against=against)

    events = [
        scored(3, -9.0, "own/validation/1"),
        scored(4, 3.0, "own/validation/2"),
        scored(6, 5.0, "own/validation/2"),
    ]
    last = run.events()[-1]
    for number, event in enumerate(events, 1):
        run.append(Line(event, last.seq + number, last.phase, last.time))
    assert run.best_step() == 4


@pytest.fixture
def study(tmp_path: Path) -> tuple[Study, StudyFolder]:
    """A study of one cell that is done, by its file."""
    write(tmp_path / "own.npz")
    words = (f"data.array={tmp_path / 'own.npz'}",)
    planned = Study(recipe="dense-layers", words=words, seeds=(0,))
    settings = data_settings(words)
    by = load_reference(settings)
    home, (cell,) = StudyFolder(tmp_path / "study"), runs_of(planned)
    score = {"name": "frechet/x", "value": 1.0, "floor": 0.0, "n": 100, "note": "", "against": by.against}
    home.write_result(cell, {"trained_on": load_data(settings).hash, "scores": [score]})
    return planned, home


@pytest.mark.parametrize("change", [{"train": 3}, {"test": 3}])
def test_a_study_does_not_go_on_with_other_data(study, tmp_path, change):
    planned, home = study
    refuse_inconsistent(runs_of(planned), home, planned.n, planned.split)
    write(tmp_path / "own.npz", **change)
    with pytest.raises(InputError, match="restore the data"):
        refuse_inconsistent(runs_of(planned), home, planned.n, planned.split)


def test_a_study_without_its_data_says_what_cannot_be_checked(study, tmp_path, caplog):
    planned, home = study
    (tmp_path / "own.npz").unlink()
    refuse_inconsistent(runs_of(planned), home, planned.n, planned.split)
    assert "cannot check whether" in caplog.text


@pytest.mark.parametrize(("n", "split", "wrong"), [(300, "test", "n=200"), (200, "validation", "split=test")])
def test_a_study_does_not_go_on_with_another_number_of_samples_or_split(study, n, split, wrong):
    planned, home = study
    (cell,) = runs_of(planned)
    home.write_result(cell, {**(home.read_result(cell) or {}), "n": 200, "split": "test"})
    with pytest.raises(InputError, match=f"scored with {wrong}"):
        refuse_inconsistent([cell], home, n, split)


def test_cells_that_were_scored_by_earlier_measures_are_counted(study, caplog):
    planned, home = study
    refuse_inconsistent(runs_of(planned), home, planned.n, planned.split)
    assert "1 finished run scored by an earlier version of the measures" in caplog.text
    caplog.clear()
    (cell,) = runs_of(planned)
    home.write_result(cell, {**(home.read_result(cell) or {}), "measures": VERSION})
    refuse_inconsistent([cell], home, planned.n, planned.split)
    assert not caplog.text


def test_scores_are_those_of_the_checkpoint_that_was_read(run: Run):
    longer = ganarium.resume(run, steps=4, on_line=str)
    newest = max((run.path / "checkpoints").glob("*.safetensors"))
    sound = newest.read_bytes()
    newest.write_bytes(sound[:100])
    before = values(longer)
    newest.write_bytes(sound)
    assert values(longer) != before


@pytest.mark.parametrize("version", [1, 2])  # whose floors came from the first rows of the data
def test_floors_that_earlier_measures_kept_are_not_used(version: int, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path))
    (cache.folder() / f"frechet-v{version}.floor").write_text('{"frechet": 24.5}')
    assert cached_numbers("frechet", lambda: {"frechet": 5.8}) == {"frechet": 5.8}
