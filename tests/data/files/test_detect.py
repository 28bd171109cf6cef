"""A path alone says what lies at it, by names and, where those leave it open, by content."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganarium.data.files.detect import overrides_for


def picture(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (16, 16)).save(file)


def kind(path: Path) -> str:
    (word,) = overrides_for(str(path))
    assert word.endswith(str(path))
    return word.removeprefix("data.").partition("=")[0]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("own.npz", "array"),
        ("own.NPY", "array"),
        ("own.mat", "array"),
        ("own.csv", "csv"),
        ("own.csv.gz", "csv"),
        ("own.parquet", "parquet"),
        ("cifar-10-binary.tar.gz", "cifar"),
        ("data_batch_1.bin", "cifar"),
        ("train-images-idx3-ubyte.gz", "idx"),
        ("own.zip", "folder"),
        ("own", "folder"),
    ],
)
def test_files_that_are_not_there_are_known_by_their_names(tmp_path: Path, name: str, expected: str):
    assert kind(tmp_path / name) == expected


def test_tables_beside_pictures_or_folders_leave_them_a_folder_of_pictures(tmp_path: Path):
    (tmp_path / "train.csv").write_text("1,2,3\n")
    assert kind(tmp_path) == "csv"
    picture(tmp_path / "Train" / "a.png")
    assert kind(tmp_path) == "folder"
    picture(tmp_path / "flat" / "a.PNG")
    (tmp_path / "flat" / "labels.csv").write_text("a.png,1\n")
    assert kind(tmp_path / "flat") == "folder"


def test_a_parquet_file_beside_pictures_is_not_what_holds_them(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "metadata.parquet").touch()
    assert kind(tmp_path) == "parquet"
    picture(tmp_path / "data" / "a.png")
    assert kind(tmp_path) == "folder"


def test_pictures_named_like_other_files_stay_pictures(tmp_path: Path):
    for name in ("train", "data_batch_1", "cifar"):
        picture(tmp_path / name / "0.png")
    assert kind(tmp_path) == "folder"
    np.savez(tmp_path / "train" / "x.npz", np.zeros(3))
    assert kind(tmp_path / "train") == "folder"
