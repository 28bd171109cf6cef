"""Where strokes begin and end, when others cross them: the stretch of each axis whose ink best explains the picture."""

import numpy as np

from ganarium.metrics.structure.reading import Floats, Ints
from ganarium.metrics.structure.strokes import WIDTH, cells, looks

COST = 0.05  # of each pixel of length: of two stretches that explain the same, the shorter is read
SHORT = 5.0  # pixels; what is shorter is no stroke


def retraced(strokes: Floats, picture: Ints, ink: Floats) -> tuple[Floats, Ints]:
    """The strokes with new starts and ends, without those that explain nothing by themselves."""
    n, size = len(ink), ink.shape[-1]
    if not len(strokes):
        return strokes, picture
    reach = np.ceil(1.5 * size)
    endless = strokes.copy()
    endless[:, 3], endless[:, 4] = -reach, reach
    at = cells(endless, picture, size)
    cover, own = looks(endless, at), looks(strokes, at)
    near = cells(strokes, picture, size)
    total = np.bincount(near.index.ravel(), looks(strokes, near).ravel(), n * size * size)
    others = total[at.index] - own
    seen = ink.ravel()[at.index]
    gain = (seen - np.minimum(others, 1)) ** 2 - (seen - np.minimum(others + cover, 1)) ** 2
    gain *= at.inside

    places = int(2 * reach)
    place = np.clip(np.floor(at.along + reach).astype(np.int64), 0, places - 1) + at.stroke[:, None] * places
    gains = np.bincount(place.ravel(), gain.ravel(), len(strokes) * places).reshape(-1, places) - COST
    sums = np.pad(np.cumsum(gains, axis=1), ((0, 0), (1, 0)))
    lowest = np.minimum.accumulate(sums, axis=1)
    last = (sums - lowest).argmax(axis=1)
    upto = np.arange(places + 1) <= last[:, None]
    first = np.where(upto, sums, np.inf).argmin(axis=1)
    start, end = first - reach + WIDTH / 2, last - reach - WIDTH / 2
    strokes = np.column_stack([strokes[:, :3], start, end])
    keep = end - start > SHORT
    return strokes[keep], picture[keep]
