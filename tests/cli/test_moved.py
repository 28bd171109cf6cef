"""A run goes on with data that lie elsewhere now, if they are the same, and with nothing else that is new."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import ganarium as library
from ganarium.core.errors import InputError, UsageError
from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow

WORDS = ("generator.hidden=[8]", "discriminator.hidden=[8]", "train.batch=8", "train.steps=3", "engine.threads=1")
IMAGES = np.random.default_rng(0).integers(0, 256, (200, 16, 16), np.uint8)


@pytest.fixture(scope="module")
def trained(ganarium, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run on pictures that moved from `old` to `new`, one on an array likewise, and other pictures."""
    tmp_path = tmp_path_factory.mktemp("trained")
    for name, seed in (("old", 0), ("other", 1)):
        words = ("data", "export", "points", "count=200", f"seed={seed}", "--out", name)
        assert ganarium(*words, folder=tmp_path).status == 0
    np.savez(tmp_path / "old.npz", images=IMAGES)
    np.savez(tmp_path / "other.npz", images=255 - IMAGES)
    for place, run in (("folder=old", "run"), ("array=old.npz", "arrays")):
        said = ganarium("train", "dense-layers", f"data.{place}", *WORDS, "--out", run, folder=tmp_path)
        assert said.status == 0, said.stderr
    (tmp_path / "old").rename(tmp_path / "new data")
    (tmp_path / "old.npz").rename(tmp_path / "new.npz")
    return tmp_path


@pytest.fixture
def moved(trained: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to be changed."""
    return shutil.copytree(trained, tmp_path, dirs_exist_ok=True)


def test_a_run_is_told_where_its_data_are_now(moved, ganarium):
    for run, place in (("run", "folder=new data"), ("arrays", "array=new.npz")):
        said = ganarium("resume", run, "--steps", 6, folder=moved)
        assert (said.status, f"ganarium resume {run} data.{place.partition('=')[0]}=NEW" in said.stderr) == (2, True)
        said = ganarium("resume", run, f"data.{place}", "--steps", 6, folder=moved)
        assert said.status == 0, said.stderr
        found = Run.open(moved / run)
        assert found.experiment.data.location == str(moved / place.partition("=")[2])
        assert found.checkpoint()[0].progress.step == 6


def test_it_is_as_if_the_data_had_not_moved(moved, ganarium):
    shutil.copytree(moved / "run", moved / "same")
    old = Run.open(moved / "same").experiment.data.location
    shutil.copytree(moved / "new data", old)
    try:
        assert ganarium("resume", "same", "--steps", 6, folder=moved).status == 0
    finally:
        shutil.rmtree(old)
    assert ganarium("resume", "run", "data.folder=new data", "--steps", 6, folder=moved).status == 0
    one, other = (Run.open(moved / name).checkpoint()[0].tensors for name in ("run", "same"))
    assert one.keys() == other.keys()
    assert all(one[name].equal(other[name]) for name in one)


def test_a_finished_run_learns_it_as_well(moved, ganarium):
    said = ganarium("resume", "run", "data.folder=new data", folder=moved)
    assert said.status == 0, said.stderr
    said = ganarium("sample", "run", "-n", 4, "--beside", "--out", "x.png", folder=moved)
    assert said.status == 0, said.stderr
    assert library.resume(moved / "arrays", f"data.array={moved / 'new.npz'}").experiment.train.steps == 3


@pytest.mark.parametrize(
    ("words", "needles"),
    [
        (("run", "data.folder=other"), ("data.folder=other", "hash", "ganarium fork run --at 3 data.folder=other")),
        (("arrays", "data.array=other.npz"), ("data.array=other.npz", "hash")),
        (("run", "data.folder=nowhere"), ("nowhere",)),
        (("run", "data.array=new.npz"), ("data.array=new.npz", "changes only the number of steps", "data.folder")),
        (("run", "data.size=32"), ("data.size=32", "changes only the number of steps")),
        (("run", "data.folder=new data", "optim.lr=1"), ("optim.lr=1", "changes only the number of steps")),
        (("run", "data.folder=new data", "--steps", "2"), ("2 is the new total", "already has 3 steps")),
        (("run", "data.folder"), ("data.folder", "a.b=value")),
        (("run", "data.folder="), ("data.folder",)),
    ],
    ids=lambda words: " ".join(words),
)
def test_other_data_and_other_settings_are_refused_and_nothing_changes(words, needles, moved, ganarium, tree):
    before = tree(moved / words[0])
    said = ganarium("resume", *words, folder=moved)
    assert said.status == 2
    (line,) = [line for line in said.stderr.splitlines() if line.startswith("ganarium: ")]
    assert all(needle in line for needle in needles), line
    assert tree(moved / words[0]) == before


def test_python_refuses_the_same(moved):
    with pytest.raises(InputError, match="hash"):
        library.resume(moved / "run", f"data.folder={moved / 'other'}")
    with pytest.raises(UsageError, match="changes only"):
        library.resume(moved / "run", "optim.lr=1")


def test_what_cannot_be_written_on_resume_is_not_sent_to_an_option_that_resume_lacks(moved, ganarium):
    shutil.rmtree(moved / "arrays/samples")
    (moved / "arrays/samples").write_text("in the way")
    said = ganarium("resume", "arrays", "data.array=new.npz", "--steps", 6, folder=moved)
    assert (said.status, "cannot write" in said.stderr, "--out" in said.stderr) == (1, True, False)
