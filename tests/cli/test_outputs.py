"""Whatever a command writes has the format of its name, replaces what an earlier call wrote, and nothing else."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import ganarium as library
from ganarium.core.errors import UsageError
from ganarium.core.outputs import LIST

SAMPLE, WALK, EXPORT = ("sample", "shapes"), ("interpolate", "shapes"), ("data", "export", "points", "count=20")
WRITERS = {
    SAMPLE: "x.png, x.npz or a folder",
    ("sample", "plane"): "x.png, x.npz or x.csv",
    (*SAMPLE, "--beside"): "x.png",
    WALK: "x.gif, x.webp or x.png",
    EXPORT: "x.npz or a folder",
    ("data", "show", "points"): "x.png",
    ("compare", "shapes"): "x.csv, x.json or x.png",
    ("theory", "dirac"): "x.png",
    ("theory", "bilinear"): "x.png",
    ("theory", "optimum"): "x.png",
}
RUNS = (
    ("train", "ring"),
    ("fork", "shapes", "--at", "20", "train.steps=60"),
    ("trial", "shapes", "--remedies", "r1"),
    ("study", "cures.toml"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["x.jpg", "x.npy", "g.pt"])
@pytest.mark.parametrize("words", WRITERS, ids=" ".join)
def test_formats_that_cannot_be_written_are_refused_with_those_that_can(words, name, place, ganarium, tmp_path):
    said = ganarium(*words, "--out", tmp_path / name, folder=place)
    (line,) = said.stderr.splitlines()
    assert (said.status, name in line, f"; use {WRITERS[words]}" in line) == (2, True, True)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("words", RUNS, ids=" ".join)
def test_runs_are_not_named_like_files(words, place, ganarium, tmp_path):
    (place / "cures.toml").write_text('recipe = "ring"\nsteps = 2\nseeds = [0]\n')
    said = ganarium(*words, "--out", tmp_path / "x.PNG", folder=place)
    assert (said.status, "x.PNG" in said.stderr, "folder" in said.stderr) == (2, True, True)
    assert not any(tmp_path.iterdir())


def test_runs_of_python_are_not_named_like_files_either(place, tmp_path):
    for attempt in (
        lambda: library.train("ring", "data.count=20", steps=1, out=tmp_path / "x.pt"),
        lambda: library.fork(place / "runs/plane", 0, "train.steps=9", out=tmp_path / "x.npz"),
        lambda: library.trial(place / "runs/plane", "r1", out=tmp_path / "x.png"),
    ):
        with pytest.raises(UsageError, match="folder"):
            attempt()
    assert not any(tmp_path.iterdir())


@pytest.mark.slow
def test_capital_letters_in_a_suffix_mean_the_same_format(place, ganarium, tmp_path):
    for words, name in (
        (SAMPLE, "a.PNG"),
        (SAMPLE, "a.Npz"),
        (("sample", "plane"), "b.PNG"),
        ((*WALK, "--frames", 2), "a.GIF"),
        (EXPORT, "c.NPZ"),
        (("data", "show", "points", "count=20"), "d.PNG"),
        (("theory", "bilinear", "--steps", 5), "e.PNG"),
    ):
        assert ganarium(*words, "--out", tmp_path / name, folder=place).status == 0, name
        with (np.load if name.lower().endswith("npz") else Image.open)(tmp_path / name):
            pass


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((*SAMPLE, "-n", 5), (*SAMPLE, "-n", 2, "--label", 7)),
        (("data", "export", "points", "count=40"), ("data", "export", "points", "count=7")),
        (("data", "export", "points", "count=7"), (*SAMPLE, "-n", 2)),
    ],
    ids=["sample", "export", "both"],
)
def test_an_overwritten_folder_holds_what_this_call_wrote_alone(before, after, place, ganarium, tmp_path):
    assert ganarium(*after, "--out", tmp_path / "fresh", folder=place).status == 0
    assert ganarium(*before, "--out", tmp_path / "out", folder=place).status == 0
    said = ganarium(*after, "--out", tmp_path / "out", "--overwrite", folder=place)
    assert said.status == 0, said.stderr
    assert files(tmp_path / "out") == files(tmp_path / "fresh")
    (tmp_path / "out/mine.txt").write_text("mine")
    kept = files(tmp_path / "out")
    said = ganarium(*before, "--out", tmp_path / "out", "--overwrite", folder=place)
    assert (said.status, "mine.txt" in said.stderr) == (2, True)
    assert files(tmp_path / "out") == kept


def test_the_list_in_a_folder_is_no_part_of_the_data(place, ganarium, tmp_path):
    assert ganarium("data", "export", "points", "count=40", "--out", tmp_path / "out", folder=place).status == 0
    facts = []
    for name in ("a.png", "b.png"):
        said = ganarium("data", "show", "out", "--out", name, "--json", folder=tmp_path)
        facts.append({key: value for key, value in json.loads(said.stdout).items() if key != "picture"})
        (tmp_path / "out" / LIST).unlink(missing_ok=True)
    assert facts[0] == facts[1]
    assert not any("system files" in sentence for sentence in facts[0]["done"])


@pytest.mark.slow
def test_a_run_with_a_users_files_in_it_is_not_overwritten(place, ganarium, settings, tmp_path):
    shutil.copytree(place / "runs/plane", tmp_path / "run")
    words = ("train", *settings["plane"], "--out", "run", "--overwrite")
    for name in ("notes.txt", "samples/best.png", "checkpoints/mine/x"):
        (tmp_path / "run" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "run" / name).write_text("mine")
        before = files(tmp_path)
        said = ganarium(*words, folder=tmp_path)
        assert (said.status, name in said.stderr, files(tmp_path) == before) == (2, True, True)
        (tmp_path / "run" / name).unlink()
    assert ganarium("compare", "run", "-n", 100, folder=tmp_path).status == 0
    assert ganarium(*words, folder=tmp_path).status == 0


@pytest.mark.parametrize("words", [SAMPLE, (*WALK, "--frames", "1"), EXPORT, *RUNS], ids=" ".join)
def test_a_link_to_nothing_is_named(words, place, ganarium, tmp_path):
    (place / "cures.toml").write_text('recipe = "ring"\nsteps = 2\nseeds = [0]\n')
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for out in ("link", "link/x.gif") if words[0] == "interpolate" else ("link", "link/x"):
        said = ganarium(*words, "--out", tmp_path / out, folder=place)
        (line,) = said.stderr.splitlines()
        assert said.status == 2
        assert "link to" in line or "x.gif, x.webp or x.png" in line
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


def test_a_run_gets_no_folder_below_a_link_to_nothing(ganarium, settings, tmp_path):
    (tmp_path / "runs").symlink_to(tmp_path / "nowhere")
    said = ganarium("train", *settings["plane"], folder=tmp_path)
    assert (said.status, "cannot write runs/plane" in said.stderr) == (1, True)
