"""Distances between the values measured in valid real images and in valid generated images."""

import numpy as np

from ganarium.core.errors import InputError
from ganarium.metrics.shapes.base import Floats, Numbers, ShapeReading


def shares(reading: ShapeReading) -> dict[str, float]:
    """Return the share of images with each fault, by fault name; the empty name stands for valid images."""
    words, counts = np.unique(reading.fault, return_counts=True)
    return {str(word): float(count / len(reading.fault)) for word, count in zip(words, counts, strict=True)}


def distances(real: ShapeReading, fake: ShapeReading) -> dict[str, float]:
    """Return, by value name, the distance between the distributions of each value in real and in generated images.

    Whole numbers (counts, categories): total variation, 0 to 1, symmetric. Other values: the 1-Wasserstein distance
    divided by the standard deviation of the real values, and therefore not symmetric. Periodic values: the distance on
    the circle, divided by the standard deviation of a uniform distribution, p/√12. If a value has several
    entries per image, all of them count. NaN if no fake is valid; raise InputError if no real image is valid.
    """
    if not real.valid.any():
        raise InputError("no real image is valid; use images of the data set that the detector supports")
    return {
        name: distance(values[real.valid], fake.values[name][fake.valid], real.periods.get(name))
        for name, values in real.values.items()
    }


def distance(one: Numbers, other: Numbers, period: float | None = None) -> float:
    """Return the distance between two samples of one value, in the unit described in `distances`."""
    if one.dtype.kind == "i":
        return total_variation(one, other) if len(other) else float("nan")
    a, b = (np.asarray(values[~np.isnan(values)], np.float64) for values in (one, other))
    if not len(a) or not len(b):
        return float("nan")
    if period is not None:
        return circular_wasserstein(a, b, period) * float(np.sqrt(12)) / period
    return over_spread(wasserstein(a, b), float(a.std()))


def total_variation(one: Numbers, other: Numbers) -> float:
    """Return the total variation distance between two samples of whole numbers, 0 to 1."""
    kinds = np.union1d(one, other)
    first, second = ((values[:, None] == kinds).mean(axis=0) for values in (one, other))
    return float(np.abs(first - second).sum() / 2)


def wasserstein(one: Floats, other: Floats) -> float:
    """Return the 1-Wasserstein distance ∫ |F − G|, where F and G are the distribution functions of two samples."""
    widths, gaps = steps(one, other)
    return float((widths * np.abs(gaps)).sum())


def circular_wasserstein(one: Floats, other: Floats, period: float) -> float:
    """Return the 1-Wasserstein distance between values in [0, period) on a circle (Rabin et al. 2011).

    The distance is ∫ |F − G − c|, where c is the median of F − G.
    """
    widths, gaps = steps(one, other, (0.0, period))
    order = np.argsort(gaps)
    below = np.cumsum(widths[order])
    middle = gaps[order][np.searchsorted(below, below[-1] / 2)]
    return float((widths * np.abs(gaps - middle)).sum())


def steps(one: Floats, other: Floats, bounds: tuple[float, ...] = ()) -> tuple[Floats, Floats]:
    """Return the widths of intervals on which F − G is constant, and its values; `bounds` are further end points."""
    places = np.sort(np.concatenate([one, other, bounds]))
    shares = [np.searchsorted(np.sort(values), places[:-1], side="right") / len(values) for values in (one, other)]
    return np.diff(places), shares[0] - shares[1]


def over_spread(apart: float, spread: float) -> float:
    """Return `apart / spread`; if `spread` is 0, return 0 for `apart` = 0 and infinity otherwise."""
    return apart / spread if spread > 0 else (0.0 if apart == 0 else float("inf"))
