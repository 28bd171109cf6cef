"""Names of classes travel with labels, and data sets are matched by them."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from ganarium.config.data_files import ArrayConfig, FolderConfig, IdxConfig
from ganarium.config.overrides import data_settings, experiment_from, plain
from ganarium.core.errors import InputError
from ganarium.data.class_matching import empty_classes, renumbered, with_classes
from ganarium.data.datasets import ImageSet
from ganarium.data.export import arrays, compressed_npz, write_pictures
from ganarium.data.files.arrays import image_set
from ganarium.data.load import load_data

RNG = np.random.default_rng(0)


def by_grey(numbers: list[int], each: int = 2) -> ImageSet:
    """Pictures whose grey level is 20 k + 10 in the class named k."""
    labels = np.repeat(numbers, each)
    images = np.broadcast_to((20 * labels + 10)[:, None, None], (len(labels), 16, 16)).astype(np.uint8)
    return image_set(images, labels)


def names_by_grey(source: ImageSet) -> set[tuple[int, str]]:
    """What the grey level of each picture says of its class, and the name of its label."""
    assert source.labels is not None
    levels = ((source.images[:, 0, 0, 0].int() - 10) // 20).tolist()
    return {(level, source.classes[label]) for level, label in zip(levels, source.labels.tolist(), strict=True)}


def at(kind: type[FolderConfig | ArrayConfig], path: Path, **chosen: object) -> ImageSet:
    place = "folder" if kind is FolderConfig else "array"
    source = load_data(kind(**{place: str(path), "held_out": 0, **chosen}))
    assert isinstance(source, ImageSet)
    return source


def test_numbered_folders_keep_their_numbers_through_export_and_reading(tmp_path: Path):
    right = {(k, str(k)) for k in range(12)}
    write_pictures(by_grey(list(range(12))), tmp_path / "folder")
    folder = at(FolderConfig, tmp_path / "folder")
    assert folder.classes == tuple(str(k) for k in range(12))
    assert names_by_grey(folder) == right
    assert folder.labels is not None
    assert torch.equal(folder.labels, (folder.images[:, 0, 0, 0].long() - 10) // 20)
    (tmp_path / "x.npz").write_bytes(compressed_npz(arrays(folder)))
    assert names_by_grey(at(ArrayConfig, tmp_path / "x.npz")) == right


@pytest.mark.parametrize("numbers", [[0, 5, 9], [1, 2, 3], [3, 11]], ids=str)
def test_an_exported_file_has_the_names_of_its_classes_whatever_their_order(tmp_path: Path, numbers: list[int]):
    source = with_classes(by_grey(numbers), tuple(map(str, reversed(numbers))))
    right = {(k, str(k)) for k in numbers}
    (tmp_path / "x.npz").write_bytes(compressed_npz(arrays(source)))
    write_pictures(source, tmp_path / "folder")
    with np.load(tmp_path / "folder/truth.npz") as truth, np.load(tmp_path / "x.npz") as file:
        assert tuple(truth["classes"]) == tuple(file["classes"]) == tuple(map(str, reversed(numbers)))
    assert (
        names_by_grey(at(ArrayConfig, tmp_path / "x.npz"))
        == names_by_grey(at(FolderConfig, tmp_path / "folder"))
        == right
    )


def test_a_long_name_with_a_colon_comes_back(tmp_path: Path):
    source = image_set(RNG.integers(0, 256, (4, 16, 16)), [0, 1, 0, 1], ["tag: " + "x" * 100, "b"])
    (tmp_path / "x.npz").write_bytes(compressed_npz(arrays(source)))
    assert at(ArrayConfig, tmp_path / "x.npz").classes == source.classes


@pytest.mark.parametrize("recorded", [False, True])
def test_runs_recorded_before_keep_the_order_of_folders_and_the_empty_classes(tmp_path: Path, recorded: bool):
    write_pictures(by_grey([2, 10]), tmp_path / "folder")
    np.savez(tmp_path / "x.npz", images=np.zeros((4, 16, 16), np.uint8), labels=[0, 2, 2, 0])
    read = []
    for data in (
        {"kind": "folder", "folder": str(tmp_path / "folder")},
        {"kind": "array", "array": f"{tmp_path}/x.npz"},
    ):
        values = plain(experiment_from({"data": data, **REST})) if not recorded else {"data": data, **REST}
        read.append(load_data(experiment_from(values, recorded=recorded).data).classes)
    assert read == ([("10", "2"), ("0", "1", "2")] if recorded else [("2", "10"), ("0", "2")])


REST = {
    "generator": {"kind": "dense"},
    "discriminator": {"kind": "dense"},
    "train": {"steps": 1},
}


# ---- folders that would be read as something else


@pytest.mark.parametrize(
    ("classes", "lost"),
    [
        (("train", "test"), "test, train"),
        (("trainA", "trainB"), "trainA, trainB"),
        (("part1", "part2"), "part1, part2"),
        (("0000", "0001"), "0000, 0001"),
        ((".a", "b"), ".a"),
        (("@eaDir", "b"), "@eaDir"),
        (("a/b", "c"), "a/b"),
        (("..", "c"), ".."),
        (("caf\u00e9", "cafe\u0301"), "caf"),
        (("Cat", "cat"), "Cat, cat"),
    ],
    ids=ascii,
)
def test_classes_whose_folders_would_be_read_otherwise_are_not_written(tmp_path: Path, classes: tuple[str, str], lost):
    source = replace(image_set(RNG.integers(0, 256, (8, 16, 16)), np.repeat([0, 1], 4)), classes=classes)
    with pytest.raises(InputError, match=rf"folders named {re.escape(lost)}.* write arrays instead"):
        write_pictures(source, tmp_path / "folder")
    assert not list(tmp_path.iterdir())


def test_one_class_and_odd_but_sound_names_are_written(tmp_path: Path):
    write_pictures(by_grey([4]), tmp_path / "one")
    names = ("cafe\u0301 10", "train station")
    source = replace(by_grey([0, 1]), classes=names)
    write_pictures(source, tmp_path / "two")
    assert at(FolderConfig, tmp_path / "two").classes == ("caf\u00e9 10", "train station")


# ---- labels with gaps


@pytest.mark.parametrize(("numbers", "classes"), [([0, 5, 9], ("0", "5", "9")), ([1, 2, 3], ("1", "2", "3"))])
def test_labels_with_gaps_are_classes_named_by_their_numbers_wherever_they_come_from(tmp_path: Path, numbers, classes):
    images, labels = RNG.integers(0, 256, (60, 16, 16), np.uint8), np.resize(numbers, 60)
    np.savez(tmp_path / "x.npz", images=images, labels=labels)
    idx(tmp_path, images, labels)
    here, file = image_set(images, labels), at(ArrayConfig, tmp_path / "x.npz")
    from_idx = load_data(IdxConfig(idx=str(tmp_path)))
    assert here.classes == file.classes == from_idx.classes == classes
    for source in (here, file):
        assert [source.classes[label] for label in source.labels] == list(map(str, labels))
    assert [from_idx.classes[label] for label in from_idx.labels] == list(map(str, labels[:50]))
    assert at(ArrayConfig, tmp_path / "x.npz", empty_classes="keep").classes == tuple(map(str, range(max(numbers) + 1)))


def idx(folder: Path, images: np.ndarray, labels: np.ndarray) -> None:
    """The training files of a folder in MNIST's format."""
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
        (folder / f"train-{name}-ubyte").write_bytes(header + array.astype(np.uint8).tobytes())


