"""Statistics over several trainings: means, confidence intervals, and differences of two lists."""

from collections.abc import Sequence
from math import sqrt
from statistics import mean, variance

from ganarium.core.errors import InputError

SURE = 0.95


def over_seeds(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean and half the width of its 95 % interval by Student's t, or None for a single value."""
    if not values:
        raise InputError("no values: give one of each training")
    n = len(values)
    return mean(values), None if n == 1 else _quantile(n - 1) * sqrt(variance(values) / n)


def paired_difference(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean of after − before, paired by seed, and half the width of its 95 % interval."""
    if len(before) != len(after):
        raise InputError(f"{len(before)} and {len(after)} values: pairs need as many of both")
    return over_seeds([b - a for a, b in zip(before, after, strict=True)])


def unpaired_difference(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None]:
    """Return the difference of the means for different seeds, and half the width of Welch's 95 % interval.

    The half-width is None where a list has one value.
    """
    apart = mean(after) - mean(before)
    if min(len(before), len(after)) < 2:
        return apart, None
    parts = [variance(values) / len(values) for values in (before, after)]
    total = sum(parts)
    if total == 0:
        return apart, 0.0
    freedom = total**2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, (before, after), strict=True))
    return apart, _quantile(freedom) * sqrt(total)


def _quantile(freedom: float) -> float:
    from scipy.special import stdtrit  # imported here because few callers need it and it takes memory

    return float(stdtrit(freedom, (1 + SURE) / 2))
