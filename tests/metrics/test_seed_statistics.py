"""Intervals over trainings, against SciPy's own tests."""

import pytest
from scipy import stats

from ganarium.core.errors import InputError
from ganarium.metrics.seed_statistics import over_seeds, paired_difference, unpaired_difference

BEFORE, AFTER = [3.1, 2.7, 4.0, 3.3, 2.9], [2.0, 2.6, 3.5, 2.8, 2.1]


def half_width(interval) -> float:
    return float((interval.high - interval.low) / 2)


def test_a_mean_has_students_interval():
    mean, margin = over_seeds(BEFORE)
    assert mean == pytest.approx(3.2)
    assert margin == pytest.approx(half_width(stats.ttest_1samp(BEFORE, 0).confidence_interval(0.95)))


def test_pairs_have_the_interval_of_their_differences():
    apart, margin = paired_difference(BEFORE, AFTER)
    assert apart == pytest.approx(-0.6)
    assert margin == pytest.approx(half_width(stats.ttest_rel(BEFORE, AFTER).confidence_interval(0.95)))


def test_other_seeds_have_welchs_interval():
    apart, margin = unpaired_difference(BEFORE, AFTER[:3])
    assert apart == pytest.approx(sum(AFTER[:3]) / 3 - 3.2)
    expected = stats.ttest_ind(BEFORE, AFTER[:3], equal_var=False).confidence_interval(0.95)
    assert margin == pytest.approx(half_width(expected))


def test_one_training_says_nothing_of_spread():
    assert over_seeds([2.0]) == (2.0, None)
    assert paired_difference([2.0], [3.0]) == (1.0, None)
    assert unpaired_difference([2.0], BEFORE)[1] is None


def test_values_without_spread_have_an_interval_of_no_width():
    assert over_seeds([1.0, 1.0]) == (1.0, 0.0)
    assert unpaired_difference([1.0, 1.0], [2.0, 2.0]) == (1.0, 0.0)


def test_nothing_and_unequal_pairs_are_refused():
    with pytest.raises(InputError, match="one value per run"):
        over_seeds([])
    with pytest.raises(InputError, match="one value per seed"):
        paired_difference([1.0], [1.0, 2.0])
