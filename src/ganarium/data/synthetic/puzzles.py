"""Images of a rectangle that a polyline cuts into two pieces, moved apart without rotation.

All images are drawn with a cut from top to bottom; half of them are then transposed.
"""

import numpy as np

from ganarium.config.synthetic import PuzzlesConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.base import Bools, Bytes, Floats, Ints, Truth, load_blocks

GAP = 2  # minimum number of empty pixels between the pieces, in every direction
SEGMENTS = 3  # maximum number of segments of the cut
SIDES = (0.4, 0.6)  # the rectangle's sides over the image's size
BAND = (0.25, 0.75)  # range of the cut as a share of the rectangle's width; each piece spans at least a quarter
TEXT = (
    "An axis-parallel rectangle, cut from one side to the opposite side by a polyline of 1 to 3 segments. The two "
    "pieces are moved apart without rotation, with at least 2 empty pixels between them."
)


def load(settings: PuzzlesConfig, split: Split = "train") -> ImageSet:
    """Load one split of unlabelled images of puzzles.

    Ground truth, in pixels, x before y: `rectangle` [n, 4], left, top, width and height of the uncut rectangle, at the
    position of the first piece; `upright` [n], True if the cut runs from top to bottom (the first piece is the left
    piece), False if it runs from left to right (the first piece is the upper piece); `segments` [n]; `cut` [n, 4, 2],
    points of the cut through the uncut rectangle, padded with NaN; `shift` [n, 2], displacement of the second piece. A
    pixel of the rectangle belongs to the first piece if its centre lies before the cut, otherwise to the second piece.
    """
    return load_blocks(settings, split, paint, (), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """Draw one puzzle for each row of `labels`, whose values are ignored."""
    n = len(labels)
    width, height = rng.integers(int(np.ceil(SIDES[0] * size)), int(SIDES[1] * size) + 1, (2, n))
    segments = rng.integers(1, SEGMENTS + 1, n)
    knots = draw_cut(rng, width, height, segments)
    edge = columns_before(knots, size)

    down = rng.integers(-(height // 4), height // 4 + 1)
    least = least_shift(edge, height, down)
    right = rng.integers(least, np.minimum(least + size // 8, size - width) + 1)
    left = rng.integers(0, size - width - right + 1)
    top = rng.integers(np.maximum(0, -down), size - height - np.maximum(0, down) + 1)

    first, second = pieces(edge, width, height, size)
    corner, shift = np.stack([left, top], axis=1), np.stack([right, down], axis=1)
    inked = move(first, corner) | move(second, corner + shift)

    upright = rng.integers(2, size=n) == 0
    cut = np.where((np.arange(SEGMENTS + 1) <= segments[:, None])[..., None], knots + corner[:, None], np.nan)
    truth = {
        "rectangle": np.hstack([_turn(corner, upright), _turn(np.stack([width, height], axis=1), upright)]),
        "upright": upright,
        "segments": segments,
        "cut": _turn(cut, upright),
        "shift": _turn(shift, upright),
    }
    turned = np.where(upright[:, None, None], inked, inked.transpose(0, 2, 1))
    return turned.astype(np.uint8) * 255, truth


def draw_cut(rng: np.random.Generator, width: Ints, height: Ints, segments: Ints) -> Floats:
    """Sample the points [n, 4, 2] of cuts from the top of each rectangle to the bottom, padded with the last point."""
    rank = np.minimum(np.arange(SEGMENTS + 1), segments[:, None])
    inner = (rank > 0) & (rank < segments[:, None])
    wobble = rng.uniform(-0.25, 0.25, rank.shape) * inner
    x = np.take_along_axis(rng.uniform(*BAND, rank.shape), rank, axis=1) * width[:, None]
    y = (rank + wobble) / segments[:, None] * height[:, None]
    return np.stack([x, y], axis=-1)


def columns_before(knots: Floats, size: int) -> Ints:
    """Count the pixels left of the cut in each row of the rectangle, [n, size]; undefined below the rectangle."""
    x, y = knots[..., 0], knots[..., 1]
    run = np.maximum(np.diff(y), 1e-9)
    middles = np.arange(size) + 0.5
    ramps = np.clip((middles - y[:, :-1, None]) / run[..., None], 0, 1)  # [n, 3, size]: position along each segment
    crossing = x[:, :1] + (ramps * np.diff(x)[..., None]).sum(axis=1)
    columns: Ints = np.ceil(crossing - 0.5).astype(np.int64)
    return columns


def least_shift(edge: Ints, height: Ints, down: Ints) -> Ints:
    """Return the smallest shift to the right that leaves 2 empty pixels between the pieces, [n].

    Only rows at most 2 apart in the image can be too close. Row j of the first piece ends before column edge[j],
    row i of the second piece begins at edge[i] + shift.

    down: [n], downward shift of the second piece
    """
    rows = np.arange(edge.shape[1])
    least = np.zeros(len(edge), np.int64)
    for apart in range(-GAP, GAP + 1):
        other = rows + (apart - down)[:, None]
        both = (rows < height[:, None]) & (other >= 0) & (other < height[:, None])
        facing = np.take_along_axis(edge, np.clip(other, 0, len(rows) - 1), axis=1)
        least = np.maximum(least, np.where(both, edge - facing + GAP, 0).max(axis=1))
    return least


def pieces(edge: Ints, width: Ints, height: Ints, size: int) -> tuple[Bools, Bools]:
    """Return masks of the two pieces, bool [n, size, size] each, of a rectangle in the image's upper left corner."""
    grid = np.arange(size)
    inside = (grid[:, None] < height[:, None, None]) & (grid < width[:, None, None])
    before = grid < edge[..., None]
    return inside & before, inside & ~before


def move(pictures: Bools, shift: Ints) -> Bools:
    """Shift each image [n, size, size] by (x, y) [n, 2]; pixels that leave the image must be empty."""
    size = pictures.shape[-1]
    columns, rows = ((np.arange(size) - shift[:, k, None]) % size for k in (0, 1))
    moved: Bools = pictures[np.arange(len(pictures))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return moved


def _turn(pairs: Floats | Ints, upright: Bools) -> Floats | Ints:
    """Swap x and y in the coordinates [n, …, 2] of transposed images."""
    return np.where(upright.reshape(-1, *[1] * (pairs.ndim - 1)), pairs, pairs[..., ::-1])
