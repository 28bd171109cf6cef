"""Samples and scores come from a sound, trained checkpoint of the run's own settings, or the command says why not."""

import logging
import shutil
from pathlib import Path

import pytest

import ganarium as library
from ganarium.core.errors import CheckpointError, GanariumError, RunError
from ganarium.runs.directory import Run
from ganarium.training.weights import network_of

pytestmark = pytest.mark.slow

USES = {
    "sample": ("sample", "run", "--out", "x.npz"),
    "at": ("sample", "run", "--at", "40", "--out", "x.npz"),
    "interpolate": ("interpolate", "run", "--frames", "1", "--out", "x.png"),
    "evaluate": ("evaluate", "run", "-n", "100", "--no-controls"),
    "compare": ("compare", "run", "-n", "100"),
    "fork": ("fork", "run", "--at", "40", "train.steps=41", "--out", "child"),
}
# what is edited in experiment.toml, and what the message names
EDITS = {
    "hidden": ("hidden = [8]", "hidden = [5]", "generator.hidden was [8], is [5]"),
    "remedy": ("[remedies.ema]", "[remedies.spectral_norm]\n[remedies.ema]", "remedies.spectral_norm"),
    "game": ("conditional = true", "conditional = false", "game.conditional"),
    "seed": ("seed = 0\nlatents", "seed = 1\nlatents", "seed was 0, is 1"),
    "born": ("shape = [1, 16, 16]", "shape = [1, 8, 8]", "experiment.toml"),
    "text": ("shape = [1, 16, 16]", 'shape = "abc"', "provenance.shape"),
    "negative": ("shape = [1, 16, 16]", "shape = [1, -16, 16]", "provenance.shape"),
    "missing": ("data_hash =", "hash =", "provenance.data_hash"),
    "classes": ("classes = [", 'classes = ["x", ', "experiment.toml"),
}


@pytest.fixture
def run(place: Path, tmp_path: Path) -> Run:
    """A trained run with checkpoints of steps 0, 20 and 40, to be hurt."""
    return Run.open(shutil.copytree(place / "runs/shapes", tmp_path / "run"))


def checkpoint(run: Run, step: int) -> Path:
    return run.path / "checkpoints" / f"step-{step:08d}.safetensors"


def truncate(run: Run, *steps: int) -> None:
    for step in steps:
        checkpoint(run, step).write_bytes(checkpoint(run, step).read_bytes()[:500])


@pytest.mark.parametrize(
    "use", ["sample", "at", "interpolate", pytest.param("compare", marks=pytest.mark.slow), "fork"]
)
def test_the_newest_sound_trained_checkpoint_is_used_and_said(use, run, ganarium, tmp_path, caplog):
    truncate(run, 40)
    said = ganarium(*USES[use], folder=tmp_path)
    assert said.status == 0
    assert "step-00000040.safetensors is damaged" in caplog.text
    assert "using the checkpoint of step 20 instead" in caplog.text


def test_a_trial_does_not_fork_another_checkpoint_than_it_says(run, ganarium, tmp_path):
    truncate(run, 40)
    said = ganarium("trial", "run", "--remedies", "r1", "--at", 40, "--steps", 1, folder=tmp_path)
    assert (said.status, "such as 20" in said.stderr) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("lose", ["truncate", "remove"])
@pytest.mark.parametrize("words", USES.values(), ids=USES)
def test_untrained_weights_are_not_used_in_place_of_lost_ones(words, lose, run, ganarium, tmp_path):
    if lose == "remove" and "40" in words:
        pytest.skip("earlier checkpoints are removed by training itself, so another step is no surprise")
    truncate(run, 20, 40)
    if lose == "remove":
        checkpoint(run, 20).unlink()
        checkpoint(run, 40).unlink()
    said = ganarium(*words, folder=tmp_path)
    (line,) = said.stderr.splitlines()
    assert (said.status, "step 0, which is untrained" in line, "ganarium resume run" in line) == (1, True, True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_untrained_weights_are_used_where_they_are_asked_for(run, ganarium, tmp_path, caplog):
    truncate(run, 20, 40)
    assert ganarium("sample", "run", "--at", 0, "--out", "x.npz", folder=tmp_path).status == 0
    assert caplog.text == ""
    assert ganarium("sample", "run", "--at", 10, "--out", "y.npz", folder=tmp_path).status == 0
    assert "untrained" in caplog.text


def test_training_goes_on_from_step_0_aloud_where_no_other_is_sound(run, ganarium, tmp_path):
    truncate(run, 20, 40)
    said = ganarium("resume", "run", folder=tmp_path)
    assert said.status == 0
    assert "training starts again at step 0" in said.stderr
    assert Run.open(run.path).checkpoint_steps() == [0, 20, 40]


def test_python_says_the_same(run, caplog):
    truncate(run, 40)
    with caplog.at_level(logging.WARNING, "ganarium"):
        assert library.load(run.path).step == 20
    assert "checkpoint of step 20 instead" in caplog.text
    truncate(run, 20)
    for use in (
        lambda: library.load(run.path),
        lambda: network_of(run, "generator"),
        lambda: library.evaluate(run, n=100),
        lambda: library.fork(run, 40, "train.steps=41"),
    ):
        with pytest.raises(CheckpointError, match="untrained"):
            use()


def test_the_best_checkpoint_is_not_silently_another(run, monkeypatch):
    monkeypatch.setattr(run, "best_step", lambda: 20)
    checkpoint(run, 20).unlink()
    with pytest.raises(CheckpointError, match="step 20 is missing"):
        library.load(run, "best")


@pytest.mark.parametrize("edit", EDITS)
def test_settings_that_were_edited_by_hand_are_named(edit: str, run, ganarium, tmp_path):
    before, after, named = EDITS[edit]
    file = run.path / "experiment.toml"
    assert before in file.read_text()
    file.write_text(file.read_text().replace(before, after))
    for use in ("sample", "interpolate", "compare"):
        said = ganarium(*USES[use], folder=tmp_path)
        lines = [line for line in said.stderr.splitlines() if line.startswith("ganarium: ")]
        assert (len(lines), named in lines[0] or "classes" in lines[0], said.stdout) == (1, True, "")
    with pytest.raises(GanariumError):
        library.resume(file.parent, steps=50, on_line=str)


def test_a_fork_of_edited_settings_names_what_was_edited(run, ganarium, tmp_path):
    file = run.path / "experiment.toml"
    file.write_text(file.read_text().replace("hidden = [8]", "hidden = [5]"))
    said = ganarium(*USES["fork"], folder=tmp_path)
    assert (said.status, said.stderr.startswith("ganarium: generator.hidden")) == (2, True)


def test_a_checkpoint_of_another_run_is_not_used(run, place, ganarium, tmp_path):
    other = sorted((place / "runs/plane/checkpoints").iterdir())[-1]
    shutil.copy(other, checkpoint(run, 40))
    said = ganarium(*USES["sample"], folder=tmp_path)
    assert (said.status, "written with other settings" in said.stderr, "and" in said.stderr) == (1, True, True)


def test_what_changes_no_sample_may_be_edited(run, ganarium, tmp_path):
    file = run.path / "experiment.toml"
    file.write_text(
        file.read_text().replace("keep_every = 20", "keep_every = 30").replace("threads = 1", "threads = 2")
    )
    assert ganarium(*USES["sample"], folder=tmp_path).status == 0
    with pytest.raises(RunError, match=r"record\.keep_every"):
        library.resume(run.path, steps=50, on_line=str)
