"""Least-squares fits of strokes to images, with their residuals."""

from dataclasses import dataclass

import numpy as np

from ganarium.metrics.shapes.base import Floats, Ints, worst_patch
from ganarium.metrics.shapes.strokes import cells, drawn, edges

DAMPING = 0.05  # keeps a stroke in place along directions that its cells do not determine
FARTHEST = 1.0  # largest movement of an end in one step, in pixels
FULL = 1.05  # share of full ink: pixels where strokes sum to more do not move any stroke


@dataclass(frozen=True)
class StrokeFits:
    """Strokes [m, 5] in n images, the image index of each stroke [m], and the residual of each image [n]."""

    strokes: Floats
    picture: Ints
    wrong: Floats

    @property
    def length(self) -> Floats:
        return np.asarray(self.strokes[:, 4] - self.strokes[:, 3])


def refined(ink: Floats, strokes: Floats, picture: Ints, steps: int) -> StrokeFits:
    """Return the strokes fitted to images, with the residual of the worst 3×3 pixels of each image."""
    strokes = fitted(strokes, picture, ink, steps)
    return StrokeFits(strokes, picture, worst_patch(ink - np.minimum(drawn(strokes, picture, *ink.shape[:2]), 1)))


def taken(found: StrokeFits, rows: Ints) -> StrokeFits:
    """Return the fits for the images `rows`, in ascending order, numbered from 0."""
    kept = np.isin(found.picture, rows)
    return StrokeFits(found.strokes[kept], np.searchsorted(rows, found.picture[kept]), found.wrong[rows])


def bettered(found: StrokeFits, tried: StrokeFits, rows: Ints, always: bool = False) -> StrokeFits:
    """Return `found`, replaced by `tried` in images `rows` with a smaller residual, or in all `rows` if `always`."""
    better = np.nonzero((tried.wrong < found.wrong[rows]) | always)[0]
    new, rows = taken(tried, better), rows[better]
    stays = ~np.isin(found.picture, rows)
    strokes = np.concatenate([found.strokes[stays], new.strokes])
    picture = np.concatenate([found.picture[stays], rows[new.picture]])
    wrong = found.wrong.copy()
    wrong[rows] = new.wrong
    order = np.argsort(picture, kind="stable")
    return StrokeFits(strokes[order], picture[order], wrong)


def fitted(strokes: Floats, picture: Ints, ink: Floats, steps: int) -> Floats:
    """Return strokes after Gauss–Newton steps towards the ink [n, size, size], each with all others held fixed."""
    n, size = len(ink), ink.shape[-1]
    for _ in range(steps):
        if not len(strokes):
            break
        at = cells(strokes, picture, size)
        breadth, aside, length, at_start, at_end = edges(strokes, at)
        cover, aside = breadth * length, aside * length
        slopes = np.stack([aside, aside * at.along, at_start * breadth, at_end * breadth])
        total = np.bincount(at.index.ravel(), cover.ravel(), n * size * size)[at.index]
        wrong = (ink.ravel()[at.index] - np.minimum(total, 1)) * at.inside
        slopes = slopes * (total < FULL)
        wanted = summed((slopes * wrong).sum(axis=-1), at.stroke, len(strokes))
        square = summed(np.einsum("ikc,jkc->ijk", slopes, slopes), at.stroke, len(strokes))
        strokes = moved(strokes, wanted, square)
    return strokes


def summed(rows: Floats, stroke: Ints, m: int) -> Floats:
    """Return the sums of values [..., k] over the cells of each stroke: [m, ...]."""
    starts = np.searchsorted(stroke, np.arange(m))
    return np.asarray(np.moveaxis(np.add.reduceat(rows, starts, axis=-1), -1, 0))


def moved(strokes: Floats, wanted: Floats, square: Floats) -> Floats:
    """Return strokes after one damped step, with each reference point moved to the middle of the stroke."""
    half = np.maximum((strokes[:, 4] - strokes[:, 3]) / 2, 1)
    scale = np.stack([np.ones_like(half), half, np.ones_like(half), np.ones_like(half)], axis=1)
    square = square + DAMPING * scale[:, :, None] * scale[:, None] * np.eye(4)
    step = np.linalg.solve(square, wanted[..., None])[..., 0]
    step = np.clip(step, -FARTHEST / scale, FARTHEST / scale)
    x, y, angle, start, end = strokes.T
    aside, turn, more_start, more_end = step.T
    c, s = np.cos(angle), np.sin(angle)
    start, end = start + more_start, np.maximum(end + more_end, start + more_start + 0.5)
    x, y = x - s * aside, y + c * aside
    angle = angle + turn
    middle = (start + end) / 2
    return np.stack(
        [x + middle * np.cos(angle), y + middle * np.sin(angle), angle, start - middle, end - middle], axis=1
    )
