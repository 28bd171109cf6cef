"""Folders of IDX files, whatever their names, become the sets that they are; what is missing or mixed up is named."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganarium.config.base import RECORDED
from ganarium.config.data_files import EmnistConfig, FashionConfig, IdxConfig, KmnistConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.data.datasets import ImageSet, Split, random_rows
from ganarium.data.files import idx_sets
from ganarium.data.files.idx_cards import CHARACTERS
from ganarium.data.files.idx_sets import DEBIAN, load, load_emnist, load_fashion, load_kmnist

LOADERS: dict[str, Callable[..., ImageSet]] = {
    "idx": load,
    "fashion": load_fashion,
    "kmnist": load_kmnist,
    "emnist": load_emnist,
}
TRAIN, TEST = 60, 12
SPLITS: tuple[Split, ...] = ("train", "validation", "test")
NAMES = [
    (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ),
    ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
    ("train-images.idx3-ubyte", "train-labels.idx1-ubyte", "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
    ("train-images-idx3-ubyte.gz", "train-labels.idx1-ubyte", "test-images-idx3-ubyte", "test-labels-idx1-ubyte.gz"),
]
EVERY_NAMING = pytest.mark.parametrize("names", NAMES, ids=["gz", "raw", "dots", "mixed"])
EVERY_SPLIT = pytest.mark.parametrize("split", SPLITS)


def pictures(n: int, height: int = 20, width: int = 16) -> np.ndarray:
    """[n, H, W], all different, and no two turns or mirrors of one alike."""
    return np.random.default_rng(n).integers(0, 256, (n, height, width), dtype=np.uint8)


def numbers(n: int, classes: int = 10, first: int = 0) -> np.ndarray:
    return (np.arange(n) * 7 % classes + first).astype(np.uint8)


def write(file: Path, array: np.ndarray) -> None:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    content = bytes([0, 0, 8, array.ndim]) + sizes + array.tobytes()
    file.write_bytes(gzip.compress(content, 1) if file.suffix == ".gz" else content)


def folder_of(path: Path, names: tuple[str, ...] = NAMES[0], prefix: str = "", **chosen: Any) -> Path:
    """Four files: train images and labels, test images and labels."""
    arrays = {
        "train": pictures(TRAIN),
        "train_labels": numbers(TRAIN),
        "test": pictures(TEST),
        "test_labels": numbers(TEST),
    }
    for name, array in zip(names, (arrays | chosen).values(), strict=True):
        if array is not None:
            write(path / (prefix + name), array)
    return path


def loaded(kind: str, path: Path, split: str = "train", **chosen: Any) -> ImageSet:
    settings = {"idx": IdxConfig, "fashion": FashionConfig, "kmnist": KmnistConfig, "emnist": EmnistConfig}[kind]
    return LOADERS[kind](settings(**{"idx" if kind == "idx" else "path": str(path)}, **chosen), split)


def refusal(kind: str, path: Path, split: str = "train", **chosen: Any) -> str:
    with pytest.raises(InputError) as error:
        loaded(kind, path, split, **chosen)
    message = str(error.value)
    assert str(path) in message
    assert "\n" not in message
    return message


# ---- splits


@EVERY_NAMING
@pytest.mark.parametrize("kind", ["idx", "fashion", "kmnist"])
def test_a_folder_is_read_however_its_files_are_named(tmp_path: Path, kind: str, names: tuple[str, ...]):
    parts = [loaded(kind, folder_of(tmp_path, names), split) for split in SPLITS]
    assert [len(part) for part in parts] == [50, 10, 12]
    train_file = torch.cat([parts[0].images, parts[1].images])
    assert np.array_equal(train_file[:, 0].numpy(), pictures(TRAIN))
    assert np.array_equal(torch.cat([parts[0].labels, parts[1].labels]).numpy(), numbers(TRAIN))
    assert np.array_equal(parts[2].images[:, 0].numpy(), pictures(TEST))
    assert np.array_equal(parts[2].labels.numpy(), numbers(TEST))
    assert parts[0].images.dtype == torch.uint8
    assert parts[0].labels.dtype == torch.int64
    assert parts[0].shape == (1, 20, 16)


def test_count_bounds_the_train_split_alone(tmp_path: Path):
    folder = folder_of(tmp_path)
    few = [loaded("idx", folder, split, count=7) for split in SPLITS]
    assert [len(part) for part in few] == [7, 10, 12]
    rows = random_rows(50, 7).sort().values
    assert torch.equal(few[0].images, loaded("idx", folder).images[rows])
    assert len(loaded("idx", folder, count=55)) == 50  # never a picture of validation


def test_the_validation_of_fewer_than_six_pictures_is_empty(tmp_path: Path):
    folder = folder_of(tmp_path, train=pictures(5), train_labels=numbers(5))
    assert len(loaded("idx", folder)) == 5
    with pytest.raises(EmptySplitError, match="validation split is empty"):
        loaded("idx", folder, "validation")


@EVERY_SPLIT
def test_origin_and_card_say_where_pictures_come_from(tmp_path: Path, split: Split):
    own = loaded("idx", folder_of(tmp_path), split)
    assert own.origin.sizes == {(20, 16): TEST if split == "test" else TRAIN}
    assert set(own.origin.modes) == {"grey"}
    assert str(tmp_path) in own.card.text
    assert own.name == "idx"


# ---- labels


def test_general_sets_have_the_numbers_found_as_classes_the_same_in_every_split(tmp_path: Path):
    folder = folder_of(tmp_path, train_labels=numbers(TRAIN, 3), test_labels=numbers(TEST, 6))
    assert {loaded("idx", folder, split).classes for split in SPLITS} == {tuple("012345")}


def test_without_a_file_of_labels_there_are_none(tmp_path: Path):
    folder = folder_of(tmp_path, train_labels=None)
    train, test = loaded("idx", folder), loaded("idx", folder, "test")
    assert (train.labels, train.classes) == (None, ())
    assert test.labels is not None


def test_first_label_names_the_first_class(tmp_path: Path):
    folder = folder_of(tmp_path, train_labels=numbers(TRAIN, 3, 1), test_labels=numbers(TEST, 3, 1))
    own = loaded("idx", folder, first_label=1)
    assert own.classes == ("1", "2", "3")
    assert np.array_equal(own.labels.numpy(), numbers(TRAIN, 3)[:50])
    assert "labels from 1 to 3, below data.first_label=2; set data.first_label=1" in refusal(
        "idx", folder, first_label=2
    )
    assert "data.first_label=1" in refusal("idx", folder, first_label=9)


def test_a_label_below_the_first_is_refused_with_the_bound_also_where_labels_have_gaps(tmp_path: Path):
    gaps = np.resize(np.array([0, 5, 9], np.uint8), TRAIN)
    folder = folder_of(tmp_path, train_labels=gaps, test_labels=numbers(TEST))
    assert "labels from 0 to 9, below data.first_label=1; set data.first_label=0" in refusal(
        "idx", folder, first_label=1
    )


@pytest.mark.parametrize("kind", ["fashion", "kmnist"])
def test_labels_of_another_set_are_refused(tmp_path: Path, kind: str):
    folder = folder_of(tmp_path, train_labels=numbers(TRAIN, 11))
    assert "labels from 0 to 10, not 0 to 9" in refusal(kind, folder)
    assert "train-labels" in refusal(kind, folder)


def test_pictures_and_labels_must_be_as_many(tmp_path: Path):
    folder = folder_of(tmp_path, train_labels=numbers(TRAIN - 1))
    assert "has 60 images, but train-labels-idx1-ubyte.gz has 59 labels" in refusal("idx", folder)


# ---- relatives


def test_kmnist_has_ten_hiragana_and_its_licence(tmp_path: Path):
    own = loaded("kmnist", folder_of(tmp_path))
    assert own.classes == ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
    assert own.card.licence == "CC BY-SA 4.0"
    assert "CODH" in own.card.authors


@EVERY_SPLIT
@pytest.mark.parametrize("part", CHARACTERS)
def test_every_part_of_emnist_is_read_upright(tmp_path: Path, part: str, split: Split):
    first, classes = int(part == "letters"), len(CHARACTERS[part])
    folder_of(
        tmp_path,
        names=tuple(name.replace("t10k", "test") for name in NAMES[0]),
        prefix=f"emnist-{part}-",
        train=pictures(TRAIN).swapaxes(1, 2),
        train_labels=numbers(TRAIN, classes, first),
        test=pictures(TEST).swapaxes(1, 2),
        test_labels=numbers(TEST, classes, first),
    )
    folder_of(tmp_path, prefix="emnist-other-")
    own = loaded("emnist", tmp_path, split, part=part)
    rows = {"train": slice(0, 50), "validation": slice(50, 60), "test": slice(None)}[split]
    n = TEST if split == "test" else TRAIN
    assert np.array_equal(own.images[:, 0].numpy(), pictures(n)[rows])
    assert np.array_equal(own.labels.numpy(), numbers(n, classes)[rows])
    assert own.images.is_contiguous()
    assert len(own.classes) == classes
    assert "upright" in own.origin.messages[0]
    assert "none stated" in own.card.licence


@EVERY_SPLIT
@pytest.mark.parametrize("part", CHARACTERS)
def test_emnists_files_are_the_same_by_path_as_by_name(tmp_path: Path, part: str, split: Split):
    first, classes = int(part == "letters"), len(CHARACTERS[part])
    folder_of(
        tmp_path,
        prefix=f"EMNIST-{part}-" if part == "digits" else f"emnist-{part}-",
        train_labels=numbers(TRAIN, classes, first),
        test_labels=numbers(TEST, classes, first),
    )
    by_path, by_name = loaded("idx", tmp_path, split), loaded("emnist", tmp_path, split, part=part)
    assert by_path.hash == by_name.hash
    assert by_path.classes == by_name.classes
    assert by_path.card == by_name.card
    assert "transposed" in by_path.origin.messages[0]
    assert np.array_equal(by_path.images, loaded("idx", tmp_path, split, transposed=True, first_label=first).images)


def test_emnists_files_are_left_as_they_are_when_asked_and_in_runs_recorded_before(tmp_path: Path):
    folder = folder_of(tmp_path, prefix="emnist-letters-", train_labels=numbers(TRAIN, 27))
    assert np.array_equal(loaded("idx", folder, transposed=False).images[:, 0], pictures(TRAIN)[:50])
    assert "set data.transposed=false to read them as ordinary IDX files" in refusal("idx", folder)
    recorded = IdxConfig.model_validate({"kind": "idx", "idx": str(folder), "transposed": False}, context=RECORDED)
    assert np.array_equal(load(recorded).images[:, 0], pictures(TRAIN)[:50])


def test_several_parts_of_emnist_in_one_folder_are_chosen_by_name(tmp_path: Path):
    for part in ("letters", "digits"):
        folder_of(tmp_path, prefix=f"emnist-{part}-")
    assert f"data=emnist data.path={tmp_path} data.part=" in refusal("idx", tmp_path)


def test_emnists_classes_are_in_the_order_of_its_mapping():
    assert "".join(CHARACTERS["letters"]) == "abcdefghijklmnopqrstuvwxyz"
    assert "".join(CHARACTERS["byclass"]) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    assert "".join(CHARACTERS["balanced"]) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghnqrt"
    assert {part: len(classes) for part, classes in CHARACTERS.items()} == {
        "letters": 26,
        "digits": 10,
        "mnist": 10,
        "balanced": 47,
        "bymerge": 47,
        "byclass": 62,
    }


def test_letters_numbered_from_0_are_not_emnists(tmp_path: Path):
    folder_of(tmp_path, prefix="emnist-letters-")
    assert "labels from 0 to 9, not 1 to 26; these are not the files of EMNIST" in refusal("emnist", tmp_path)


def test_general_sets_are_turned_upright_when_asked(tmp_path: Path):
    folder = folder_of(tmp_path, prefix="any-name-")
    plain, turned = loaded("idx", folder), loaded("idx", folder, transposed=True)
    assert torch.equal(plain.images.transpose(2, 3), turned.images)
    assert turned.shape == (1, 16, 20)


@pytest.mark.skipif(not DEBIAN.is_dir(), reason="the package dataset-fashion-mnist is not installed")
def test_fashion_is_found_by_itself_and_is_what_everybody_has():
    test = load_fashion(FashionConfig(), "test")
    assert len(test) == 10_000
    assert test.labels.bincount().tolist() == [1000] * 10
    assert (test.classes[0], test.classes[8]) == ("T-shirt", "Bag")
    assert "MIT" in test.card.licence


def test_fashion_that_is_not_there_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(idx_sets, "DEBIAN", tmp_path / "absent")
    with pytest.raises(InputError, match=r"apt install dataset-fashion-mnist .* data\.path=FOLDER"):
        load_fashion(FashionConfig())


def test_names_of_classes_can_name_folders():
    for classes in (idx_sets.CLOTHES, idx_sets.HIRAGANA, *CHARACTERS.values()):
        assert all(word and Path(word).name == word for word in classes)
        assert len(set(classes)) == len(classes)


# ---- what cannot be


def test_a_missing_file_is_named_with_the_nearest_ones_there(tmp_path: Path):
    assert "no file is named train-images-idx3-ubyte, with or without .gz; no other files found" in refusal(
        "idx", tmp_path
    )
    folder_of(tmp_path, train=None)
    (tmp_path / "train-images-idx3-ubyte.zip").touch()
    (tmp_path / "raw").mkdir()
    message = refusal("kmnist", tmp_path)
    assert "no file is named train-images-idx3-ubyte, with or without .gz" in message
    assert "similar files: train-images-idx3-ubyte.zip" in message
    assert "raw/" in message


@pytest.mark.parametrize("missing", ["train", "train_labels", "test", "test_labels"])
def test_a_known_set_needs_all_its_files(tmp_path: Path, missing: str):
    folder = folder_of(tmp_path, **{missing: None})
    name = dict(zip(("train", "train_labels", "test", "test_labels"), NAMES[1], strict=True))[missing]
    assert name in refusal("fashion", folder)


def test_a_general_set_without_test_files_has_an_empty_test_split(tmp_path: Path):
    folder = folder_of(tmp_path, test=None, test_labels=None)
    assert len(loaded("idx", folder)) == 50
    with pytest.raises(EmptySplitError, match="t10k-images-idx3-ubyte or test-images-idx3-ubyte"):
        loaded("idx", folder, "test")


@pytest.mark.parametrize("other", ["train-images-idx3-ubyte", "train-images.idx3-ubyte", "a-train-images-idx3-ubyte"])
def test_two_files_for_one_part_are_refused(tmp_path: Path, other: str):
    write(folder_of(tmp_path) / other, pictures(3))
    message = refusal("idx", tmp_path)
    assert "may both be the train images" in message
    assert other in message
    assert NAMES[0][0] in message


def test_two_test_files_are_refused_and_folders_of_such_names_passed_over(tmp_path: Path):
    folder = folder_of(tmp_path)
    (folder / "train-images-idx3-ubyte").mkdir()
    assert len(loaded("idx", folder)) == 50
    write(folder / "test-labels-idx1-ubyte", numbers(3))
    assert "may both be the test labels" in refusal("idx", folder)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"train": pictures(TRAIN)[0]}, "has 2 axes, but grey images have 3"),
        ({"train": pictures(TRAIN)[None]}, "has 4 axes, but grey images have 3"),
        ({"train": pictures(TRAIN, 15, 20)}, "the images are 15×20; height and width must be 16 to 128"),
        ({"train": pictures(TRAIN, 20, 129)}, "the images are 20×129; height and width must be 16 to 128"),
        ({"train_labels": pictures(TRAIN)}, "has 3 axes, but labels have 1"),
    ],
    ids=["one image", "colours", "low", "wide", "images as labels"],
)
def test_files_of_another_shape_are_named(tmp_path: Path, chosen: dict[str, np.ndarray], said: str):
    assert said in refusal("idx", folder_of(tmp_path, **chosen))


def test_places_that_are_no_folders_are_named(tmp_path: Path):
    assert "no such folder" in refusal("idx", tmp_path / "absent")
    (tmp_path / "file").touch()
    assert "not a folder; pass the folder" in refusal("idx", tmp_path / "file")


def test_damage_names_the_file(tmp_path: Path):
    broken = folder_of(tmp_path) / NAMES[0][0]
    broken.write_bytes(broken.read_bytes()[:100])
    assert f"{broken.name}: the gzip stream is damaged" in refusal("idx", tmp_path)


def test_names_that_cannot_be_printed_stay_on_one_line(tmp_path: Path):
    (tmp_path / "train-images\nidx3").touch()
    assert r"'train-images\nidx3'" in refusal("idx", tmp_path)


def test_count_of_a_file_sorted_by_class_takes_all_classes_and_a_recorded_run_the_first_rows(tmp_path: Path):
    folder = folder_of(tmp_path, train_labels=(np.arange(TRAIN) // 20).astype(np.uint8))
    there = loaded("idx", folder).labels.unique()
    assert loaded("idx", folder, count=30).labels.unique().equal(there)
    assert len(loaded("idx", folder, count=10, subset="first").labels.unique()) < len(there)
    asked = {"idx": str(folder), "count": 10}
    assert (IdxConfig(**asked).subset, IdxConfig.model_validate(asked, context=RECORDED).subset) == ("random", "first")
