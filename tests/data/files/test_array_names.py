"""Arrays are found by the names that people give them; those that are not read are named."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganarium.config.base import RECORDED
from ganarium.config.data_files import ArrayConfig
from ganarium.core.errors import InputError
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files.arrays import image_set, load
from ganarium.training.data_findings import findings_in

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 256, (60, 20, 16), dtype=np.uint8)
NUMBERS = np.arange(60) % 3


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path / "own.npz", **arrays)
    return path / "own.npz"


def loaded(file: Path, split: Split = "train", **chosen: Any) -> ImageSet:
    return load(ArrayConfig(array=str(file), **chosen), split)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pictures", ["images", "image", "x", "X", "data", "train_images", "x_train", "X_train", "arr_0"]
)
@pytest.mark.parametrize(
    "labels", ["labels", "label", "target", "targets", "y", "train_labels", "y_train", "label_train", "arr_1"]
)
def test_labels_are_found_under_every_usual_name(tmp_path: Path, pictures: str, labels: str):
    own = loaded(saved(tmp_path, **{pictures: GREY, labels: NUMBERS}), held_out=0)
    assert own.hash == image_set(GREY, NUMBERS).hash
    assert own.origin.messages == ()


@pytest.mark.parametrize("names", ["classes", "class_names", "target_names", "label_names"])
def test_names_of_classes_are_found_under_every_usual_name(tmp_path: Path, names: str):
    own = loaded(saved(tmp_path, data=GREY, target=NUMBERS, **{names: np.array(["a", "b", "c"])}))
    assert own.classes == ("a", "b", "c")
    assert own.origin.messages == ()


def test_every_array_that_is_not_read_is_named_where_a_run_says_it(tmp_path: Path):
    one = loaded(saved(tmp_path, images=GREY, labels=NUMBERS, weights=np.ones(60)))
    assert "array 'weights' is not read" in one.origin.messages
    assert "array 'weights' is not read" in [finding.text for finding in findings_in(one)]
    several = loaded(saved(tmp_path, images=GREY, truth=NUMBERS, y_test=NUMBERS, classes=np.array(["a"])))
    assert several.labels is None
    assert "arrays 'truth', 'y_test', 'classes' are not read" in several.origin.messages
    other = loaded(saved(tmp_path, images=GREY, labels=NUMBERS, target=NUMBERS))
    assert "array 'target' is not read" in other.origin.messages


def test_runs_recorded_before_more_names_were_known_keep_theirs(tmp_path: Path):
    file = saved(tmp_path, images=GREY, label=NUMBERS, val_images=GREY[:9], x_test=GREY[9:20], class_names=["a"])
    recorded = ArrayConfig.model_validate({"kind": "array", "array": str(file), "held_out": 0.5}, context=RECORDED)
    train, validation, test = (load(recorded, split) for split in SPLITS)
    assert (train.labels, train.classes) == (None, ())
    assert len(train) + len(validation) == 60
    assert np.array_equal(test.images[:, 0], GREY[9:20])


@pytest.mark.parametrize("form", ["{part}_{what}", "{what}_{part}"])
@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_parts_of_their_own_are_the_splits(tmp_path: Path, form: str, validation: str):
    """As in MedMNIST's files, whose labels are [n, 1]."""
    starts = {"train": 0, validation: 40, "test": 50}
    ends = {"train": 40, validation: 50, "test": 60}
    arrays = {}
    for part, start in starts.items():
        arrays[form.format(part=part, what="images")] = GREY[start : ends[part]]
        arrays[form.format(part=part, what="labels")] = NUMBERS[start : ends[part], None]
    parts = [loaded(saved(tmp_path, **arrays), split, held_out=0.5) for split in SPLITS]
    for part, rows in zip(parts, (slice(0, 40), slice(40, 50), slice(50, 60)), strict=True):
        assert np.array_equal(part.images[:, 0], GREY[rows])
        assert np.array_equal(part.labels, NUMBERS[rows])
        assert part.classes == ("0", "1", "2")
        assert part.origin.messages == ()


def test_a_part_that_is_missing_is_held_out_of_the_training_pictures(tmp_path: Path):
    file = saved(tmp_path, train_images=GREY, val_images=255 - GREY[:9])
    train, validation, test = (loaded(file, split, held_out=0.5) for split in SPLITS)
    assert np.array_equal(validation.images[:, 0], 255 - GREY[:9])
    assert len(train) + len(test) == 60
    assert len(test) > 3
    assert not {row.tobytes() for row in train.images.numpy()} & {row.tobytes() for row in test.images.numpy()}


def test_held_out_pictures_alone_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="there are test images but no training images"):
        loaded(saved(tmp_path, test_images=GREY))
    assert len(loaded(saved(tmp_path, test_images=GREY), "test")) == 60


@pytest.mark.parametrize("side", [16, 28, 128])
def test_flat_rows_of_square_pictures_are_those_pictures(tmp_path: Path, side: int):
    own = RNG.integers(0, 256, (5, side * side), dtype=np.uint8)
    read = loaded(saved(tmp_path, data=own), held_out=0)
    assert torch.equal(read.images, image_set(own.reshape(-1, side, side)).images)
    assert torch.equal(read.images, image_set(own).images)
    assert f"rows of {side * side:,} numbers were read as {side}×{side} grey images, row by row" in read.origin.messages


@pytest.mark.parametrize("arrays", [{"data": (1797, 64)}, {"data": (1797, 64), "images": (1797, 8, 8)}], ids=str)
def test_scikit_learns_digits_are_too_small_and_said_to_be(tmp_path: Path, arrays: dict[str, tuple[int, ...]]):
    file = saved(tmp_path, target=np.zeros(1797, int), **{name: np.zeros(shape) for name, shape in arrays.items()})
    with pytest.raises(InputError, match=r"8×8.* must be 16 to 128 pixels"):
        loaded(file)
