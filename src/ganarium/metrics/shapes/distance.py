"""How far what is read in samples is distributed from what is read in data; valid pictures only."""

import numpy as np

from ganarium.core.errors import InputError
from ganarium.metrics.shapes.reading import Floats, Numbers, Reading


def shares(reading: Reading) -> dict[str, float]:
    """The share of pictures with each fault, by name, and of valid ones, under the empty name."""
    words, counts = np.unique(reading.fault, return_counts=True)
    return {str(word): float(count / len(reading.fault)) for word, count in zip(words, counts, strict=True)}


def distances(real: Reading, fake: Reading) -> dict[str, float]:
    """By name of what is read, how far the fake pictures' distribution is from the real ones'.

    Whole numbers (counts, kinds): total variation, 0 to 1, symmetric. Others: the 1-Wasserstein distance over the
    standard deviation of the real ones, so not symmetric; around the circle where the value is periodic, over the
    deviation of an even spread, p/√12. What a picture has several of counts each time. NaN where no fake is valid.
    """
    if not real.valid.any():
        raise InputError("no real picture reads as valid: read pictures of the set that the reader is for")
    return {
        name: distance(values[real.valid], fake.values[name][fake.valid], real.periods.get(name))
        for name, values in real.values.items()
    }


def distance(one: Numbers, other: Numbers, period: float | None = None) -> float:
    """How far the second sample is from the first."""
    if one.dtype.kind == "i":
        return total_variation(one, other) if len(other) else float("nan")
    a, b = (np.asarray(values[~np.isnan(values)], np.float64) for values in (one, other))
    if not len(a) or not len(b):
        return float("nan")
    if period is not None:
        return circular_wasserstein(a, b, period) * float(np.sqrt(12)) / period
    return over_spread(wasserstein(a, b), float(a.std()))


def total_variation(one: Numbers, other: Numbers) -> float:
    """Half the sum of the differences between the shares of each whole number."""
    kinds = np.union1d(one, other)
    first, second = ((values[:, None] == kinds).mean(axis=0) for values in (one, other))
    return float(np.abs(first - second).sum() / 2)


def wasserstein(one: Floats, other: Floats) -> float:
    """∫ |F − G|, F and G the distribution functions of two samples."""
    widths, gaps = steps(one, other)
    return float((widths * np.abs(gaps)).sum())


def circular_wasserstein(one: Floats, other: Floats, period: float) -> float:
    """The same for values in [0, period) on a circle: ∫ |F − G − c|, c the median of F − G (Rabin et al. 2011)."""
    widths, gaps = steps(one, other, (0.0, period))
    order = np.argsort(gaps)
    below = np.cumsum(widths[order])
    middle = gaps[order][np.searchsorted(below, below[-1] / 2)]
    return float((widths * np.abs(gaps - middle)).sum())


def steps(one: Floats, other: Floats, bounds: tuple[float, ...] = ()) -> tuple[Floats, Floats]:
    """Widths of the pieces on which F − G is constant, and its values there; between `bounds` if given."""
    places = np.sort(np.concatenate([one, other, bounds]))
    shares = [np.searchsorted(np.sort(values), places[:-1], side="right") / len(values) for values in (one, other)]
    return np.diff(places), shares[0] - shares[1]


def over_spread(apart: float, spread: float) -> float:
    """apart / spread; where the real values are all the same, 0 if the others are too and infinite if not."""
    return apart / spread if spread > 0 else (0.0 if apart == 0 else float("inf"))
