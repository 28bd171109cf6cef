"""MATLAB's files are the pictures that they hold, in whichever order; every damaged one is named in a line."""

import struct
import tracemalloc
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from ganarium.config.data_files import ArrayConfig
from ganarium.core.errors import InputError
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files import mat
from ganarium.data.files.arrays import image_set, load
from ganarium.data.files.detect import overrides_for
from ganarium.data.files.idx_cards import CHARACTERS

RNG = np.random.default_rng(0)
N = 12
COLOUR = RNG.integers(0, 256, (N, 3, 32, 20), dtype=np.uint8)
GREY = RNG.integers(0, 256, (N, 32, 20), dtype=np.uint8)
LABELS = np.arange(N) % 3


def saved(path: Path, name: str = "own.mat", packed: bool = True, **variables: Any) -> Path:
    savemat(path / name, variables, do_compression=packed)
    return path / name


def loaded(file: Path, split: Split = "train") -> ImageSet:
    return load(ArrayConfig(array=str(file), held_out=0), split)


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as error:
        loaded(file)
    message = str(error.value)
    assert message.startswith(str(file))
    assert "\n" not in message
    assert len(message) < 400
    return message


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("labels", [LABELS, LABELS[:, None], LABELS[None], LABELS.astype(float)[:, None]], ids=str)
def test_colours_in_matlabs_order_are_the_same_pictures(tmp_path: Path, packed: bool, labels: np.ndarray):
    file = saved(tmp_path, packed=packed, X=COLOUR.transpose(2, 3, 1, 0), y=labels)
    assert overrides_for(str(file)) == [f"data.array={file}"]
    own = loaded(file)
    assert own.hash == image_set(COLOUR, LABELS).hash
    assert "the last axis counts the images" in own.origin.messages[0]


@pytest.mark.parametrize("array", [COLOUR, COLOUR.transpose(0, 2, 3, 1)], ids=["first", "last"])
def test_numpys_order_stays(tmp_path: Path, array: np.ndarray):
    assert loaded(saved(tmp_path, images=array, labels=LABELS)).hash == image_set(COLOUR, LABELS).hash


def test_greys_are_counted_along_the_axis_of_their_labels(tmp_path: Path):
    many = RNG.integers(0, 256, (100, 28, 28), dtype=np.uint8)
    last, first = many.transpose(1, 2, 0), many
    numbers = np.arange(100) % 3
    for array in (last, first):
        assert loaded(saved(tmp_path, images=array, labels=numbers)).hash == image_set(many, numbers).hash
    for array in (last, RNG.integers(0, 256, (28, 28, 28), dtype=np.uint8)):
        assert "is ambiguous" in refusal(saved(tmp_path, images=array))
    few = loaded(saved(tmp_path, images=GREY.transpose(1, 2, 0)))
    assert np.array_equal(few.images[:, 0], GREY)


def test_svhns_ten_is_the_digit_zero(tmp_path: Path):
    numbers = np.arange(N) % 10 + 1
    own = loaded(saved(tmp_path, "train_32x32.mat", X=COLOUR.transpose(2, 3, 1, 0), y=np.uint8(numbers)[:, None]))
    assert own.classes == tuple("0123456789")
    assert np.array_equal(own.labels, numbers % 10)
    assert "label 10, which means digit 0 in SVHN, was converted to 0" in own.origin.messages


@pytest.mark.parametrize("part", ["letters", "digits"])
def test_emnists_structure_is_turned_upright_and_named(tmp_path: Path, part: str):
    upright = RNG.integers(0, 256, (2 * N, 28, 28), dtype=np.uint8)
    first = int(part == "letters")
    flat = upright.swapaxes(1, 2).reshape(2 * N, -1)

    def half(rows: slice) -> dict[str, Any]:
        numbers = (np.arange(2 * N) % 5 + first)[rows, None]
        return {"images": flat[rows], "labels": numbers.astype(float), "writers": numbers.astype(float)}

    dataset = {"train": half(slice(N)), "test": half(slice(N, None)), "mapping": np.zeros((5, 2), np.uint8)}
    file = saved(tmp_path, f"emnist-{part}.mat", dataset=dataset)
    train, test = loaded(file), loaded(file, "test")
    assert np.array_equal(train.images[:, 0], upright[:N])
    assert np.array_equal(test.images[:, 0], upright[N:])
    assert np.array_equal(test.labels, np.arange(2 * N)[N:] % 5)
    assert train.classes == CHARACTERS[part][:5]  # those that occur
    assert "transposed" in train.origin.messages[0]
    assert "arrays 'train_writers', 'test_writers' are not read" in train.origin.messages


def test_names_of_structures_are_not_confused(tmp_path: Path):
    own = loaded(saved(tmp_path, train={"images": GREY, "labels": LABELS}, test={"images": GREY}))
    assert own.hash == image_set(GREY, LABELS).hash


NAMES = ["cat", "guinea pig", "ox"]


