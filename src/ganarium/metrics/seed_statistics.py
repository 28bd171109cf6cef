"""Numbers of several trainings: their mean, how sure it is, and whether two lists of them differ."""

from collections.abc import Sequence
from math import sqrt
from statistics import mean, variance

from ganarium.core.errors import InputError

SURE = 0.95


def over_seeds(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and half the width of its 95 % interval by Student's t; None for one value, which says nothing of spread."""
    if not values:
        raise InputError("no values: give one of each training")
    n = len(values)
    return mean(values), None if n == 1 else _quantile(n - 1) * sqrt(variance(values) / n)


def paired_difference(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None]:
    """Mean of after − before, seed by seed, and half its 95 % interval."""
    if len(before) != len(after):
        raise InputError(f"{len(before)} and {len(after)} values: pairs need as many of both")
    return over_seeds([b - a for a, b in zip(before, after, strict=True)])


def unpaired_difference(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None]:
    """The same where seeds differ: Welch's interval; None where a list has one value."""
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
    from scipy.special import stdtrit  # as few need it, and it takes memory

    return float(stdtrit(freedom, (1 + SURE) / 2))
