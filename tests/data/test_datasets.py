"""A subset of a data set: the same on every call, a part of any larger one, of all kinds of rows however they lie."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from ganarium.config.datasets import DATA, MnistConfig
from ganarium.data import mnist
from ganarium.data.datasets import ImageSet, Origin, PairSet, PointSet, random_rows
from ganarium.data.load import load_data


def test_few_rows_begin_what_many_are_and_each_comes_once_before_any_comes_again():
    many = random_rows(50, 120)
    assert all(random_rows(50, n).equal(many[:n]) for n in (0, 1, 49, 50, 51, 120))
    assert many[:50].sort().values.equal(torch.arange(50))
    assert many[50:100].sort().values.equal(torch.arange(50))
    assert not many[:50].equal(many[50:100])
    assert not many[:50].equal(torch.arange(50))


def test_no_rows_of_none_are_none():
    assert len(random_rows(0, 0)) == 0


@pytest.mark.parametrize("n", [1, 30, 64, 100])
def test_pictures_keep_their_labels_truth_and_names(n: int):
    source = load_data(DATA["points"].settings(count=64, size=16))
    assert isinstance(source, ImageSet)
    source = replace(source, origin=Origin(names=tuple(map(str, range(64)))))
    some = source.subset(n)
    rows = random_rows(64, min(n, 64))
    assert some.images.equal(source.images[rows])
    assert some.labels.equal(source.labels[rows])
    assert (some.truth["count"] == source.truth["count"][rows]).all()
    assert some.origin.names == tuple(map(str, rows.tolist()))
    assert some.hash != source.hash


def test_pairs_stay_together():
    source = load_data(DATA["pairs"].settings(count=40))
    assert isinstance(source, PairSet)
    some, rows = source.subset(10), random_rows(40, 10)
    assert all(getattr(some, name).equal(getattr(source, name)[rows]) for name in ("x", "y", "x_as_y", "y_as_x"))
    for name, values in some.truth.items():
        np.testing.assert_array_equal(values, source.truth[name][rows])


@pytest.mark.parametrize("count", [0, 500])
def test_points_are_the_same_on_every_call(count: int):
    source = load_data(DATA["ring"].settings(count=count))
    assert isinstance(source, PointSet)
    some = source.subset(300)
    assert len(some) == 300
    assert some.points.equal(source.subset(300).points)


def test_a_subset_of_sorted_classes_has_them_in_their_shares():
    source = mnist.load(MnistConfig(count=5_000))
    ordered = source.at(source.labels.sort(stable=True).indices)
    due, got = (each.labels.bincount(minlength=10) for each in (source, ordered.subset(1_000)))
    assert ordered.labels[:400].unique().tolist() == [0]
    assert (got / 1_000 - due / 5_000).abs().max() < 0.04


def test_the_first_digits_of_mnists_file_are_of_all_classes():
    """Which is why `count` may take them."""
    labels = mnist.load(MnistConfig(count=1_000)).labels
    assert labels.bincount(minlength=10).min() > 80
