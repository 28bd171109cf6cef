"""Images of 0 to 9 plus-shaped marks that never touch."""

import numpy as np

from ganarium.config.synthetic import PointsConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.base import Bools, Bytes, Ints, Truth, load_blocks
from ganarium.data.synthetic.placement import pack, present

PLUS = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
TEXT = "0 to 9 plus-shaped marks of 3×3 pixels, with at least one empty pixel between any two, also diagonally."


def load(settings: PointsConfig, split: Split = "train") -> ImageSet:
    """Load one split of images of plus-shaped marks.

    Ground truth: `count` [n]; `centres` [n, 9, 2], column and row of the centre of each mark, padded with −1.
    """
    return load_blocks(settings, split, paint, tuple("0123456789"), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """Draw one image for each label, which is the number of marks."""

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
    """Return True where marks centred at `a` and `b` [..., 2] overlap or touch, including diagonally.

    The offset between pixels of two marks differs from the offset between the centres by any |dx| + |dy| ≤ 2. Pixels
    touch if they are at most 1 apart in each direction.
    """
    apart = np.maximum(np.abs(a - b) - 1, 0)
    return np.asarray(apart.sum(axis=-1) <= 2)
