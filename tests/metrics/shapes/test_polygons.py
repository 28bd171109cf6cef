"""Polygons are valid only where they are whole, even and alone."""

import numpy as np
import pytest

from ganarium.data.synthetic import polygons as drawn
from ganarium.data.synthetic.rasterize import fill
from ganarium.metrics.shapes import polygons

SIZE = 60


def test_the_reader_knows_the_rules_of_the_set():
    assert (polygons.FEWEST, polygons.MOST, polygons.RADII) == (drawn.FEWEST, drawn.MOST, drawn.RADII)


def corners(seed: int, n: int) -> np.ndarray:
    """Corners [n, 12, 2] of regular polygons, the last repeated."""
    return drawn.outline(drawn.propose(np.random.default_rng(seed), SIZE, np.arange(n) % 10))


def painted(corners: np.ndarray) -> np.ndarray:
    """Pictures uint8 [n, 1, SIZE, SIZE] of those polygons that lie inside them."""
    corners = corners[((corners > 0) & (corners < SIZE)).all(axis=(1, 2))]
    return fill(corners, np.arange(len(corners)), len(corners), SIZE)[:, None]


def long_side(corners: np.ndarray) -> np.ndarray:
    """The second corner moves along the first side, which is then 20 % longer."""
    moved = corners.copy()
    moved[:, 1] += 0.2 * (corners[:, 1] - corners[:, 0])
    return painted(moved)


def short_side(corners: np.ndarray) -> np.ndarray:
    moved = corners.copy()
    moved[:, 1] -= 0.2 * (corners[:, 1] - corners[:, 0])
    return painted(moved)


def parted(corners: np.ndarray) -> np.ndarray:
    """What lies beyond the first side's middle moves along it: this side is 20 % longer, as is one opposite to it."""
    side = corners[:, 1] - corners[:, 0]
    along = ((corners - corners[:, :1]) * side[:, None]).sum(axis=2) / (side**2).sum(axis=1, keepdims=True)
    return painted(corners + 0.2 * side[:, None] * (along > 0.5 + 1e-6)[..., None])


def chipped(corners: np.ndarray) -> np.ndarray:
    """The corner of a polygon of four sides or more is gone."""
    return painted(corners[np.any(corners[:, 3] != corners[:, 2], axis=1), 1:])


def hollow(corners: np.ndarray) -> np.ndarray:
    images = painted(corners)
    middle = corners.mean(axis=1)
    return np.where(disc(middle, np.full(len(images), 3.0)) > 127, 0, images)


def outlined(corners: np.ndarray) -> np.ndarray:
    """Only a rim, of two pixels or more."""
    middle = np.array([np.unique(c, axis=0).mean(axis=0) for c in corners])[:, None]
    inner = middle + 0.7 * (corners - middle)
    return painted(corners) - np.minimum(painted(inner), painted(corners))


def specked(corners: np.ndarray) -> np.ndarray:
    images = painted(corners)
    images[:, :, :3, :3] ^= 255
    return images


def round_(corners: np.ndarray) -> np.ndarray:
    middle = np.array([np.unique(c, axis=0).mean(axis=0) for c in corners])
    return disc(middle, np.linalg.norm(corners[:, 0] - middle, axis=1))


def squeezed(corners: np.ndarray) -> np.ndarray:
    """A tenth narrower than high."""
    return painted(corners * (0.9, 1))


def disc(middle: np.ndarray, radius: np.ndarray) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    rim = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return fill(middle[:, None] + radius[:, None, None] * rim, np.arange(len(middle)), len(middle), SIZE)[:, None]


FAULTS = {f.__name__: f for f in (long_side, short_side, parted, chipped, hollow, outlined, specked, round_, squeezed)}


def planted(fault: str, n: int, seed: int) -> np.ndarray:
    return FAULTS[fault](corners(seed, n))


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("n", [100, pytest.param(4000, marks=pytest.mark.exhaustive)])
def test_planted_faults_are_seen(fault, n):
    assert polygons.read(planted(fault, n, seed=n)).valid.mean() <= 0.01


def test_the_more_uneven_the_outline_the_farther_it_is_read_off():
    outline = corners(0, 20)[7:8]
    uneven = []
    for share in (0, 0.1, 0.2, 0.4):
        moved = outline.copy()
        moved[:, 1] += share * (outline[:, 1] - outline[:, 0])
        uneven.append(polygons.read(painted(moved)).values["uneven"][0])
    assert uneven == sorted(uneven)
    assert uneven[0] < 0.1
