"""What `ganarium.check` takes, and what it leaves behind: nothing."""

from pathlib import Path

import numpy as np
import pytest

import ganarium
from ganarium.core.errors import UsageError

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 16, 16), dtype=np.uint8)


def test_pictures_in_memory_are_checked_and_not_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert "few-pictures" in {remark.name for remark in ganarium.check(IMAGES, labels=np.arange(40) % 2)}
    assert not list(tmp_path.iterdir())


def test_a_path_may_be_a_path(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(folder.parent)
    said = ganarium.check(str(folder), "held_out=0.5")
    assert ganarium.check(folder, "held_out=0.5") == ganarium.check(Path("mine"), "held_out=0.5") == said


def test_words_that_belong_to_something_else_are_refused(folder: Path):
    with pytest.raises(UsageError, match="labels=…"):
        ganarium.check(folder, labels=[1, 2])
    with pytest.raises(UsageError, match="labels=…"):
        ganarium.train("dense-digits", labels=[1, 2])
    with pytest.raises(UsageError, match=r"'data\.size=16': settings are for data with a name or a path"):
        ganarium.check(IMAGES, "data.size=16")
