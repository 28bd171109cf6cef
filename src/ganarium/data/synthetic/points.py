"""Plus-shaped marks: 0 to 9 of them, never touching."""

import numpy as np

from ganarium.config.synthetic import PointsConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.base import Bools, Bytes, Ints, Truth, load_blocks
from ganarium.data.synthetic.placement import pack, present

PLUS = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
TEXT = "0 to 9 plus-shaped marks of 3×3 pixels, at least one empty pixel between any two, also diagonally."


def load(settings: PointsConfig, split: Split = "train") -> ImageSet:
    """Load one split.

    Truth: `count` [n]; `centres` [n, 9, 2], column and row of the centre of each mark, −1 past the last mark.
    """
    return load_blocks(settings, split, paint, tuple("0123456789"), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """Draw as many marks as the label says."""

    def propose(rng: np.random.Generator, shape: tuple[int, ...]) -> Ints:
        return rng.integers(1, size - 1, (*shape, 2))

    occupied = present(labels)
    centres = np.where(occupied[..., None], pack(rng, labels, propose, touching), -1)
    picture, place = np.nonzero(occupied)
    column, row = np.moveaxis(centres[picture, place, None] + PLUS, 2, 0)  # [marks, 5] each
    images = np.zeros((len(labels), size, size), np.uint8)
    images[picture[:, None], row, column] = 255
    return images, {"count": labels, "centres": centres}


def touching(a: Ints, b: Ints) -> Bools:
    """Return whether marks centred at a and b [..., 2] share or have neighbouring pixels, diagonals included.

    Differences of two marks' pixels deviate from that of their centres by any |dx| + |dy| ≤ 2, neighbours by 1 more in
    each direction.
    """
    apart = np.maximum(np.abs(a - b) - 1, 0)
    return np.asarray(apart.sum(axis=-1) <= 2)
