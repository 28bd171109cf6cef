"""Images of one filled regular polygon of 3 to 12 sides, with random rotation, size and centre."""

import numpy as np

from ganarium.config.synthetic import PolygonsConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.base import Bytes, Floats, Ints, Truth, load_blocks
from ganarium.data.synthetic.rasterize import fill

FEWEST, MOST = 3, 12  # sides
RADII = (14 / 60, 26 / 60)  # circumradius over the image's size
TEXT = "One filled regular polygon of 3 to 12 sides; rotation, circumradius (14 to 26 px at size 60) and centre vary."


def load(settings: PolygonsConfig, split: Split = "train") -> ImageSet:
    """Load one split of images of regular polygons.

    Ground truth: `sides` [n]; `vertices` [n, 12, 2], x and y in pixels, padded with NaN; `centre` [n, 2];
    `circumradius` [n]; `rotation` [n], the direction of the first vertex from the centre in radians, in
    [0, 2π / sides).
    """
    return load_blocks(settings, split, paint, tuple(str(n) for n in range(FEWEST, MOST + 1)), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """Draw one polygon with label + 3 sides for each label."""
    truth = propose(rng, size, labels)
    return fill(outline(truth), np.arange(len(labels)), len(labels), size), truth


def propose(rng: np.random.Generator, size: int, labels: Ints) -> Truth:
    """Sample the ground truth of one polygon with label + 3 sides for each label."""
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
    """Sample radii [n] and centres [n, 2] of discs inside the image, in pixels.

    shares: range of the radius as a share of the image's size
    """
    radius = rng.uniform(*shares, n) * size
    return radius, rng.uniform(radius, size - radius, (2, n)).T


def corners(centre: Floats, radius: Floats, rotation: Floats, edges: Ints, most: int) -> Floats:
    """Return corners [n, most, 2] at equal angles around each centre, padded with the last corner.

    radius: [n, 1] or [n, most], distance of each corner from the centre
    rotation: [n], direction of the first corner in radians
    """
    corner = np.minimum(np.arange(most), edges[:, None] - 1)
    angle = rotation[:, None] + corner * (2 * np.pi / edges)[:, None]
    vertices: Floats = centre[:, None] + radius[..., None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return vertices


def without_repeats(vertices: Floats, edges: Ints) -> Floats:
    """Replace the padding after the last corner in each row of `vertices` [n, most, 2] with NaN."""
    return np.where((np.arange(vertices.shape[1]) < edges[:, None])[..., None], vertices, np.nan)


def outline(truth: Truth, inset: float = 0) -> Floats:
    """Return the corners [n, 12, 2] of the polygons, with all sides moved inwards by `inset` pixels."""
    radius = truth["circumradius"] - inset / np.cos(np.pi / truth["sides"])
    return corners(truth["centre"], radius[:, None], truth["rotation"], truth["sides"], MOST)
