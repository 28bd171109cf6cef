"""Tables with a picture in every line are those pictures; a wrong line is named by its number."""

import gzip
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.config.data_files import CsvConfig
from ganarium.core.errors import InputError
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files import tables
from ganarium.data.files.arrays import image_set
from ganarium.data.files.csv_sets import load
from ganarium.data.files.tables import header_of, read_table

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
N = 40
GREY = np.random.default_rng(0).integers(0, 256, (N, 16, 16), dtype=np.uint8)
LABELS = np.arange(N) % 3
PIXELS = [f"pixel{i}" for i in range(256)]


def table(
    pixels: np.ndarray = GREY, labels: Any = LABELS, names: list[str] | None = None, end: str = "\n", mark: str = ","
) -> str:
    """A line for each picture, its label first."""
    columns = ([] if labels is None else [labels[: len(pixels), None]]) + [pixels.reshape(len(pixels), -1)]
    lines = [mark.join(map(str, row)) for row in np.concatenate(columns, 1).tolist()]
    head = [mark.join(names)] if names else []
    return end.join([*head, *lines]) + end


def written(path: Path, text: str | bytes, name: str = "own.csv") -> Path:
    content = text.encode() if isinstance(text, str) else text
    (path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return path / name


def whole(path: Path, **chosen: Any) -> ImageSet:
    return load(CsvConfig(csv=str(path), held_out=0, **chosen))


def refusal(path: Path, **chosen: Any) -> str:
    with pytest.raises(InputError) as error:
        whole(path, **chosen)
    message = str(error.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 400
    return message


SAME = {
    "kaggle": table(names=["label", *PIXELS]),
    "without header": table(),
    "windows": table(names=["label", *PIXELS], end="\r\n"),
    "semicolons": table(names=["label", *PIXELS], mark=";"),
    "tabs": table(mark="\t"),
    "quoted": '"' + table().replace(",", '","').replace("\n", '"\n"').removesuffix('"'),
    "empty lines": table().replace("\n", "\n\n", 2) + "\n\n",
    "no end": table().rstrip("\n"),
    "floats": table(GREY.astype(float)),
    "other name": table(names=["Class", *PIXELS]),
    "marked": "\ufeff" + table(names=["label", *PIXELS]),
    "numbered": table(names=["label", *map(str, range(256))]),
    "spaces": table().replace(",", ", "),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", SAME)
@pytest.mark.parametrize("name", ["own.csv", "own.csv.gz", "OWN.CSV"])
def test_every_form_of_a_table_is_the_same_pictures(tmp_path: Path, form: str, name: str):
    assert whole(written(tmp_path, SAME[form], name)).hash == image_set(GREY, LABELS).hash


def test_labels_may_be_the_last_column_and_rows_may_be_numbered(tmp_path: Path):
    columns = [np.arange(N)[:, None], GREY.reshape(N, -1), LABELS[:, None]]
    own = whole(written(tmp_path, table(np.concatenate(columns, 1), None, ["", *PIXELS, "class"])))
    assert own.hash == image_set(GREY, LABELS).hash
    assert own.origin.messages == ("labels: the column 'class'", "ignored columns: ''")


def test_classes_are_the_labels_that_occur_in_any_table(tmp_path: Path):
    written(tmp_path, table(GREY[:20], np.arange(20) % 2 * 5), "train.csv")
    written(tmp_path, table(GREY[20:], np.arange(20) % 2 * 9), "test.csv")
    train, test = (load(CsvConfig(csv=str(tmp_path), held_out=0), split) for split in ("train", "test"))
    assert train.classes == test.classes == ("0", "5", "9")
    assert train.labels.tolist() == [0, 1] * 10
    assert test.labels.tolist() == [0, 2] * 10


FLAT = GREY.reshape(N, -1)


@pytest.mark.parametrize("labels", [LABELS, LABELS * 4, np.arange(N) % 20 + 1], ids=["small", "gaps", "many"])
@pytest.mark.parametrize("end", ["first", "last"])
def test_without_a_header_the_values_tell_which_end_holds_the_labels(tmp_path: Path, labels: np.ndarray, end: str):
    columns = (labels[:, None], FLAT) if end == "first" else (FLAT, labels[:, None])
    own = whole(written(tmp_path, table(np.concatenate(columns, 1), None)))
    assert own.hash == image_set(GREY, labels).hash
    assert own.origin.messages == (f"labels: the {end} column",)


@pytest.mark.parametrize("first", [np.arange(N) % 2, np.zeros(N, int)], ids=["both", "neither"])
def test_labels_at_either_end_or_at_none_are_refused_with_the_way_out(tmp_path: Path, first: np.ndarray):
    columns = (first[:, None], FLAT[:, 1:], first[:, None])
    said = refusal(written(tmp_path, table(np.concatenate(columns, 1), None)))
    assert "whether the labels are in the first or the last column" in said
    assert "add a header with a column named" in said


def test_labels_at_another_end_in_another_file_are_refused(tmp_path: Path):
    written(tmp_path, table(), "train.csv")
    written(tmp_path, table(np.concatenate([FLAT, LABELS[:, None]], 1), None), "test.csv")
    assert "the first column of one file and in the last column of another" in refusal(tmp_path)


@pytest.mark.parametrize("numbers", [np.arange(N), np.arange(N) + 1, 1000 - 7 * np.arange(N)])
def test_row_numbers_without_a_header_are_not_classes(tmp_path: Path, numbers: np.ndarray):
    assert len(np.unique(numbers)) == N
    own = whole(written(tmp_path, table(labels=numbers)))
    assert own.labels is None
    assert own.hash == image_set(GREY).hash
    assert own.origin.messages == ("ignored columns: the first column (row numbers)",)


@pytest.mark.parametrize("names", [None, PIXELS, [str(i) for i in range(256)]], ids=["none", "pixels", "pandas"])
def test_a_table_without_labels_has_none(tmp_path: Path, names: list[str] | None):
    own = whole(written(tmp_path, table(labels=None, names=names)))
    assert (own.labels, own.classes) == (None, ())
    assert own.hash == image_set(GREY).hash


@pytest.mark.parametrize("scale", [1 / 255, -1])
def test_floats_are_read_as_they_are_in_arrays(tmp_path: Path, scale: float):
    floats = np.float32(GREY / 255 if scale > 0 else GREY / 127.5 - 1)
    own = whole(written(tmp_path, table(floats.astype(float))))
    assert torch.equal(own.images, image_set(floats).images)
    assert "floats in" in own.origin.messages[0]


def test_a_folder_of_tables_is_parted_by_their_names(tmp_path: Path):
    """As Kaggle has MNIST, with test pictures that have no labels."""
    written(tmp_path, table(GREY[:30], names=["label", *PIXELS]), "mnist_train.csv")
    written(tmp_path, table(GREY[30:], None, PIXELS), "mnist_test.csv.gz")
    written(tmp_path, "ImageId,Label\n1,0\n", "sample_submission.csv")
    train, validation, test = (load(CsvConfig(csv=str(tmp_path), held_out=0.6), split) for split in SPLITS)
    assert np.array_equal(test.images[:, 0], GREY[30:])
    assert test.labels is None
    assert len(train) + len(validation) == 30
    assert len(validation) > 3
    assert train.classes == ("0", "1", "2")
    assert "ignored files: sample_submission.csv" in train.origin.messages


def test_splits_are_by_content_and_count_takes_of_every_class(tmp_path: Path):
    own = np.concatenate([GREY, GREY])
    file = written(tmp_path, table(own, np.repeat(np.arange(2), N)))
    parts = [load(CsvConfig(csv=str(file), held_out=0.5), split) for split in SPLITS]
    contents = [{row.tobytes() for row in part.images.numpy()} for part in parts]
    assert sum(len(part) for part in parts) == 2 * N
    assert not contents[0] & contents[1] | contents[0] & contents[2] | contents[1] & contents[2]
    few = load(CsvConfig(csv=str(file), held_out=0, count=20))
    assert len(few) == 20
    assert few.labels.bincount(minlength=2).min() > 3, "the file is sorted by class"


def test_colours_are_asked_for_and_read_either_way(tmp_path: Path):
    colour = np.random.default_rng(1).integers(0, 256, (5, 3, 16, 16), dtype=np.uint8)
    first, last = colour.reshape(5, -1), np.moveaxis(colour, 1, 3).reshape(5, -1)
    assert "data.channels=first or data.channels=last" in refusal(written(tmp_path, table(first)))
    assert whole(written(tmp_path, table(first)), channels="first").hash == image_set(colour, LABELS[:5]).hash
    assert whole(written(tmp_path, table(last)), channels="last").hash == image_set(colour, LABELS[:5]).hash


def test_other_shapes_than_squares_are_asked_for(tmp_path: Path):
    wide = GREY.reshape(N, 8, 32).repeat(2, 1)[:, :, :24]
    file = written(tmp_path, table(wide))
    assert "data.size=HEIGHTxWIDTH" in refusal(file)
    assert whole(file, size="16x24").hash == image_set(wide, LABELS).hash
    assert "data.size=20x24 needs 480" in refusal(file, size="20x24")


@pytest.mark.parametrize("part", ["letters", "digits"])
def test_emnists_tables_are_turned_upright_and_named(tmp_path: Path, part: str):
    first = int(part == "letters")
    text = table(GREY.swapaxes(1, 2), LABELS + first)
    own = whole(written(tmp_path, text, f"emnist-{part}-train.csv"))
    assert np.array_equal(own.images[:, 0], GREY)
    assert np.array_equal(own.labels, LABELS)
    assert own.classes[:3] == (("a", "b", "c") if first else ("0", "1", "2"))
    assert "transposed" in own.origin.messages[-1]


BLANK = ",".join(["0"] * 257) + "\n"
WRONG = {
    "short": ("5,1,2\n", "line 42: found 3 fields, but the first line has 257"),
    "long": (BLANK[:-1] + ",0\n", "line 42: found 258 fields"),
    "word": (BLANK.replace("0,0", "0,cat", 1), "line 42, column 2: cat is not a finite number"),
    "nan": (BLANK.replace("0,0", "nan,0", 1), "line 42, column 1: nan is not a finite number"),
    "infinite": (BLANK.replace("0,0", "0,1e999", 1), "column 2: 1e999 is not a finite number"),
    "missing": (BLANK.replace("0,0", "0,", 1), "line 42, column 2: '' is not a finite number"),
    "binary": ("\0\1\2,3\n", "line 42: found 2 fields"),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_line_is_named_by_its_number(tmp_path: Path, fault: str):
    line, said = WRONG[fault]
    assert said in refusal(written(tmp_path, table(names=["label", *PIXELS]) + line + BLANK))


def test_line_numbers_count_through_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tables, "BLOCK", 5_000)
    text = table(names=["label", *PIXELS])
    assert whole(written(tmp_path, text)).hash == image_set(GREY, LABELS).hash
    assert "line 42: found 3 fields" in refusal(written(tmp_path, text + "1,2,3\n"))


HOSTILE = {
    "empty.csv": (b"", "is empty"),
    "blank.csv": (b"\n\n\n", "is empty"),
    "header.csv": (b"label,pixel0\n", "no lines below it"),
    "garbage.csv": (bytes(range(256)) * 99, "is not a finite number"),
    "zeros.csv": (bytes(20_000_000), "a line is longer than"),
    "long.csv": (b"1," * 10_000_000, "a line is longer than"),
    "cut.csv.gz": (gzip.compress(SAME["kaggle"].encode())[:-30], "gzip stream is damaged"),
    "damaged.csv.gz": (b"\x1f\x8b\x08\0hello", "gzip stream is damaged"),
    "values.csv": (table(GREY.astype(int) * 2).encode(), "values from 0 to 510, but integers must be in 0 to 255"),
    "labels.csv": (table(labels=LABELS + 10_000).encode(), "outside the range 0 to 9999"),
    "half labels.csv": (
        table(labels=LABELS / 2, names=["label", *PIXELS]).encode(),
        "the label 0.5 is not an integer",
    ),
    "minus.csv": (table(labels=LABELS - 1).encode(), "labels from -1 to 1"),
    "two.csv": (table(names=["label", "target", *PIXELS[1:]]).encode(), "several columns may be labels: label, target"),
    "prose.csv": (b"dear sir,\nno table is here\n", "line 2: found 1 field, but the first line has 2"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_such_table_is_refused_in_a_line(tmp_path: Path, name: str):
    content, said = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    assert said in refusal(tmp_path / name)


def test_folders_and_absent_files_are_named(tmp_path: Path):
    assert "contains no .csv files" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "absent.csv")
    for name in ("a.csv", "b.csv"):
        written(tmp_path, table(), name)
    assert "cannot determine which of a.csv, b.csv to train on" in refusal(tmp_path)
    for name in ("train.csv", "mnist-train.csv"):
        written(tmp_path, table(), name)
    assert "may be the train split" in refusal(tmp_path)


def test_a_packed_table_that_becomes_absurdly_long_is_refused_at_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(tables, "UNPACKED", 1 << 20)
    monkeypatch.setattr(tables, "BLOCK", 1 << 19)
    with gzip.open(tmp_path / "own.csv.gz", "wb", compresslevel=9) as file:
        file.write(BLANK.encode() * 10_000)
    assert (tmp_path / "own.csv.gz").stat().st_size < 20_000
    tracemalloc.start()
    try:
        assert "is longer than" in refusal(tmp_path / "own.csv.gz")
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@settings(max_examples=30)
@given(st.lists(st.lists(st.integers(0, 999_999_999), min_size=3, max_size=3), min_size=1, max_size=20))
def test_whole_numbers_are_read_to_the_digit(tmp_path_factory: pytest.TempPathFactory, rows: list[list[int]]):
    file = tmp_path_factory.mktemp("table") / "own.csv"
    file.write_text("a,b,c\n" + "".join(",".join(map(str, row)) + "\n" for row in rows))
    read = read_table(file)
    assert read.names == ("a", "b", "c")
    assert read.numbers.tolist() == rows


def test_a_first_line_is_a_header_only_where_its_words_are_names():
    assert header_of(("5", "cat", "3")) == ()
    assert header_of(("", "0", "1")) == ("", "0", "1")
    assert header_of(("0", "1")) == ()
