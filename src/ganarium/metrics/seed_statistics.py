"""Statistics over runs with different seeds: means, confidence intervals, and differences between two variants."""

from collections.abc import Sequence
from math import sqrt
from statistics import mean, variance

from ganarium.core.errors import InputError

SURE = 0.95


def over_seeds(values: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean and the half-width of the 95 % interval (Student's t), which is None for a single value."""
    some = _numbers(values)
    n = len(some)
    return mean(some), None if n == 1 else _quantile(n - 1) * sqrt(variance(some) / n)


def paired_difference(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None]:
    """Return the mean of after − before, paired by seed, and the half-width of the 95 % interval."""
    if len(before) != len(after):
        raise InputError(f"the lists have {len(before)} and {len(after)} values; pass one value per seed in both lists")
    return over_seeds([b - a for a, b in zip(before, after, strict=True)])


def unpaired_difference(before: Sequence[float], after: Sequence[float]) -> tuple[float, float | None]:
    """Return the difference between the means of unpaired runs, and the half-width of Welch's 95 % interval.

    The half-width is None if a list has only one value.
    """
    both = _numbers(before), _numbers(after)
    apart = mean(both[1]) - mean(both[0])
    if min(map(len, both)) < 2:
        return apart, None
    parts = [variance(values) / len(values) for values in both]
    total = sum(parts)
    if total == 0:
        return apart, 0.0
    freedom = total**2 / sum(part**2 / (len(values) - 1) for part, values in zip(parts, both, strict=True))
    return apart, _quantile(freedom) * sqrt(total)


def _numbers(values: Sequence[float]) -> list[float]:
    """Return the values as a list. Raises `InputError` if there are none."""
    if len(values) == 0:
        raise InputError("the list of values is empty; pass one value per run")
    return [float(value) for value in values]


def _quantile(freedom: float) -> float:
    from scipy.special import stdtrit  # imported here because few callers need SciPy, which takes memory

    return float(stdtrit(freedom, (1 + SURE) / 2))
