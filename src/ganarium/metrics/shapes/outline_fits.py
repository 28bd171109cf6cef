"""Least-squares fit of the regular outline that best matches an image, along rays from the centre."""

from dataclasses import dataclass

import numpy as np
import scipy

from ganarium.metrics.shapes.base import Bools, Floats, Ints, worst_patch
from ganarium.metrics.shapes.outlines import ANGLES, RAYS, radius_at, reaches, render

STEPS = 4  # number of least-squares steps
QUIET = 0.1  # share of full ink: 3×3 means closer than this to paper or full ink are rounded
LIMITS = np.array([2, 2, 2, 0.2, 0.1])  # largest change of (x, y, radius, turn, inner) in one step


@dataclass(frozen=True)
class Candidates:
    """Candidate outlines: number of outer corners, ratio of inner to outer radius, and whether it is fitted."""

    points: Ints
    inner: Floats
    free: Bools


@dataclass(frozen=True)
class OutlineFits:
    """The outline [n, 5] fitted to each image, its kind [n], and the residuals of outline and pixels.

    uneven: [n], largest distance from the image's outline in pixels, averaged over five rays; wrong: [n], largest
    difference over 3×3 pixels, as a share of full ink
    """

    outlines: Floats
    kind: Ints
    uneven: Floats
    wrong: Floats


def find(ink: Floats, kinds: Candidates) -> OutlineFits:
    """Return, for each image [n, H, W], the outline of the kind that fits best."""
    quiet = quieted(ink)
    middle = middles(quiet)
    for _ in range(2):
        reach = reaches(quiet, middle)
        kind, radius, turn = nearest(reach, kinds)
        outlines = np.column_stack([middle, radius, turn, kinds.inner[kind]])
        points, free = kinds.points[kind], kinds.free[kind]
        for _ in range(STEPS):
            better, off = fitted(outlines, points, free, reach)
            outlines = np.column_stack([middle, better[:, 2:]])
        middle = better[:, :2]
    even = scipy.ndimage.uniform_filter1d(off, 5, axis=1, mode="wrap")
    outlines = np.column_stack([middle, outlines[:, 2:]])
    return OutlineFits(
        outlines, kind, np.abs(even).max(axis=1), worst_patch(ink - render(outlines, points, ink.shape[-1]))
    )


def quieted(ink: Floats) -> Floats:
    """Return ink [n, H, W] with the noise removed from uniform areas; edges are unchanged."""
    means = scipy.ndimage.uniform_filter(ink, (0, 3, 3), mode="nearest")
    return np.where(means < QUIET, 0, np.where(means > 1 - QUIET, 1, ink))


def middles(ink: Floats) -> Floats:
    """Return the centre [n, 2], x and y, of pixels with more than half ink; the image centre if there are none."""
    n, height, width = ink.shape
    dark = ink > 0.5
    columns, rows = dark.sum(axis=1), dark.sum(axis=2)
    total = columns.sum(axis=1)
    x = columns @ (np.arange(width) + 0.5) / np.maximum(total, 1)
    y = rows @ (np.arange(height) + 0.5) / np.maximum(total, 1)
    return np.where(total[:, None] > 0, np.stack([x, y], axis=1), np.tile([width / 2, height / 2], (n, 1)))


def nearest(reach: Floats, kinds: Candidates) -> tuple[Ints, Floats, Floats]:
    """Return the kind that best fits each row of `reach` [n, RAYS], with the radius and turn: [n] each.

    The turn is the phase of the harmonic with as many periods as the kind has points; a shift of the centre is excluded
    from the comparison.
    """
    spectrum = np.fft.rfft(reach, axis=1)[:, kinds.points]
    turn = np.where(kinds.points > 0, -np.angle(spectrum) / np.maximum(kinds.points, 1), 0)  # [n, k]
    points, inner = np.broadcast_to(kinds.points, turn.shape), np.broadcast_to(kinds.inner, turn.shape)
    shape, growth = radius_at(ANGLES - turn[..., None], points, inner)
    weight = 1 / (1 + growth**2)  # grazing rays carry little information
    radius = (weight * shape * reach[:, None]).sum(axis=2) / (weight * shape**2).sum(axis=2)
    off = (reach[:, None] - radius[..., None] * shape) * np.sqrt(weight)
    shifts = np.stack([np.cos(ANGLES), np.sin(ANGLES)]) * np.sqrt(2 / RAYS)
    square = (off**2).sum(axis=2) - ((off @ shifts.T) ** 2).sum(axis=2)
    best = square.argmin(axis=1)
    rows = np.arange(len(reach))
    return best, radius[rows, best], turn[rows, best]


def fitted(outlines: Floats, points: Ints, free: Bools, reach: Floats) -> tuple[Floats, Floats]:
    """Return outlines [n, 5] after one Gauss–Newton step, and each ray's perpendicular residual, [n, RAYS].

    The residual is positive where the ray ends outside the outline.
    reach: ink along rays from the outlines' centres; free: whether the inner share is fitted
    """
    _, _, radius, turn, inner = outlines.T
    shape, growth = radius_at(ANGLES - turn[:, None], points, inner)
    more, _ = radius_at(ANGLES - turn[:, None], points, inner + 0.01)
    square = 1 / np.sqrt(1 + growth**2)
    off = (reach - radius[:, None] * shape) * square
    c, s = np.cos(ANGLES), np.sin(ANGLES)
    slopes = np.stack(
        [
            c + growth * s,
            s - growth * c,
            shape,
            -radius[:, None] * shape * growth,
            radius[:, None] * (more - shape) / 0.01 * free[:, None],
        ],
        axis=1,
    )
    slopes *= square[:, None]
    normal = slopes @ slopes.transpose(0, 2, 1) + 1e-6 * np.eye(5)
    step = np.linalg.solve(normal, (slopes @ off[:, :, None]))[..., 0]
    return outlines + np.clip(step, -LIMITS, LIMITS), off
