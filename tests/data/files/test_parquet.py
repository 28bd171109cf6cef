"""Parquet files with encoded pictures are read as folders of them are; labels and splits are those of the hub."""

import json
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ganarium.config.data_files import FolderConfig, ParquetConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files import image_folders, parquet
from ganarium.data.files.detect import overrides_for
from ganarium.data.files.parquet import load

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
N = 30
GREY = np.random.default_rng(0).integers(0, 256, (N, 20, 16), dtype=np.uint8)
LABELS = [i % 3 for i in range(N)]
NAMES = ["cat", "dog", "T-shirt / top"]


def png(pixels: np.ndarray) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


FILES = [png(pixels) for pixels in GREY]
HUB = [{"bytes": content, "path": None} for content in FILES]


def written(path: Path, name: str = "own.parquet", features: Any = None, group: int = 7, **columns: list[Any]) -> Path:
    table = pa.table(columns)
    if features is not None:
        note = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
        table = table.replace_schema_metadata(note)
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, row_group_size=group)
    return file


def hub(label: str = "label", names: list[str] = NAMES) -> dict[str, Any]:
    return {"image": {"_type": "Image"}, label: {"_type": "ClassLabel", "names": names}}


def whole(path: Path, **chosen: Any) -> ImageSet:
    return load(ParquetConfig(parquet=str(path), held_out=0, **chosen))


