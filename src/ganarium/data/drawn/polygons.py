"""Regular polygons: one filled one of 3 to 12 sides, with its own rotation, size and centre."""

import numpy as np

from ganarium.core.settings.drawn import Polygons
from ganarium.data.drawn.blocks import Bytes, Ints, Truth, load_blocks
from ganarium.data.drawn.ink import fill
from ganarium.data.sets import ImageSet, Split

FEWEST, MOST = 3, 12  # sides
RADII = (14 / 60, 26 / 60)  # circumradius over the picture's size
TEXT = "One filled regular polygon of 3 to 12 sides; rotation, circumradius (14 to 26 px of 60) and centre vary."


def load(settings: Polygons, split: Split = "train") -> ImageSet:
    """One split.

    Truth: `sides` [n]; `vertices` [n, 12, 2], x and y in pixels, NaN past the last; `centre` [n, 2];
    `circumradius` [n]; `rotation` [n], the first vertex's direction from the centre in radians, in
    [0, 2π / sides).
    """
    return load_blocks(settings, split, paint, tuple(str(n) for n in range(FEWEST, MOST + 1)), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """One polygon of label + 3 sides."""
    sides = labels + FEWEST
    radius = rng.uniform(*RADII, len(labels)) * size
    centre = rng.uniform(radius, size - radius, (2, len(labels))).T
    rotation = rng.uniform(0, 2 * np.pi / sides)
    corner = np.minimum(np.arange(MOST), sides[:, None] - 1)  # past the last, the last again
    angle = rotation[:, None] + corner * (2 * np.pi / sides)[:, None]
    vertices = centre[:, None] + radius[:, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    truth = {
        "sides": sides,
        "vertices": np.where((np.arange(MOST) < sides[:, None])[..., None], vertices, np.nan),
        "centre": centre,
        "circumradius": radius,
        "rotation": rotation,
    }
    return fill(vertices, np.arange(len(labels)), len(labels), size), truth
