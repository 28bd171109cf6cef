"""What tests of a user's own pictures share."""

from pathlib import Path

import pytest
from PIL import Image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """40 grey pictures of 20×20 in two classes, each of another shade."""
    for i in range(40):
        place = tmp_path / "mine" / "ab"[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.new("L", (20, 20), 5 * i).save(place / f"{i:02d}.png")
    return tmp_path / "mine"


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the cache that nothing else uses; not there yet."""
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
