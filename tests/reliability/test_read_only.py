"""Runs and caches that may be read and not written are used all the same."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user, who may not write"),
]

NOBODY = 65534
VERBS = {
    "compare": ("compare", "FOLDER/plane", "-n", "100"),
    "evaluate": ("evaluate", "FOLDER/plane", "-n", "100", "--no-controls"),
    "diagnose": ("diagnose", "FOLDER/run"),
    "show": ("show", "FOLDER/run"),
    "sample": ("sample", "FOLDER/run", "-n", "4", "--out", "x.png"),
    "beside": ("sample", "FOLDER/run", "-n", "4", "--beside", "--out", "y.png"),
    "folder": ("sample", "FOLDER/run", "-n", "4", "--out", "folder"),
    "report": ("report", "FOLDER/run", "--out", "run.html"),
    "plot": ("plot", "FOLDER/run", "--what", "losses", "--out", "curves.svg"),
    "interpolate": ("interpolate", "FOLDER/run", "--frames", "1", "--out", "x.gif"),
}


@pytest.fixture(scope="module")
def folder(workshop, words, tmp_path_factory) -> Iterator[Path]:
    """A folder of root's with a run in it, which anybody can read, and a folder where anybody can write."""
    made = tmp_path_factory.mktemp("made")
    for recipe, name in (("pictures", "run"), ("plane", "plane")):
        status, sitting = workshop.run("train", *words[recipe], "train.steps=20", "--out", name, folder=made)
        assert status == 0, sitting.stderr
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own folders are closed to others
        Path(name).chmod(0o755)
        for run in ("run", "plane"):
            shutil.copytree(made / run, f"{name}/{run}")
        (Path(name) / "work").mkdir(mode=0o777)
        (Path(name) / "work").chmod(0o777)
        yield Path(name)


@pytest.mark.parametrize("verb", VERBS)
def test_a_run_that_is_read_only_is_used(verb: str, folder: Path, workshop):
    runs = [path for name in ("run", "plane") for path in (folder / name).rglob("*") if path.is_file()]
    before = {path: path.read_bytes() for path in runs}
    words = [word.replace("FOLDER", str(folder)) for word in VERBS[verb]]
    status, sitting = workshop.run(*words, folder=folder / "work", user=NOBODY)
    assert (status, sitting.complaints) == (0, []), sitting.stderr
    assert ("its scores could not be stored" in sitting.stderr) == (verb == "compare")
    assert {path: path.read_bytes() for path in runs} == before
