"""Regular outlines in polar form: the distance from the centre to a polygon, star or circle along each ray.

An outline is (x, y, radius, turn, inner): the centre, the distance of the outer corners from the centre and the
direction of one outer corner, in pixels and radians, and the distance of the inner corners divided by the radius. Inner
corners lie halfway between outer corners; in a polygon, they are the midpoints of the sides. A circle has 0 points and
the inner share 1.
"""

import numpy as np

from ganarium.metrics.shapes.base import Floats, Ints
from ganarium.metrics.shapes.strokes import AXIS, covered

RAYS = 96
STEP = 0.5  # pixels between samples on a ray
ANGLES = 2 * np.pi * np.arange(RAYS) / RAYS


def polygon_inner(points: Ints) -> Floats:
    """Return the inradius of a regular polygon divided by the circumradius; 1 for a circle, which has 0 points."""
    return np.where(points > 0, np.cos(np.pi / np.maximum(points, 1)), 1.0)


def reaches(ink: Floats, middle: Floats) -> Floats:
    """Return the amount of ink along each ray from the centre [n, 2]: [n, RAYS] in pixels."""
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
    """Return the polar radius of unit outlines at angles from an outer corner, and the logarithmic derivative.

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


def render(outlines: Floats, points: Ints, size: int) -> Floats:
    """Return the share of each pixel that an outline covers, [n, size, size], with one straight edge per pixel."""
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
