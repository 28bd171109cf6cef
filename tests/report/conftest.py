"""What the tests of reports share: small runs of every kind."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import ganarium as library

TINY = ("train.batch=8", "engine.device=cpu", "engine.threads=1", "engine.kernels=default", "engine.compile=no")
DENSE = ("generator.hidden=[8]", "discriminator.hidden=[8]", *TINY)
RUNS = {
    "classes": (
        *("dense-digits", "data=points", "data.count=100", "data.size=28", "game.conditional=true", *DENSE),
        *("record.log_every=10", "record.sample_every=10", "train.steps=40"),
    ),
    "plane": ("ring", "data.count=200", *DENSE, "remedies.ema=none", "record.log_every=10", "train.steps=60"),
    "pairs": (
        *("pix2pix", "generator.width=4", "discriminator.width=4", "data.count=20", *TINY),
        *("train.batch=4", "train.steps=3", "record.sample_every=3"),
    ),
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a class-conditional run on 28×28 images, a run on points and a translation run."""
    folder = tmp_path_factory.mktemp("reported")
    for name, words in RUNS.items():
        library.train(*words, out=folder / name, on_line=lambda _: None)
    return folder


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Return a copy of one of the runs, which a test may damage."""

    def copied(name: str, new: str = "") -> Path:
        return Path(shutil.copytree(trained / name, tmp_path / (new or name)))

    return copied
