"""MNIST is whole inside the package, and a damaged IDX file is named."""

import gzip
from hashlib import md5
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch

from ganarium.core.errors import InputError
from ganarium.core.settings.data import Mnist
from ganarium.data.idx import read_idx
from ganarium.data.mnist import load

RAW = {
    "train-images-idx3-ubyte.gz": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "27ae3e4e09519cfbb04c329615203637",
}
HEAD = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3])


@pytest.mark.parametrize("name", RAW)
def test_the_files_are_those_that_everybody_has(name: str):
    packed = (files("ganarium.data") / "files" / "mnist" / name).read_bytes()
    assert md5(gzip.decompress(packed)).hexdigest() == RAW[name]


def test_the_splits_are_the_first_50000_the_last_10000_and_the_test_file():
    all_of_it, train, validation, test = (
        load(Mnist(count=60_000)),
        load(Mnist()),
        load(Mnist(), "validation"),
        load(Mnist(), "test"),
    )
    assert (len(train), len(validation), len(test)) == (50_000, 10_000, 10_000)
    assert torch.equal(torch.cat([train.images, validation.images]), all_of_it.images)
    assert torch.equal(torch.cat([train.labels, validation.labels]), all_of_it.labels)
    assert len({train.hash, validation.hash, test.hash}) == 3
    assert "CC BY-SA 3.0" in train.card.licence


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gzip"])
def test_an_idx_file_is_read_packed_or_not(tmp_path: Path, pack):
    file = tmp_path / "x"
    file.write_bytes(pack(HEAD + bytes(range(6))))
    assert read_idx(file).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert read_idx(file).dtype == np.uint8


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not an IDX file"),
        (b"PNG" + HEAD, "not an IDX file"),
        (bytes([0, 0, 0x0D]) + HEAD[3:], "unsigned bytes"),
        (HEAD + bytes(5), "promises 6 bytes, 5"),
        (HEAD + bytes(7), "promises 6 bytes, 7"),
        (HEAD[:9], "within its header"),
        (gzip.compress(HEAD + bytes(6))[:-9], "gzip stream is damaged"),
        (gzip.compress(HEAD + bytes(range(256)))[:20] + bytes(40), "gzip stream is damaged"),
        (bytes([0, 0, 8, 4]) + b"\xff" * 16, "promises"),
    ],
    ids=["empty", "png", "floats", "short", "long", "headless", "cut gzip", "other gzip", "endless"],
)
def test_a_damaged_idx_file_is_named(tmp_path: Path, data: bytes, said: str):
    file = tmp_path / "broken-idx"
    file.write_bytes(data)
    with pytest.raises(InputError, match=said) as refusal:
        read_idx(file)
    assert "broken-idx" in str(refusal.value)
