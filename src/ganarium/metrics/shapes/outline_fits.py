"""The regular outline that a picture is most like, of some kinds, fitted by least squares along rays."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from ganarium.metrics.shapes.outlines import ANGLES, RAYS, pictured, radius_at, reaches
from ganarium.metrics.shapes.reading import Bools, Floats, Ints
from ganarium.metrics.shapes.residue import worst_patch

STEPS = 4  # of least squares
QUIET = 0.1  # of full ink: where 3×3 pixels are on average nearer to paper or to full ink, they are taken as that
LIMITS = np.array([2, 2, 2, 0.2, 0.1])  # how far one step moves (x, y, radius, turn, inner), at most


@dataclass(frozen=True)
class Kinds:
    """Outlines to choose from: how many outer corners, the inner share, and whether that share is to be fitted."""

    points: Ints
    inner: Floats
    free: Bools


@dataclass(frozen=True)
class Seen:
    """The outline [n, 5] in each picture, its kind [n], and how far from it the picture's outline and pixels lie.

    uneven: [n], the farthest in pixels, over five rays on average; wrong: [n], the worst 3×3 pixels, of full ink
    """

    outlines: Floats
    kind: Ints
    uneven: Floats
    wrong: Floats


def find(ink: Floats, kinds: Kinds) -> Seen:
    """The one outline of a kind that pictures [n, H, W] are most like."""
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
    even = ndimage.uniform_filter1d(off, 5, axis=1, mode="wrap")
    outlines = np.column_stack([middle, outlines[:, 2:]])
    return Seen(outlines, kind, np.abs(even).max(axis=1), worst_patch(ink - pictured(outlines, points, ink.shape[-1])))


def quieted(ink: Floats) -> Floats:
    """Ink [n, H, W] without the noise in whole areas; edges stay as they are."""
    means = ndimage.uniform_filter(ink, (0, 3, 3), mode="nearest")
    return np.where(means < QUIET, 0, np.where(means > 1 - QUIET, 1, ink))


def middles(ink: Floats) -> Floats:
    """The middle [n, 2], x and y, of what is more than half inked; the picture's middle where nothing is."""
    n, height, width = ink.shape
    dark = ink > 0.5
    columns, rows = dark.sum(axis=1), dark.sum(axis=2)
    total = columns.sum(axis=1)
    x = columns @ (np.arange(width) + 0.5) / np.maximum(total, 1)
    y = rows @ (np.arange(height) + 0.5) / np.maximum(total, 1)
    return np.where(total[:, None] > 0, np.stack([x, y], axis=1), np.tile([width / 2, height / 2], (n, 1)))


def nearest(reach: Floats, kinds: Kinds) -> tuple[Ints, Floats, Floats]:
    """Which of the kinds each row of `reach` [n, RAYS] is most like, with its radius and turn: [n] each.

    The turn is the phase of the harmonic that has as many periods as the kind has points; a shift of the middle is
    left out of the comparison.
    """
    spectrum = np.fft.rfft(reach, axis=1)[:, kinds.points]
    turn = np.where(kinds.points > 0, -np.angle(spectrum) / np.maximum(kinds.points, 1), 0)  # [n, k]
    points, inner = np.broadcast_to(kinds.points, turn.shape), np.broadcast_to(kinds.inner, turn.shape)
    shape, growth = radius_at(ANGLES - turn[..., None], points, inner)
    weight = 1 / (1 + growth**2)  # grazing rays tell little
    radius = (weight * shape * reach[:, None]).sum(axis=2) / (weight * shape**2).sum(axis=2)
    off = (reach[:, None] - radius[..., None] * shape) * np.sqrt(weight)
    shifts = np.stack([np.cos(ANGLES), np.sin(ANGLES)]) * np.sqrt(2 / RAYS)
    square = (off**2).sum(axis=2) - ((off @ shifts.T) ** 2).sum(axis=2)
    best = square.argmin(axis=1)
    rows = np.arange(len(reach))
    return best, radius[rows, best], turn[rows, best]


def fitted(outlines: Floats, points: Ints, free: Bools, reach: Floats) -> tuple[Floats, Floats]:
    """Outlines [n, 5] after one Gauss–Newton step, and how far each ray's end lies outside, squarely: [n, RAYS].

    reach: as measured from the outlines' middles; free: whether the inner share moves
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