def refusal(path: Path, **chosen: Any) -> str:
    with pytest.raises(InputError) as error:
        whole(path, **chosen)
    message = str(error.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    assert len(message) < 500
    return message


@pytest.mark.parametrize("column", [HUB, FILES], ids=["structures", "bytes"])
@pytest.mark.parametrize("group", [1, 7, 1000])
def test_pictures_and_labels_are_read(tmp_path: Path, column: list[Any], group: int):
    file = written(tmp_path, image=column, label=LABELS, group=group)
    assert overrides_for(str(file)) == [f"data.parquet={file}"]
    own = whole(file)
    assert np.array_equal(own.images[:, 0], GREY)
    assert own.labels.tolist() == LABELS
    assert own.classes == ("0", "1", "2")


def test_the_hubs_notes_name_columns_and_classes(tmp_path: Path):
    file = written(tmp_path, features=hub("breed"), image=HUB, other=HUB, label=[9] * N, breed=LABELS)
    own = whole(file)
    assert own.labels.tolist() == LABELS
    assert own.classes == ("cat", "dog", "T-shirt - top")
    assert "labels: the column breed with 3 classes" in own.origin.messages
    assert "ignored columns: other, label" in own.origin.messages


def test_labels_may_be_texts(tmp_path: Path):
    own = whole(written(tmp_path, img=FILES, label=[NAMES[label] for label in LABELS]))
    assert own.classes == ("T-shirt - top", "cat", "dog")
    assert [own.classes[label].split()[0] for label in own.labels] == [NAMES[label].split()[0] for label in LABELS]


@pytest.mark.parametrize(
    "names",
    [
        ("data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "data/test-00000-of-00001.parquet"),
        ("default/train/0000.parquet", "default/train/0001.parquet", "default/test/0000.parquet"),
    ],
    ids=["shards", "folders"],
)
def test_splits_are_those_that_names_of_files_say(tmp_path: Path, names: tuple[str, ...]):
    for name, rows in zip(names, (slice(0, 10), slice(10, 20), slice(20, 30)), strict=True):
        written(tmp_path, name, hub(), image=HUB[rows], label=LABELS[rows])
    assert overrides_for(str(tmp_path)) == [f"data.parquet={tmp_path}"]
    train, validation, test = (load(ParquetConfig(parquet=str(tmp_path), held_out=0.6), split) for split in SPLITS)
    assert np.array_equal(test.images[:, 0], GREY[20:])
    assert test.labels.tolist() == LABELS[20:]
    assert len(train) + len(validation) == 20
    assert train.classes == test.classes
    assert sum(len(load(ParquetConfig(parquet=str(tmp_path / names[0])), split)) for split in ("train",)) <= 10


def test_a_test_split_without_labels_leaves_the_others_theirs(tmp_path: Path):
    written(tmp_path, "train.parquet", hub(), image=HUB[:20], label=LABELS[:20])
    written(tmp_path, "test.parquet", hub(), image=HUB[20:], label=[-1] * 10)
    train, test = (load(ParquetConfig(parquet=str(tmp_path), held_out=0), split) for split in ("train", "test"))
    assert train.labels.tolist() == LABELS[:20]
    assert (test.labels, test.classes) == (None, ())
    assert "no labels: 10 of 10 images have no label" in test.origin.messages


@pytest.mark.parametrize("features", [None, hub(names=[f"kind {i}" for i in range(20)])], ids=["plain", "hub"])
def test_classes_are_the_labels_that_occur_in_any_split(tmp_path: Path, features: Any):
    written(tmp_path, "train.parquet", features, image=HUB[:20], label=[0, 5] * 10)
    written(tmp_path, "test.parquet", features, image=HUB[20:], label=[0, 9] * 5)
    train, test = (load(ParquetConfig(parquet=str(tmp_path), held_out=0), split) for split in ("train", "test"))
    prefix = "kind " if features else ""
    assert train.classes == test.classes == (f"{prefix}0", f"{prefix}5", f"{prefix}9")
    assert train.labels.tolist() == [0, 1] * 10
    assert test.labels.tolist() == [0, 2] * 5


def test_texts_with_numbers_are_sorted_by_their_values(tmp_path: Path):
    own = whole(written(tmp_path, image=HUB, label=[["10", "9", "2"][label] for label in LABELS]))
    assert own.classes == ("2", "9", "10")
    assert own.labels.tolist() == [2 - label for label in LABELS]


@pytest.mark.parametrize("missing", [None, -1], ids=str)
def test_a_few_pictures_without_a_label_are_left_out(tmp_path: Path, missing: int | None):
    own = whole(written(tmp_path, image=HUB, label=[missing, *LABELS[1:-2], missing, missing]))
    assert np.array_equal(own.images[:, 0], GREY[1:-2])
    assert own.labels.tolist() == LABELS[1:-2]
    (note,) = own.origin.findings
    assert (note.name, note.value, note.examples[0]) == ("left-out", 3, "own/000000")


def test_labels_that_too_many_pictures_lack_are_reported_as_lost(tmp_path: Path):
    own = whole(written(tmp_path, image=HUB, label=[None] * 4 + LABELS[4:]))
    assert len(own) == N
    assert (own.labels, own.classes) == (None, ())
    (note,) = own.origin.findings
    assert (note.name, note.grave) == ("labels-lost", True)
    assert note.text == "no labels: 4 of 30 images have no label"
    assert str(note) in own.origin.messages


@pytest.mark.parametrize(
    ("labels", "why"),
    [
        ([0.5] * N, "the column label has type double"),
        ([[1]] * N, "the column label has type list"),
        (
            [f"a caption {i}" for i in range(N)],
            "the column label has 30 different values for 30 images, too many to be classes",
        ),
    ],
    ids=["floats", "lists", "captions"],
)
def test_a_column_that_holds_no_classes_is_reported_with_the_reason(tmp_path: Path, labels: list[Any], why: str):
    own = whole(written(tmp_path, image=HUB, label=labels))
    assert (own.labels, own.classes) == (None, ())
    (note,) = own.origin.findings
    assert note.name == "labels-lost"
    assert why in note.text
    assert why in own.origin.unlabelled


def test_settings_of_folders_hold_and_rows_are_split_by_content(tmp_path: Path):
    for i, content in enumerate(FILES):
        place = tmp_path / "folder" / NAMES[LABELS[i]][:3]
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{i:02d}.png").write_bytes(content)
    file = written(tmp_path, image=HUB, label=LABELS)
    words = {"size": 24, "fit": "pad", "colour": "rgb", "held_out": 0.5, "invert": True}
    for split in SPLITS:
        own = load(ParquetConfig(parquet=str(file), **words), split)  # type: ignore[arg-type]
        other = image_folders.load(FolderConfig(folder=str(tmp_path / "folder"), **words), split)  # type: ignore[arg-type]
        assert own.shape == (3, 24, 24)
        assert {row.tobytes() for row in own.images.numpy()} == {row.tobytes() for row in other.images.numpy()}


def test_unreadable_pictures_are_named_or_skipped(tmp_path: Path):
    damaged = [*HUB[:-3], {"bytes": b"no image", "path": None}, {"bytes": None, "path": "x.png"}, None]
    file = written(tmp_path, image=damaged, label=LABELS)
    message = refusal(file)
    assert "3 of 30 images cannot be read: own/000027" in message
    assert "the file does not contain the bytes of the image" in message
    own = whole(file, unreadable="skip")
    assert np.array_equal(own.images[:, 0], GREY[:-3])
    assert own.labels.tolist() == LABELS[:-3]


def test_files_of_other_columns_or_parts_are_refused(tmp_path: Path):
    written(tmp_path, "train.parquet", image=HUB, label=LABELS)
    written(tmp_path, "more.parquet", image=HUB, label=LABELS)
    assert "some files are named train or test and others are not" in refusal(tmp_path)
    written(tmp_path, "more.parquet", image=HUB, target=LABELS)
    with pytest.raises(InputError, match=r"the columns or classes differ from those of more\.parquet"):
        whole(tmp_path)


HOSTILE = {
    "empty": (b"", "not a valid Parquet file"),
    "text": (b"hello" * 99, "not a valid Parquet file"),
    "magic": (b"PAR1" * 9, "not a valid Parquet file"),
    "footer": (b"PAR1" + bytes(99) + b"\xff\xff\xff\x7fPAR1", "not a valid Parquet file"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_what_is_no_such_file_is_refused_in_a_line(tmp_path: Path, fault: str):
    content, said = HOSTILE[fault]
    (tmp_path / "own.parquet").write_bytes(content)
    assert said in refusal(tmp_path / "own.parquet")


def test_what_holds_no_pictures_is_refused_in_a_line(tmp_path: Path):
    assert "none of the columns (pixels, label)" in refusal(written(tmp_path, pixels=[[1]], label=[1]))
    assert "has no rows" in refusal(written(tmp_path, image=pa.array([], pa.binary()), label=[]))
    assert "No such file" in refusal(tmp_path / "absent.parquet")
    (tmp_path / "folder.parquet").mkdir()
    assert "contains no .parquet files" in refusal(tmp_path / "folder.parquet")
    with pytest.raises(InputError, match="labels from 0 to 20000"):
        whole(written(tmp_path, image=FILES, label=[20_000, *LABELS[1:]]))
    with pytest.raises(InputError, match="2 class names, but labels up to 2"):
        whole(written(tmp_path, features=hub(names=NAMES[:2]), image=HUB, label=LABELS))
    with pytest.raises(EmptySplitError):
        load(ParquetConfig(parquet=str(written(tmp_path, image=FILES)), held_out=0), "test")


@pytest.mark.parametrize("at", range(8, 6000, 613))
def test_no_cut_or_flipped_file_does_anything_but_load_or_be_refused(tmp_path: Path, at: int):
    content = written(tmp_path, image=HUB, label=LABELS).read_bytes()
    for damaged in (content[:at], content[:-at] + bytes([content[-at] ^ 0x55]) + content[len(content) - at + 1 :]):
        (tmp_path / "own.parquet").write_bytes(damaged)
        with suppress(InputError):
            whole(tmp_path / "own.parquet")


def test_row_groups_that_promise_too_much_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parquet, "MOST_GROUP", 1_000)
    assert "a row group has" in refusal(written(tmp_path, image=HUB, label=LABELS))


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = written(tmp_path, image=HUB, label=LABELS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    assert "pip install 'ganarium[parquet]'" in refusal(file)