def test_a_class_that_only_the_test_pictures_have_keeps_its_number_in_every_split(tmp_path: Path):
    images = RNG.integers(0, 256, (40, 16, 16), np.uint8)
    np.savez(tmp_path / "x.npz", x=images, y=np.resize([0, 5], 40), x_test=images[:4], y_test=[0, 3, 5, 3])
    train, test = (load_data(ArrayConfig(array=f"{tmp_path}/x.npz", held_out=0), split) for split in ("train", "test"))
    assert train.classes == test.classes == ("0", "3", "5")
    assert test.labels.tolist() == [0, 1, 2, 1]
    assert empty_classes(train) == ("3",)


def test_pictures_in_memory_with_other_names_are_kept_in_another_file(tmp_path, monkeypatch):
    from ganarium.api.training import store_data

    monkeypatch.chdir(tmp_path)
    images = RNG.integers(0, 256, (9, 16, 16), np.uint8)
    words = [store_data(image_set(images, np.resize(numbers, 9))) for numbers in ([0, 1, 2], [0, 5, 9], [1, 2, 3])]
    classes = [load_data(data_settings([word, "data.held_out=0"])).classes for word in words]
    assert classes == [("0", "1", "2"), ("0", "5", "9"), ("1", "2", "3")]
    assert "runs/data/" + image_set(images, np.resize([0, 1, 2], 9)).hash in words[0]


# ---- matching by name


def test_numbers_of_classes_are_matched_by_name():
    labels = torch.tensor([0, 1, 2, 1])
    assert renumbered(labels, ("a", "b", "c"), ("c", "b", "a")).tolist() == [2, 1, 0, 1]
    assert renumbered(labels, ("a", "b", "c"), ("b", "a")).tolist() == [1, 0, -1, 0]


def test_the_order_of_classes_can_be_chosen_by_name(tmp_path: Path):
    write_pictures(by_grey([1, 2, 3]), tmp_path / "folder")
    source = at(FolderConfig, tmp_path / "folder", classes=("3", "1", "2", "7"))
    assert source.classes == ("3", "1", "2", "7")
    assert names_by_grey(source) == {(k, str(k)) for k in (1, 2, 3)}
    assert empty_classes(source) == ("7",)
    assert data_settings(["data.folder=x", "classes=[3, 1]"]).classes == ("3", "1")  # type: ignore[attr-defined]
    with pytest.raises(InputError, match="the data also contain 2; list all of 1, 2, 3"):
        at(FolderConfig, tmp_path / "folder", classes=("1", "3"))
    with pytest.raises(InputError, match="has no labels"):
        at(FolderConfig, tmp_path / "folder", classes=("1", "2", "3"), labels="none")
    with pytest.raises(ValueError, match="listed twice"):
        FolderConfig(folder="x", classes=("1", "1"))


@pytest.mark.parametrize("written", ["[right,left]", "[right, left]", '["right","left"]'])
def test_names_of_classes_need_no_quotes(written: str):
    settings = data_settings(["folder=pictures", f"classes={written}"])
    assert settings.classes == ("right", "left")
