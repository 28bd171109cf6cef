"""Detection of one filled regular polygon: number of sides, size, position, rotation and regularity."""

import numpy as np

from ganarium.metrics.shapes.base import Bytes, Floats, ShapeReading, joined, levels, reading_with
from ganarium.metrics.shapes.outline_fits import Candidates, find
from ganarium.metrics.shapes.outlines import polygon_inner

FEWEST, MOST = 3, 12  # sides
RADII = (14 / 60, 26 / 60)  # circumradius divided by the image size
SLACK = 0.3  # pixels of tolerated error in a radius or position
UNEVEN = 0.2  # pixels: largest deviation of the outline from a regular polygon, averaged over five of its 96 rays
PATCH = 0.12  # share of full ink: largest mean deviation of 3×3 pixels from the polygon read
BATCH = 64  # images read at once, few enough to fit the processor's cache
SIDES = np.array([*range(FEWEST, MOST + 4), 0])  # larger numbers and a circle are included to detect them
KINDS = Candidates(SIDES, polygon_inner(SIDES), np.zeros(len(SIDES), bool))


def read(images: Bytes) -> ShapeReading:
    """Detect and measure the polygon in each image, uint8 [n, 1, H, W].

    Faults: `uneven`, the outline does not match a regular polygon; `stray`, pixels differ from the polygon read;
    `round`, the shape has more than twelve sides or is a circle; `size`, the circumradius is outside the data set's
    range; `cut`, the polygon extends beyond the image.
    Values, [n]: `sides`; in pixels, `x` and `y` of the centre, `radius`, the distance of the corners from the centre,
    and `uneven`, the largest distance between the outline and a regular one; `turn`, a corner's direction from the
    centre divided by the angle between two corners, in [0, 1).
    """
    pictures = levels(images)
    return joined([_read(pictures[start : start + BATCH] / 255) for start in range(0, max(len(pictures), 1), BATCH)])


def _read(ink: Floats) -> ShapeReading:
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
    return reading_with(faults, values, {"turn": 1})
