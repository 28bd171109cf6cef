"""Reads one filled regular polygon: how many sides, how large, where, which way round, and how regular."""

import numpy as np

from ganarium.metrics.shapes.outline_fits import Kinds, find
from ganarium.metrics.shapes.outlines import polygon_inner
from ganarium.metrics.shapes.reading import Bytes, Floats, Reading, joined, judged, levels

FEWEST, MOST = 3, 12  # sides
RADII = (14 / 60, 26 / 60)  # circumradius over the picture's size
SLACK = 0.3  # pixels by which a radius or a place may be read wrong
UNEVEN = 0.2  # pixels by which the outline may lie off a regular polygon's, over five of its 96 rays
PATCH = 0.12  # of full ink: how far 3×3 pixels may lie, on average, from what was read
BATCH = 64  # pictures read together, few enough to stay in the processor's cache
SIDES = np.array([*range(FEWEST, MOST + 4), 0])  # also some too many, and a circle, so as to tell them apart
KINDS = Kinds(SIDES, polygon_inner(SIDES), np.zeros(len(SIDES), bool))


def read(images: Bytes) -> Reading:
    """Polygons in pictures uint8 [n, 1, H, W].

    Faults: `uneven`, the outline does not follow a regular polygon's; `stray`, pixels differ from those of the polygon
    read; `round`, it has more than twelve sides or is a circle; `size`, its circumradius is not one of the set's;
    `cut`, it leaves the picture.
    Values, [n]: `sides`; in pixels, `x`, `y`, `radius` and `uneven`, its middle, its corners' distance from it and the
    farthest that the outline lies off a regular one; `turn`, a corner's direction from the middle over the angle
    between two corners, in [0, 1).
    """
    pictures = levels(images)
    return joined([_read(pictures[start : start + BATCH] / 255) for start in range(0, max(len(pictures), 1), BATCH)])


def _read(ink: Floats) -> Reading:
    size = ink.shape[-1]
    seen = find(ink, KINDS)
    x, y, radius, turn, _ = seen.outlines.T
    sides = SIDES[seen.kind]
    smallest, largest = (share * size for share in RADII)
    beyond = np.maximum(np.abs(x - size / 2), np.abs(y - size / 2)) + radius - size / 2
    faults = {
        "uneven": seen.uneven > UNEVEN,
        "stray": seen.wrong > PATCH,
        "round": (sides > MOST) | (sides == 0),
        "size": (radius < smallest - SLACK) | (radius > largest + SLACK),
        "cut": beyond > SLACK,
    }
    turns = turn * sides / (2 * np.pi) % 1
    values = {"sides": sides, "x": x, "y": y, "radius": radius, "turn": turns, "uneven": seen.uneven}
    return judged(faults, values, {"turn": 1})
