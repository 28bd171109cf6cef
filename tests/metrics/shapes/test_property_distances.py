"""Distances between what is read in two sets of pictures are 0 on themselves, grow with faults and match SciPy's."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from ganarium.core.errors import InputError
from ganarium.data.synthetic import plus_marks as drawn
from ganarium.metrics.shapes import plus_marks
from ganarium.metrics.shapes.base import ShapeReading
from ganarium.metrics.shapes.property_distances import (
    circular_wasserstein,
    distances,
    shares,
    total_variation,
    wasserstein,
)

RNG = np.random.default_rng(0)
HERE, THERE = RNG.normal(0, 2, 300), RNG.normal(1, 3, 200)


def reading(valid: list[bool], **values: object) -> ShapeReading:
    fault = np.where(valid, "", "torn")
    return ShapeReading(np.array(valid), fault, {name: np.array(v) for name, v in values.items()}, {"turn": 1.0})


def test_agrees_with_scipy():
    assert wasserstein(HERE, THERE) == pytest.approx(wasserstein_distance(HERE, THERE))


def test_a_shift_is_as_far_as_it_is_long():
    assert wasserstein(HERE, HERE + 3) == pytest.approx(3)
    assert distances(reading([True] * 300, x=HERE), reading([True] * 300, x=HERE + 3))["x"] == pytest.approx(
        3 / HERE.std()
    )


@pytest.mark.parametrize("shift", [0.0, 0.1, 0.4, 0.7, 0.95])
def test_around_a_circle_a_shift_is_no_longer_than_half_of_it(shift):
    turns = RNG.uniform(0, 0.05, 200)
    far = min(shift, 1 - shift)
    assert circular_wasserstein(turns, (turns + shift) % 1, 1) == pytest.approx(far, abs=1e-9)


def test_a_circle_has_no_beginning():
    one, other = RNG.uniform(0, 1, 100) ** 2, RNG.uniform(0, 1, 80)
    turned = circular_wasserstein((one + 0.37) % 1, (other + 0.37) % 1, 1)
    assert circular_wasserstein(one, other, 1) == pytest.approx(turned) == circular_wasserstein(other, one, 1)


def test_total_variation_counts_what_would_have_to_change():
    assert total_variation(np.array([0, 1, 2, 3]), np.array([0, 1, 2, 2])) == 0.25
    assert total_variation(np.array([0, 0]), np.array([1])) == 1


def test_only_valid_pictures_and_what_is_there_count():
    real = reading([True, True, False], count=[1, 2, 9], x=[[1.0, np.nan], [2.0, 3.0], [50.0, 50.0]])
    fake = reading([False, True, True], count=[7, 2, 1], x=[[80.0, 80.0], [3.0, 1.0], [2.0, np.nan]])
    assert distances(real, fake) == {"count": 0, "x": 0}


def test_what_is_always_the_same_is_at_no_distance_or_at_an_infinite_one():
    real = reading([True], x=[1.0])
    assert distances(real, reading([True], x=[1.0])) == {"x": 0}
    assert distances(real, reading([True], x=[1.5])) == {"x": np.inf}


def test_nothing_valid_is_at_no_known_distance_and_no_measure():
    some, none = reading([True], count=[1], turn=[0.5]), reading([False], count=[1], turn=[0.5])
    assert all(np.isnan(value) for value in distances(some, none).values())
    with pytest.raises(InputError, match="no real image"):
        distances(none, some)


def test_a_missing_count_and_a_shifted_place_show_where_they_are():
    images, _ = drawn.paint(np.random.default_rng(0), 28, np.arange(600) % 10)
    others, _ = drawn.paint(np.random.default_rng(1), 28, np.arange(600) % 10)
    few, _ = drawn.paint(np.random.default_rng(2), 28, np.arange(600) % 9)
    moved = np.zeros_like(others)
    moved[:, :, :20] = others[:, :, 8:]
    real, alike, lacking, left = (plus_marks.read(i[:, None]) for i in (images, others, few, moved))
    same = distances(real, alike)
    assert same["count"] == 0
    assert max(same.values()) < 0.05
    assert distances(real, lacking)["count"] == pytest.approx(0.1, abs=0.01)
    assert distances(real, left)["x"] > 0.5
    assert distances(real, left)["y"] < 0.1


def test_shares_name_every_fault():
    assert shares(reading([True, False, False, True])) == {"": 0.5, "torn": 0.5}
