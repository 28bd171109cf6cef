"""Two pieces are valid only where one, moved, makes a rectangle of the other."""

import numpy as np
import pytest
from scipy import ndimage

from ganarium.data.synthetic import puzzles as drawn
from ganarium.metrics.shapes import puzzles

SIZE = 28


def test_the_reader_knows_the_rules_of_the_set():
    assert (puzzles.GAP, puzzles.SIDES) == (drawn.GAP, drawn.SIDES)


def scenes(rng: np.random.Generator, n: int) -> np.ndarray:
    return drawn.paint(rng, SIZE, np.zeros(n, np.int64))[0]


def second(images: np.ndarray) -> np.ndarray:
    """Where one of the two pieces of each picture lies: bool [n, SIZE, SIZE]."""
    return np.array([ndimage.label(image, np.ones((3, 3)))[0] == 2 for image in images])


def rim(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """One of the pixels given, in each picture: bool [n, SIZE, SIZE]."""
    chosen = np.where(pixels, rng.random(pixels.shape), 0).reshape(len(pixels), -1)
    return (chosen == chosen.max(axis=1, keepdims=True)).reshape(pixels.shape)


def swapped(rng: np.random.Generator, n: int) -> np.ndarray:
    """Half of one puzzle and half of another: the second piece of each picture is that of the next one."""
    images = scenes(rng, n)
    piece = second(images)
    return np.where(piece, 0, images) | np.where(np.roll(piece, 1, axis=0), 255, 0)


def lacking(rng: np.random.Generator, n: int) -> np.ndarray:
    """One pixel at a piece's edge is paper."""
    images = scenes(rng, n)
    return np.where(rim(rng, (images > 0) & ~ndimage.binary_erosion(images > 0, np.ones((1, 3, 3)))), 0, images)


def bulging(rng: np.random.Generator, n: int) -> np.ndarray:
    """One pixel beside a piece is ink."""
    images = scenes(rng, n)
    beside = ndimage.binary_dilation(images > 0, np.ones((1, 3, 3))) & (images == 0)
    return np.where(rim(rng, beside), 255, images)


def holed(rng: np.random.Generator, n: int) -> np.ndarray:
    images = scenes(rng, n)
    return np.where(rim(rng, ndimage.binary_erosion(images > 0, np.ones((1, 3, 3)))), 0, images)


def turned(rng: np.random.Generator, n: int) -> np.ndarray:
    """One piece is upside down in its place, where it does not look the same so."""
    images = scenes(rng, n)
    made = images.copy()
    for image, piece in zip(made, second(images), strict=True):
        box = ndimage.find_objects(piece.astype(np.int64))[0]
        image[box] = np.where(piece[box][::-1, ::-1], 255, np.where(piece[box], 0, image[box]))
    return made[np.any(made != images, axis=(1, 2))]


def single(rng: np.random.Generator, n: int) -> np.ndarray:
    images = scenes(rng, n)
    return np.where(second(images), 0, images)


def third(rng: np.random.Generator, n: int) -> np.ndarray:
    """A speck of 2×2 pixels lies apart from both pieces."""
    images = scenes(rng, n)
    free = ~ndimage.binary_dilation(images > 0, np.ones((1, 7, 7)))
    free[:, [0, -1]] = free[:, :, [0, -1]] = False
    speck = ndimage.binary_dilation(rim(rng, free), np.ones((1, 2, 2)))
    return np.where(speck, 255, images)[free.any(axis=(1, 2))]


def near(rng: np.random.Generator, n: int) -> np.ndarray:
    """One empty pixel between the pieces, or none: of a puzzle with a straight cut."""
    images = np.zeros((n, SIZE, SIZE), np.uint8)
    for image in images:
        (width, height), gap = rng.integers(12, 17, 2), rng.integers(2)
        cut = rng.integers(4, width - 3)
        image[4 : 4 + height, 4 : 4 + cut] = image[4 : 4 + height, 4 + cut + gap : 4 + width + gap] = 255
    return images


def grey(rng: np.random.Generator, n: int) -> np.ndarray:
    images = scenes(rng, n)
    return np.where(second(images), 128, images).astype(np.uint8)


FAULTS = {f.__name__: f for f in (swapped, lacking, bulging, holed, turned, single, third, near, grey)}


def planted(fault: str, n: int, seed: int) -> np.ndarray:
    return FAULTS[fault](np.random.default_rng(seed), n)[:, None].astype(np.uint8)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("n", [200, pytest.param(4000, marks=pytest.mark.exhaustive)])
def test_planted_faults_are_seen(fault, n):
    assert puzzles.read(planted(fault, n, seed=n)).valid.mean() <= 0.01
