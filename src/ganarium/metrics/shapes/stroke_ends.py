"""Start and end of crossing strokes: the interval of each axis that explains the image best."""

import numpy as np

from ganarium.metrics.shapes.base import Floats, Ints
from ganarium.metrics.shapes.strokes import WIDTH, cells, coverage

SHORT = 5.0  # pixels; strokes that are not longer are dropped


def retraced(strokes: Floats, picture: Ints, ink: Floats, cost: float) -> tuple[Floats, Ints]:
    """Return the strokes with new starts and ends, without strokes that explain no ink of their own."""
    strokes = stretched(strokes, picture, ink, cost)
    keep = strokes[:, 4] - strokes[:, 3] > SHORT
    return strokes[keep], picture[keep]


def stretched(strokes: Floats, picture: Ints, ink: Floats, cost: float) -> Floats:
    """Return the strokes with the starts and ends that explain the image best.

    cost: cost of each pixel of length, in pixels of ink; of two intervals that explain the image equally well, the
    shorter is chosen, or the longer if the cost is negative
    """
    n, size = len(ink), ink.shape[-1]
    if not len(strokes):
        return strokes
    reach = np.ceil(1.5 * size)
    endless = strokes.copy()
    endless[:, 3], endless[:, 4] = -reach, reach
    at = cells(endless, picture, size)
    cover, own = coverage(endless, at), coverage(strokes, at)
    near = cells(strokes, picture, size)
    total = np.bincount(near.index.ravel(), coverage(strokes, near).ravel(), n * size * size)
    others = total[at.index] - own
    seen = ink.ravel()[at.index]
    gain = (seen - np.minimum(others, 1)) ** 2 - (seen - np.minimum(others + cover, 1)) ** 2
    gain = gain * at.inside

    places = int(2 * reach)
    # bins of one pixel along each axis; bins without a cell lie outside the image
    place = np.clip(np.floor(at.along + reach).astype(np.int64), 0, places - 1) + at.stroke[:, None] * places
    gains = np.bincount(place.ravel(), gain.ravel(), len(strokes) * places) - cost
    gains = np.where(np.bincount(place.ravel(), minlength=len(gains)) > 0, gains, -1).reshape(-1, places)
    sums = np.pad(np.cumsum(gains, axis=1), ((0, 0), (1, 0)))
    lowest = np.minimum.accumulate(sums, axis=1)
    last = (sums - lowest).argmax(axis=1)
    upto = np.arange(places + 1) <= last[:, None]
    first = np.where(upto, sums, np.inf).argmin(axis=1)
    start, end = first - reach + WIDTH / 2, last - reach - WIDTH / 2
    return np.column_stack([strokes[:, :3], start, end])
