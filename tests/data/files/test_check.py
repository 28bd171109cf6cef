"""What `ganarium.check` takes, and what it leaves behind: nothing."""

from pathlib import Path

import numpy as np
import pytest

import ganarium
from ganarium.api.data import splits_of
from ganarium.core.errors import UsageError
from ganarium.data.checks.all_checks import describe
from ganarium.data.files.detect import overrides_for

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
    with pytest.raises(UsageError, match=r"'data\.size=16': settings apply only to data given by name or path"):
        ganarium.check(IMAGES, "data.size=16")


@pytest.mark.slow
def test_a_path_can_be_trained_on_by_name(folder: Path, tmp_path: Path):
    small = ("generator.hidden=[8]", "discriminator.hidden=[8]", "engine.threads=1")
    run = ganarium.train("dense-layers", *small, data=folder, steps=2, out=tmp_path / "run", on_line=str)
    assert run.experiment.data.folder == str(folder)  # type: ignore[attr-defined]


def test_a_folder_that_is_called_like_a_kind_is_that_folder_and_a_sets_name_comes_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(folder.parent)
    folder.rename(folder.with_name("idx"))
    assert overrides_for("idx") == ["data.folder=idx"]
    folder.with_name("points").mkdir()
    assert overrides_for("points") == ["data=points"]
    assert overrides_for("./points") == ["data.folder=./points"]


def test_the_splits_that_are_checked_are_told_in_a_line(folder: Path):
    train, others = splits_of(folder, "held_out=0.5")
    assert describe(train, others).startswith(f"{len(train)} training images (20×20, grey)")
