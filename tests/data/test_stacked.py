"""Stacked digits: what each colour is, and that rows stay what they are."""

import pytest
import torch

from ganarium.config.datasets import MnistConfig, StackedConfig
from ganarium.data import mnist, stacked


@pytest.mark.slow
def test_each_colour_is_a_digit_of_the_same_split_and_its_truth_is_its_label():
    for split in ("train", "test"):
        source = stacked.load(StackedConfig(count=6), split)
        digits = mnist.load(MnistConfig(), split)
        for picture, truth in zip(source.images[:6], source.truth["digits"], strict=False):
            for colour, digit in zip(picture, truth, strict=True):
                same = (digits.images[:, 0] == colour).flatten(1).all(1)
                assert digit in digits.labels[same]


@pytest.mark.slow
def test_a_row_does_not_depend_on_how_many_there_are_but_on_the_seed():
    few, many = stacked.load(StackedConfig(count=20)), stacked.load(StackedConfig(count=200))
    assert torch.equal(few.images, many.images[:20])
    assert not torch.equal(few.images, stacked.load(StackedConfig(count=20, seed=1)).images)


def test_the_thousand_modes_are_all_there_in_their_shares():
    source = stacked.load(StackedConfig(), "test")
    assert len(source) == 26_000
    numbers = torch.from_numpy(source.truth["digits"]) @ torch.tensor([100, 10, 1])
    counts = numbers.bincount(minlength=1000)
    assert (counts > 0).all()
    shares = counts / len(source)
    floor = (1000 - 1) / (2 * len(source))
    assert torch.special.xlogy(shares, shares * 1000).sum().item() < 2 * floor  # the digits' own shares are uneven
    assert (source.classes, source.labels) == ((), None)
