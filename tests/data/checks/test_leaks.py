"""Copies across splits, exact and near."""

from collections import Counter
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.config.synthetic import PointsConfig
from ganarium.core.random_streams import Streams, numpy_generator, permutation
from ganarium.data.checks.chance_overlap import max_chance_share, repeat_probability
from ganarium.data.checks.leaks import leaks, near_leaks
from ganarium.data.checks.near_duplicates import near_copies_in
from ganarium.data.synthetic import plus_marks


def part(pictures, rows):
    return replace(pictures, images=pictures.images[rows], labels=None)


@pytest.fixture
def split(digits):
    """800 pictures to train on, 400 to test with."""
    return part(digits, slice(0, 800)), part(digits, slice(800, 1200))


def leaked(train, test, k, change=lambda images: images):
    images = test.images.clone()
    images[:k] = change(train.images[100 : 100 + k])
    return replace(test, images=images)


def test_clean_splits_do_not_leak(split):
    train, test = split
    assert [*leaks(train, {"test": test}), *near_leaks(train, {"test": test})] == []
    assert [*leaks(train, {}), *near_leaks(train, {})] == []
    nothing = part(test, slice(0, 0))
    assert [*leaks(train, {"validation": nothing}), *near_leaks(train, {"validation": nothing})] == []


def test_one_picture_in_a_thousand_is_a_remark_two_are_grave(mnist):
    train, test = part(mnist, slice(0, 1500)), part(mnist, slice(2000, 3000))
    for k, grave in ((1, False), (2, True)):
        (remark,) = leaks(train, {"test": leaked(train, test, k)})
        assert (remark.grave, remark.value) == (grave, k / 1000)


def test_the_worst_split_gives_value_and_names(split):
    train, test = split
    (remark,) = leaks(train, {"validation": leaked(train, test, 2), "test": leaked(train, test, 40)})
    assert remark.value == 0.1
    assert "2 validation (0.5 %)" in remark.text
    assert "40 test (10 %)" in remark.text
    assert remark.examples == tuple(f"image {i}" for i in range(8))


def test_blank_pictures_do_not_leak(split):
    train, test = (replace(pictures, images=pictures.images.clone()) for pictures in split)
    train.images[-20:] = test.images[-20:] = 0
    assert [*leaks(train, {"test": test}), *near_leaks(train, {"test": test})] == []


def test_what_a_source_repeats_by_itself_is_no_grave_leak():
    """A picture of one mark has 676 places to be: so many of these splits are the same by chance."""
    train, test = (plus_marks.load(PointsConfig(count=2000, seed=seed)) for seed in (0, 1))
    (remark,) = leaks(train, {"test": test})
    assert remark.value > 0.01
    assert not remark.grave
    assert "chance" in remark.text
    (remark,) = leaks(train, {"test": leaked(train, test, 600)})
    assert remark.grave


@pytest.mark.parametrize("times", [2, 3])
def test_copies_within_train_excuse_no_leak(mnist, times):
    train, test = part(mnist, slice(0, 2400)), part(mnist, slice(3000, 4000))
    train = replace(train, images=train.images.clone())
    train.images[400 : times * 400] = train.images[:400].repeat(times - 1, 1, 1, 1)
    leaky = replace(test, images=torch.cat([train.images[1500:1800], test.images[300:]]))
    (remark,) = leaks(train, {"test": leaky})
    assert (remark.grave, remark.value) == (True, 0.3)


def test_pictures_that_are_there_twice_and_split_by_chance_leak(mnist):
    rows = Streams(0).at("order", permutation(2000), 0)
    twice = mnist.images[:1000].repeat(2, 1, 1, 1)[rows]
    train, test = replace(mnist, images=twice[:1600]), replace(mnist, images=twice[1600:])
    (remark,) = leaks(train, {"test": test})
    assert remark.grave


@settings(max_examples=20)
@given(st.integers(0, 2**31), st.integers(50, 5000), st.floats(0.05, 1))
def test_what_a_law_repeats_is_explained_by_chance(seed, kinds, repeating):
    """Pictures drawn from a law of which a part has so many kinds, and the others never come again."""
    draws = numpy_generator(seed, "law")

    def drawn(n, start):
        fresh = np.arange(start, start + n)
        return np.where(draws.random(n) < repeating, draws.integers(0, kinds, n), fresh)

    seen, other = drawn(5000, 10_000), drawn(1000, 20_000)
    times = Counter(seen.tolist())
    assert np.isin(other, seen).mean() <= max_chance_share(times.values(), 1000) + 0.01


def test_chance_is_what_came_again_but_for_more_pairs_than_triples_explain():
    assert repeat_probability([1] * 900 + [2] * 50) == pytest.approx(min(100, (6 * (900 + 60 + 3) * 3) ** 0.5) / 1000)
    assert repeat_probability([1] * 1600 + [2] * 400) < 0.08
    assert repeat_probability([1] * 10) == repeat_probability([]) == max_chance_share([1] * 10, 5) == 0


@pytest.mark.parametrize(("k", "grave"), [(3, None), (4, False), (40, False), (41, True)])
def test_near_leaks_are_told_from_1_percent(split, noisy, k, grave):
    train, test = split
    others = {"test": leaked(train, test, k, partial(noisy, most=5))}
    found = [*near_leaks(train, others)]
    assert [remark.grave for remark in found] == ([] if grave is None else [grave])
    assert all(remark.value == k / 400 for remark in found)
    assert [*leaks(train, others)] == []


def test_exact_leaks_are_not_told_as_near_ones(split):
    train, test = split
    assert [*near_leaks(train, {"test": leaked(train, test, 100)})] == []


def test_a_split_searched_for_is_never_searched_in(split, noisy):
    train, test = split
    rows = near_copies_in(train.images, leaked(train, test, 30, partial(noisy, most=3)).images)
    assert rows.tolist() == list(range(30))
