"""Regular outlines as seen from their middle: polygons, stars and circles by how far they reach along each ray.

An outline is (x, y, radius, turn, inner): its middle, its outer corners' distance from it and the direction of one of
them, in pixels and radians, and its inner corners' distance over the radius. Inner corners lie halfway between outer
ones; a polygon's are the middles of its sides. A circle has 0 points and the inner share 1.
"""

import numpy as np

from ganarium.metrics.shapes.reading import Floats, Ints
from ganarium.metrics.shapes.strokes import AXIS, covered

RAYS = 96
STEP = 0.5  # pixels between places on a ray
ANGLES = 2 * np.pi * np.arange(RAYS) / RAYS


def polygon_inner(points: Ints) -> Floats:
    """Where a regular polygon's sides have their middles, over its radius; 1 of a circle, whose points are 0."""
    return np.where(points > 0, np.cos(np.pi / np.maximum(points, 1)), 1.0)


def reaches(ink: Floats, middle: Floats) -> Floats:
    """How much ink lies along each ray from the middle [n, 2]: [n, RAYS] in pixels."""
    n, size = len(ink), ink.shape[-1]
    far = (np.arange(size) + 0.5) * STEP
    x = np.clip(middle[:, 0, None, None] + np.multiply.outer(np.cos(ANGLES), far) - 0.5, -1, size)
    y = np.clip(middle[:, 1, None, None] + np.multiply.outer(np.sin(ANGLES), far) - 0.5, -1, size)
    padded = np.pad(ink, ((0, 0), (1, 2), (1, 2))).ravel()
    wide = size + 3
    column, row = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, down = x - column, y - row
    at = (np.arange(n)[:, None, None] * wide + row + 1) * wide + column + 1
    upper = padded[at] + right * (padded[at + 1] - padded[at])
    lower = padded[at + wide] + right * (padded[at + wide + 1] - padded[at + wide])
    return np.asarray((upper + down * (lower - upper)).sum(axis=2) * STEP)


def radius_at(angle: Floats, points: Ints, inner: Floats) -> tuple[Floats, Floats]:
    """How far an outline of radius 1 reaches at angles from an outer corner, and the growth of that over itself.

    angle: [..., rays]; points, inner: [...]
    """
    points, inner = points[..., None], inner[..., None]
    half = np.pi / np.maximum(points, 1)
    off = np.mod(angle + half, 2 * half) - half
    a, b = 1 - inner * np.cos(half), inner * np.sin(half)
    bent, cos = np.abs(off), np.cos(off)
    divisor = a * np.sin(bent) + b * cos
    growth = -np.sign(off) * (a * cos - b * np.sin(bent)) / np.where(points > 0, divisor, 1)
    return np.where(points > 0, b / np.where(points > 0, divisor, 1), 1.0), np.where(points > 0, growth, 0.0)


def pictured(outlines: Floats, points: Ints, size: int) -> Floats:
    """How much of each pixel the outlines cover: [n, size, size], as if each pixel met one straight edge."""
    x, y, radius, turn = outlines[:, :4, None, None].swapaxes(0, 1)
    grid = np.arange(size) + 0.5
    dx, dy = np.broadcast_arrays(grid - x, grid[:, None] - y)
    far = np.hypot(dx, dy) + 1e-9
    flat = (len(outlines), size * size)
    shape, growth = radius_at((np.arctan2(dy, dx) - turn).reshape(flat), points, outlines[:, 4])
    shape, growth = shape.reshape(far.shape), growth.reshape(far.shape)
    square = 1 / np.sqrt(1 + growth**2)
    inside = (radius * shape - far) * square
    across, down = (dx + growth * dy) / far * square, (dy - growth * dx) / far * square
    across, down = np.maximum(np.abs(across), AXIS), np.maximum(np.abs(down), AXIS)
    return covered(inside, (across + down) / 2, np.abs(across - down) / 2)[0]
