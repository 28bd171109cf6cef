"""MNIST is whole inside the package."""

import gzip
from hashlib import md5
from importlib.resources import files

import pytest
import torch

from ganarium.config.datasets import MnistConfig
from ganarium.data.mnist import load

RAW = {
    "train-images-idx3-ubyte.gz": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte.gz": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte.gz": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte.gz": "27ae3e4e09519cfbb04c329615203637",
}


@pytest.mark.parametrize("name", RAW)
def test_the_files_are_those_that_everybody_has(name: str):
    packed = (files("ganarium.data") / "bundled" / "mnist" / name).read_bytes()
    assert md5(gzip.decompress(packed)).hexdigest() == RAW[name]


@pytest.mark.slow
def test_the_splits_are_the_first_50000_the_last_10000_and_the_test_file():
    all_of_it, train, validation, test = (
        load(MnistConfig(count=60_000)),
        load(MnistConfig()),
        load(MnistConfig(), "validation"),
        load(MnistConfig(), "test"),
    )
    assert (len(train), len(validation), len(test)) == (50_000, 10_000, 10_000)
    assert torch.equal(torch.cat([train.images, validation.images]), all_of_it.images)
    assert torch.equal(torch.cat([train.labels, validation.labels]), all_of_it.labels)
    assert len({train.hash, validation.hash, test.hash}) == 3
    assert "CC BY-SA 3.0" in train.card.licence
