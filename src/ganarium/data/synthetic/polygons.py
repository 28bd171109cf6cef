"""Regular polygons: one filled one of 3 to 12 sides, with its own rotation, size and centre."""

import numpy as np

from ganarium.config.synthetic import PolygonsConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.blocks import Bytes, Floats, Ints, Truth, load_blocks
from ganarium.data.synthetic.ink import fill

FEWEST, MOST = 3, 12  # sides
RADII = (14 / 60, 26 / 60)  # circumradius over the picture's size
TEXT = "One filled regular polygon of 3 to 12 sides; rotation, circumradius (14 to 26 px of 60) and centre vary."


def load(settings: PolygonsConfig, split: Split = "train") -> ImageSet:
    """One split.

    Truth: `sides` [n]; `vertices` [n, 12, 2], x and y in pixels, NaN past the last; `centre` [n, 2];
    `circumradius` [n]; `rotation` [n], the first vertex's direction from the centre in radians, in
    [0, 2π / sides).
    """
    return load_blocks(settings, split, paint, tuple(str(n) for n in range(FEWEST, MOST + 1)), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """One polygon of label + 3 sides."""
    truth = propose(rng, size, labels)
    return fill(outline(truth), np.arange(len(labels)), len(labels), size), truth


def propose(rng: np.random.Generator, size: int, labels: Ints) -> Truth:
    """The truth of one polygon of label + 3 sides each."""
    sides = labels + FEWEST
    radius, centre = place(rng, size, len(labels), RADII)
    rotation = rng.uniform(0, 2 * np.pi / sides)
    vertices = corners(centre, radius[:, None], rotation, sides, MOST)
    return {
        "sides": sides,
        "vertices": without_repeats(vertices, sides),
        "centre": centre,
        "circumradius": radius,
        "rotation": rotation,
    }


def place(rng: np.random.Generator, size: int, n: int, shares: tuple[float, float]) -> tuple[Floats, Floats]:
    """Radii [n], as shares of the size, and centres [n, 2] of discs that lie inside the picture, in pixels."""
    radius = rng.uniform(*shares, n) * size
    return radius, rng.uniform(radius, size - radius, (2, n)).T


def corners(centre: Floats, radius: Floats, rotation: Floats, edges: Ints, most: int) -> Floats:
    """The corners [n, most, 2] at equal angles around each centre; past the last, the last again.

    radius: [n, 1] or [n, most], each corner's distance from the centre
    rotation: [n], the first corner's direction in radians
    """
    corner = np.minimum(np.arange(most), edges[:, None] - 1)
    angle = rotation[:, None] + corner * (2 * np.pi / edges)[:, None]
    vertices: Floats = centre[:, None] + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return vertices


def without_repeats(vertices: Floats, edges: Ints) -> Floats:
    """NaN past the last corner of each row of `vertices` [n, most, 2]."""
    return np.where((np.arange(vertices.shape[1]) < edges[:, None])[..., None], vertices, np.nan)


def outline(truth: Truth, inset: float = 0) -> Floats:
    """The corners [n, 12, 2] of the polygons whose sides lie `inset` pixels inside those of the truth's."""
    radius = truth["circumradius"] - inset / np.cos(np.pi / truth["sides"])
    return corners(truth["centre"], radius[:, None], truth["rotation"], truth["sides"], MOST)
