"""What the tests of the command line share: folders with runs in them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

TINY = ("generator.hidden=[8]", "discriminator.hidden=[8]", "train.batch=8", "engine.device=cpu", "engine.threads=1")
PICTURES = ("dense-digits", "data=points", "data.count=64", "data.size=16", *TINY, "game.conditional=true")
PICTURES += (
    "remedies.ema=true",
    "record.log_every=10",
    "record.sample_every=20",
    "record.keep_every=20",
    "train.steps=40",
)
PLANE = ("plane", "data=ring", "data.count=100", *TINY, "remedies.ema=false", "train.steps=4")


@pytest.fixture(scope="session")
def settings() -> dict[str, tuple[str, ...]]:
    """What the runs of `place` were trained with."""
    return {"pictures": PICTURES, "plane": PLANE, "tiny": TINY}


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, ganarium) -> Path:
    """A folder with runs/shapes (pictures by label, with an average), runs/plane and runs/plane-2 (points)."""
    folder = tmp_path_factory.mktemp("place")
    for name, words in (("shapes", PICTURES), ("plane", PLANE)):
        said = ganarium("train", *words, "--out", f"runs/{name}", folder=folder)
        assert said.status == 0, said.stderr
    shutil.copytree(folder / "runs/plane", folder / "runs/plane-2")
    return folder


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], dict[str, bytes | None]]:
    """Everything in a folder: files with their bytes, folders."""

    def looked_at(folder: Path) -> dict[str, bytes | None]:
        paths = sorted(folder.rglob("*"))
        return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in paths}

    return looked_at
