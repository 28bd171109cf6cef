"""Parameters and rendering of straight strokes drawn with a square pen.

A stroke is (x, y, angle, start, end): a point on the axis, the direction of the axis, and the positions along the axis,
relative to that point, where the stroke starts and ends, in pixels and radians. Strokes are rows [m, 5], sorted by
image.
"""

from dataclasses import dataclass

import numpy as np

from ganarium.metrics.shapes.base import Bools, Floats, Ints

WIDTH = 1.5  # pixels; the pen is square, so a stroke's ink extends half a width past its ends
REACH = 3  # pixels that a stroke's cells extend on both sides of its axis, across the dominant direction
AXIS = 0.02  # smallest |sine| or |cosine| of a direction: the closed form below loses precision nearer the axes


@dataclass(frozen=True)
class Cells:
    """Pixels near strokes: 2 REACH + 1 pixels for each image column (or row) that a stroke crosses."""

    stroke: Ints  # [k], index of the stroke
    index: Ints  # [k, 7], index into the pixels of all images
    along: Floats  # [k, 7], distance along the axis from the stroke's point
    across: Floats  # [k, 7], signed distance from the axis
    inside: Bools  # [k, 7], whether the pixel lies in the image


def cells(strokes: Floats, picture: Ints, size: int) -> Cells:
    """Return all pixels that the strokes can cover, with a small margin."""
    x, y, angle, start, end = strokes.T
    c, s = np.cos(angle), np.sin(angle)
    flat = np.abs(c) >= np.abs(s)
    slow, quick = np.where(flat, c, s), np.where(flat, s, c)
    base, other = np.where(flat, x, y), np.where(flat, y, x)
    tips = base + np.stack([start, end]) * slow
    first = np.clip(np.floor(tips.min(axis=0)) - 2, 0, size - 1).astype(np.int64)
    last = np.clip(np.floor(tips.max(axis=0)) + 2, 0, size - 1).astype(np.int64)
    crossed = last - first + 1
    stroke = np.repeat(np.arange(len(strokes)), crossed)
    main = np.arange(len(stroke)) + (first - np.cumsum(crossed) + crossed)[stroke]
    axis = other[stroke] + (main + 0.5 - base[stroke]) * (quick / slow)[stroke]
    side = np.floor(axis).astype(np.int64)[:, None] + np.arange(-REACH, REACH + 1)
    du, dv = (main + 0.5 - base[stroke])[:, None], side + 0.5 - other[stroke, None]
    inside = (side >= 0) & (side < size)
    side = np.clip(side, 0, size - 1)
    row, column = np.where(flat[stroke, None], side, main[:, None]), np.where(flat[stroke, None], main[:, None], side)
    index = (picture[stroke, None] * size + row) * size + column
    sign = np.where(flat, 1, -1)[stroke, None]  # (slow, quick) is (cos, sin) or mirrored
    slow, quick = slow[stroke, None], quick[stroke, None]
    return Cells(stroke, index, du * slow + dv * quick, sign * (dv * slow - du * quick), inside)


def covered(distance: Floats, wide: Floats, narrow: Floats) -> tuple[Floats, Floats]:
    """Return the share of a unit square below a straight edge, and its derivative with respect to the distance.

    distance: from the square's middle to the edge; wide, narrow: half the sum and half the difference of the edge's
    |cos| and |sin|
    """
    ramps = [np.maximum(distance + shift, 0) for shift in (wide, narrow, -narrow, -wide)]
    a, b, c, d = ramps
    area = np.maximum(wide**2 - narrow**2, 1e-9)  # |cos · sin|
    return (a * a - b * b - c * c + d * d) / (2 * area), (a - b - c + d) / area


def edges(strokes: Floats, at: Cells) -> tuple[Floats, ...]:
    """Return (breadth, its sideways derivative, length, its derivatives by start and end) of strokes in cells [k, 7].

    A stroke covers breadth · length of a cell: the shares of the cell between its two sides and between its two ends.
    """
    c, s = np.abs(np.cos(strokes[:, 2])), np.abs(np.sin(strokes[:, 2]))
    c, s = np.maximum(c, AXIS), np.maximum(s, AXIS)
    wide, narrow = ((c + s) / 2)[at.stroke, None], (np.abs(c - s) / 2)[at.stroke, None]
    start, end = strokes[at.stroke, 3, None], strokes[at.stroke, 4, None]
    right, right_slope = covered(WIDTH / 2 - at.across, wide, narrow)
    left, left_slope = covered(-WIDTH / 2 - at.across, wide, narrow)
    until, until_slope = covered(end + WIDTH / 2 - at.along, wide, narrow)
    before, before_slope = covered(start - WIDTH / 2 - at.along, wide, narrow)
    return (
        (right - left) * at.inside,
        (right_slope - left_slope) * at.inside,
        until - before,
        -before_slope,
        until_slope,
    )


def coverage(strokes: Floats, at: Cells) -> Floats:
    """Return the share of each cell that its stroke covers: [k, 7]."""
    breadth, _, length, _, _ = edges(strokes, at)
    return breadth * length


def drawn(strokes: Floats, picture: Ints, n: int, size: int) -> Floats:
    """Return the ink [n, size, size] of all strokes, summed and not clipped at 1."""
    at = cells(strokes, picture, size)
    cover = coverage(strokes, at)
    ink = np.bincount(at.index.ravel(), cover.ravel(), n * size * size)
    return np.asarray(ink, np.float64).reshape(n, size, size)


def ends(strokes: Floats) -> Floats:
    """Return x and y of both ends of each stroke: [m, 2, 2]."""
    way = np.stack([np.cos(strokes[:, 2]), np.sin(strokes[:, 2])], axis=1)
    return np.asarray(strokes[:, None, :2] + strokes[:, 3:, None] * way[:, None])
