"""Plus marks are counted only where they are whole and apart."""

import numpy as np
import pytest

from ganarium.data.synthetic import plus_marks as drawn
from ganarium.data.synthetic.placement import MOST
from ganarium.metrics.shapes import plus_marks

SIZE = 28


def test_the_reader_knows_the_rules_of_the_set():
    assert plus_marks.MOST == MOST
    assert set(plus_marks.PLUS) == {(y, x) for x, y in drawn.PLUS.tolist()}


@pytest.mark.parametrize("x", range(-5, 6))
@pytest.mark.parametrize("y", range(-5, 6))
def test_two_marks_touch_for_the_reader_when_they_do_for_the_set(x, y):
    middles = np.zeros((1, SIZE, SIZE), bool)
    middles[0, 14, 14] = middles[0, 14 + y, 14 + x] = True
    alone = x == y == 0
    assert plus_marks.touching(middles)[0] == (not alone and drawn.touching(np.zeros(2, int), np.array([x, y])))


def scenes(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures [n, 1, SIZE, SIZE] of one mark or more, and the middle [n, 2], x and y, of one of them."""
    images, truth = drawn.paint(rng, SIZE, np.arange(n) % 9 + 1)
    return images[:, None], truth["centres"][:, 0]


def lacking(rng: np.random.Generator, n: int) -> np.ndarray:
    """One pixel of a mark is paper."""
    images, middle = scenes(rng, n)
    x, y = (middle + drawn.PLUS[rng.integers(5, size=n)]).T
    images[np.arange(n), 0, y, x] = 0
    return images


def grey(rng: np.random.Generator, n: int) -> np.ndarray:
    """One pixel of a mark is half inked."""
    images, middle = scenes(rng, n)
    x, y = (middle + drawn.PLUS[rng.integers(5, size=n)]).T
    images[np.arange(n), 0, y, x] = rng.integers(80, 176, n)
    return images


def specked(rng: np.random.Generator, n: int) -> np.ndarray:
    """One pixel of the paper is ink."""
    images, _ = scenes(rng, n)
    flat = images.reshape(n, -1)
    paper = np.where(flat == 0, rng.random(flat.shape), 0).argmax(axis=1)
    flat[np.arange(n), paper] = 255
    return images


def touching(rng: np.random.Generator, n: int) -> np.ndarray:
    """A second mark lies beside the first, without an empty pixel between them."""
    images, middle = scenes(rng, n)
    beside = np.array([(3, 0), (0, 3), (-3, 0), (0, -3), (2, 2), (-2, 2), (3, 1), (1, -3)])
    second = middle + beside[rng.integers(len(beside), size=n)]
    inside = ((second >= 1) & (second <= SIZE - 2)).all(axis=1)
    x, y = np.moveaxis(second[inside, None] + drawn.PLUS, 2, 0)
    images = images[inside]
    images[np.arange(len(images))[:, None], 0, y, x] = 255
    return images


def grown(rng: np.random.Generator, n: int) -> np.ndarray:
    """A mark is a full square."""
    images, middle = scenes(rng, n)
    for row, (x, y) in enumerate(middle):
        images[row, 0, y - 1 : y + 2, x - 1 : x + 2] = 255
    return images


def many(rng: np.random.Generator, n: int) -> np.ndarray:
    """Ten marks or more, all whole and apart."""
    one, other = (drawn.paint(rng, SIZE, np.full(n, count))[0] for count in (5, 6))
    beside = np.concatenate([one, other], axis=2)
    return np.concatenate([beside, 0 * beside], axis=1)[:, None]


FAULTS = {f.__name__: f for f in (lacking, grey, specked, touching, grown, many)}


def planted(fault: str, n: int, seed: int) -> np.ndarray:
    return FAULTS[fault](np.random.default_rng(seed), n)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("n", [300, pytest.param(4000, marks=pytest.mark.exhaustive)])
def test_planted_faults_are_seen(fault, n):
    assert plus_marks.read(planted(fault, n, seed=n)).valid.mean() <= 0.01