@pytest.mark.parametrize("key", ["classes", "class_names", "target_names", "label_names", "Classes"])
@pytest.mark.parametrize("row", [True, False], ids=["row", "column"])
def test_names_of_classes_may_be_a_cell_array_of_texts(tmp_path: Path, key: str, row: bool):
    cells = np.array(NAMES, object)
    own = loaded(saved(tmp_path, images=GREY, labels=LABELS, **{key: cells[None] if row else cells[:, None]}))
    assert own.classes == tuple(NAMES)
    assert not any("not read" in said for said in own.origin.messages)


def test_names_of_classes_may_be_a_matrix_of_letters_or_a_field(tmp_path: Path):
    matrix = np.array(NAMES)
    assert loaded(saved(tmp_path, images=GREY, labels=LABELS, classes=matrix)).classes == tuple(NAMES)
    field = {"images": GREY, "labels": LABELS, "classes": np.array(NAMES, object)}
    assert loaded(saved(tmp_path, dataset=field)).classes == tuple(NAMES)


def test_variables_that_are_not_read_are_named(tmp_path: Path):
    cells = np.array(["a", 1.5], object)
    own = loaded(saved(tmp_path, images=GREY, labels=LABELS, info="a text", classes=cells, more=np.eye(2), c=1j))
    assert own.classes == ("0", "1", "2")
    assert "variables 'info', 'classes', 'c' are not read" in own.origin.messages
    assert "array 'more' is not read" in own.origin.messages
    assert "variable 'info' is not read" in loaded(saved(tmp_path, images=GREY, info="a text")).origin.messages


HEAD = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def variable(content: bytes, kind: int = 15) -> bytes:
    return struct.pack("<II", kind, len(content)) + content


SOUND = {"images": GREY, "labels": LABELS}
HOSTILE = {
    "empty": (b"", "not a .mat file"),
    "text": (b"hello" * 99, "not a .mat file"),
    "header": (HEAD, "contains no numeric arrays"),
    "hdf5": (b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF\r\n\x1a\n", "the file again with -v7"),
    "plain hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(600), "MATLAB 7.3 files (HDF5)"),
    "promise": (HEAD + struct.pack("<II", 14, 1 << 31) + bytes(99), "2,147,483,648 bytes, but the file ends earlier"),
    "cut": (HEAD + b"\x0e\0\0", "truncated within a variable"),
    "not packed": (HEAD + variable(b"hello, hello"), ": the file is damaged"),
    "packed nothing": (HEAD + variable(zlib.compress(b"hello")), "not a valid .mat file"),
    "garbage": (HEAD + variable(bytes(range(256)), 14), "not a valid .mat file"),
    "lie": (HEAD + variable(zlib.compress(struct.pack("<IIIIII", 14, 1 << 31, 6, 8, 6, 0))), "not a valid .mat file"),
}


@pytest.mark.parametrize("fault", HOSTILE)
def test_what_is_no_such_file_is_refused_in_a_line(tmp_path: Path, fault: str):
    content, said = HOSTILE[fault]
    (tmp_path / "own.mat").write_bytes(content)
    assert said in refusal(tmp_path / "own.mat")


@pytest.mark.parametrize("at", range(8, 2400, 149))
@pytest.mark.parametrize("packed", [False, True])
def test_no_cut_or_flipped_file_does_anything_but_load_or_be_refused(tmp_path: Path, at: int, packed: bool):
    file = saved(tmp_path, packed=packed, **SOUND)
    content = file.read_bytes()
    for damaged in (content[:at], content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]):
        file.write_bytes(damaged)
        with suppress(InputError):
            loaded(file)


def test_values_and_labels_are_refused_as_in_arrays(tmp_path: Path):
    assert "some values are not finite" in refusal(saved(tmp_path, images=np.full((3, 16, 16), np.nan)))
    assert "labels of type float64" in refusal(saved(tmp_path, images=GREY, labels=LABELS / 2))
    assert "outside the range 0 to 9999" in refusal(saved(tmp_path, images=GREY, labels=LABELS + 10_000))
    assert "no array is named images" in refusal(saved(tmp_path, pictures=GREY))
    assert "contains no numeric arrays" in refusal(saved(tmp_path, text="hello", cells=np.array([GREY], object)))
    assert "does not have EMNIST's shape [n, 784]" in refusal(saved(tmp_path, "emnist-digits.mat", images=GREY))
    assert "No such file" in refusal(tmp_path / "absent.mat")
    (tmp_path / "folder.mat").mkdir()
    assert "not a file" in refusal(tmp_path / "folder.mat")


def test_a_bomb_is_refused_at_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mat, "UNPACKED", 1 << 20)
    file = saved(tmp_path, images=np.zeros((30_000, 16, 16), np.uint8))
    assert file.stat().st_size < 30_000
    tracemalloc.start()
    try:
        assert "more than" in refusal(file)
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
