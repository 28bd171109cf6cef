"""A word that would change nothing in its combination is refused with status 2 and a line that names it."""

import shutil

import numpy as np
import pytest

import ganarium as library
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import Streams, normal

RUN_ONLY = "applies only to runs"
SAMPLE, POINTS = ("sample", "shapes", "--out", "x.png"), ("sample", "plane", "--out", "x.png")
GIVEN = ("evaluate", "own.npz", "--against", "own.npz")
EMPTY = 'recipe = "ring"\n[grid]\n"optim.lr" = []\n'
TWICE = 'recipe = "ring"\nwords = ["optim.lr=0.1"]\n[grid]\n"optim.lr" = [0.1, 0.2]\n'

# words, and what the one line on stderr must hold
CASES = [
    (("evaluate", "shapes", "size=99", "nonsense"), "'size=99'", "--against"),
    (("evaluate", "shapes", "data.held_out=0.3"), "'data.held_out=0.3'", "--against"),
    (("evaluate", "plane", "nonsense"), "'nonsense'", "--against"),
    ((*GIVEN, "-n", "500"), "-n 500", RUN_ONLY),
    ((*GIVEN, "--at", "20"), "--at 20", RUN_ONLY),
    ((*GIVEN, "--at", "best"), "--at best", RUN_ONLY),
    ((*GIVEN, "--weights", "raw"), "--weights raw", RUN_ONLY),
    (("evaluate", "points.npz", "--against", "ring", "--split", "validation"), "validation", "distribution"),
    (("evaluate", "plane", "--split", "validation"), "validation", "distribution"),
    (("compare", "plane", "plane-2", "--split", "validation"), "validation", "distribution"),
    (("compare", "shapes", "--overwrite"), "--overwrite", "--out"),
    (("train", "dense-digits", "--overwrite"), "nothing to overwrite", "--out"),
    (("train", "dense-digits", "--overwrite", "--dry-run"), "nothing to overwrite", "--out"),
    (("train", "dense-digits", "--dry-run", "--out", "own.npz"), "own.npz", "folder"),
    (("train", "dense-digits", "engine.device=cpu", "--device", "cpu"), "--device cpu", "engine.device"),
    (("fork", "shapes", "--at", "20", "--overwrite"), "nothing to overwrite", "--out"),
    ((*POINTS, "--invert"), "--invert", "points"),
    (("interpolate", "shapes", "--out", "x.gif", "--labels", ","), "3 seeds"),
    (("interpolate", "shapes", "--out", "x.gif", "--labels", "3,,5"), "label ''"),
    (("translate", "shapes", "--invert", "--out", "x.png"), "--invert", "--from"),
    (("data", "show", "points", "count=10", "--split", "test"), "count=10", "train"),
    (("data", "show", "ring", "data.count=10", "--split", "validation"), "count=10", "train"),
    (("data", "export", "points", "count=10", "--split", "test", "--out", "x.npz"), "count=10", "train"),
    (("data", "export", "points", "count=10", "-n", "20", "--out", "x.npz"), "count=10", "-n 20"),
    (("theory", "dirac", "--penalty", "none=3"), "--penalty none=3", "no strength"),
    (("theory", "dirac", "--penalty", "r1="), "--penalty r1=", "r1=0.3"),
    (("evaluate", "own.npz", "--against", "mnist", "data=points"), "data=points", "mnist"),
    (("evaluate", "shapes", "--against", "own.npz", "data.kind=mnist"), "data.kind=mnist", "own.npz"),
    (("data", "show", "mnist", "data=points"), "data=points", "mnist"),
    (("data", "show", "own.npz", "array=other.npz"), "data.array=other.npz", "own.npz"),
    (("data", "check", "own.npz", "folder=other"), "data.folder=other", "own.npz"),
    (("data", "export", "points", "array=own.npz", "--out", "x.npz"), "data.array=own.npz", "points"),
    (("study", "twice.toml"), "settings: optim.lr", "grid"),
    (("study", "empty.toml"), "grid.optim.lr", "no values"),
]


@pytest.fixture(scope="module")
def desk(place):
    """The folder with runs, pictures and points in files, and a study of nothing."""
    images = Streams(0).at("own", normal(300, 16, 16), 0).sigmoid().mul(255).byte().numpy()
    np.savez(place / "own.npz", images=images)
    np.savez(place / "points.npz", points=np.zeros((100, 2), np.float32))
    (place / "empty.toml").write_text(EMPTY)
    (place / "twice.toml").write_text(TWICE)
    return place


@pytest.mark.slow
@pytest.mark.parametrize(("words", "needles"), [(words, needles) for words, *needles in CASES], ids=str)
def test_a_word_that_would_change_nothing_is_refused(words, needles, desk, ganarium, tree):
    before = tree(desk)
    said = ganarium(*words, folder=desk)
    assert said.status == 2, said
    assert said.stdout == ""
    (line,) = said.stderr.splitlines()
    assert all(needle in line for needle in needles), line
    assert tree(desk) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("theory", "dirac", "--penalty", "none", "--penalty", "r1=0", "--steps", "3", "--out", "d.png"),
        ("data", "show", "points", "count=10", "size=16", "--out", "p.png"),
        ("data", "export", "points", "size=16", "-n", "5", "--split", "test", "--out", "p.npz"),
        ("data", "show", "array", "array=own.npz", "--out", "a.png"),
    ],
    ids=" ".join,
)
def test_words_that_do_something_are_taken(words, desk, ganarium, tmp_path):
    shutil.copy(desk / "own.npz", tmp_path)
    assert ganarium(*words, folder=tmp_path).status == 0


def test_python_refuses_words_that_arguments_would_replace(desk, tmp_path):
    with pytest.raises(UsageError, match="data=points: selects a data set other than mnist"):
        library.train("dense-digits", "data=points", data="mnist", out=tmp_path / "run")
    with pytest.raises(UsageError, match=r"train\.seconds=60: steps=5 also sets the length"):
        library.train("dense-digits", "train.seconds=60", steps=5, out=tmp_path / "run")
    with pytest.raises(UsageError, match="name the folder"):
        library.train("dense-digits", overwrite=True)
    images = np.load(desk / "own.npz")["images"]
    with pytest.raises(UsageError, match=r"n=100: .* an array is not a run"):
        library.evaluate(images, against=desk / "own.npz", n=100)
    with pytest.raises(UsageError, match="'size=32': changes the reference data"):
        library.evaluate(desk / "runs/shapes", words=["size=32"])
