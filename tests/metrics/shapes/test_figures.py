"""Figures in colour are valid only where one whole figure of a known kind lies on one ground."""

import numpy as np
import pytest

from ganarium.data.synthetic import figures as drawn
from ganarium.data.synthetic.rasterize import fill
from ganarium.metrics.shapes import figures

SIZE = 64


def test_the_reader_knows_the_rules_of_the_set():
    assert (figures.CIRCLE, figures.STARS, figures.RADII, figures.INNER, figures.APART) == (
        drawn.CIRCLE,
        drawn.STARS,
        drawn.RADII,
        drawn.INNER,
        drawn.APART,
    )
    assert np.array_equal(figures.POINTS, drawn.POINTS)
    assert np.array_equal(figures.LUMINANCE, drawn.LUMINANCE)


class Scene:
    """n figures: their outlines [n, v, 2], a circle's as a polygon of 256 corners, and all that was drawn."""

    def __init__(self, rng: np.random.Generator, n: int, kinds: tuple[int, ...] = tuple(range(10))) -> None:
        self.images, truth = drawn.paint(rng, SIZE, np.resize(kinds, n))
        self.kind, self.middle, self.radius = truth["kind"], truth["centre"], truth["circumradius"]
        self.colour, self.ground = truth["colour"], truth["ground"]
        count = (~np.isnan(truth["vertices"][..., 0])).sum(axis=1)
        last = np.take_along_axis(truth["vertices"], np.maximum(count - 1, 0)[:, None, None], axis=1)
        corners = np.where(np.isnan(truth["vertices"]), last, truth["vertices"])
        corners = np.concatenate([corners, np.repeat(corners[:, -1:], 256 - 12, axis=1)], axis=1)
        self.outline = np.where(
            (self.kind == drawn.CIRCLE)[:, None, None], self.disc(self.middle, self.radius), corners
        )

    @staticmethod
    def disc(middle: np.ndarray, radius: np.ndarray) -> np.ndarray:
        angle = 2 * np.pi * np.arange(256) / 256
        rim = np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return middle[:, None] + radius[:, None, None] * rim

    def cover(self, outline: np.ndarray) -> np.ndarray:
        return fill(np.clip(outline, 1e-3, SIZE - 1e-3), np.arange(len(outline)), len(outline), SIZE)

    def painted(self, cover: np.ndarray, outline: np.ndarray | None = None) -> np.ndarray:
        """Pictures of how much the colour covers, but for those whose outline leaves the picture."""
        images = drawn.mix(cover, self.colour, self.ground)
        return images if outline is None else images[((outline > 0) & (outline < SIZE)).all(axis=(1, 2))]


def long_side(rng: np.random.Generator, n: int) -> np.ndarray:
    """The second corner of a polygon moves along the first side, which is then 20 % longer."""
    scene = Scene(rng, n, (0, 1, 2, 3, 4, 5))
    moved = scene.outline.copy()
    moved[:, 1] += 0.2 * (moved[:, 1] - moved[:, 0])
    return scene.painted(scene.cover(moved), moved)


def blunt(rng: np.random.Generator, n: int) -> np.ndarray:
    """One of a star's tips is nearer to its middle, by a fifth."""
    scene = Scene(rng, n, (7, 8, 9))
    moved = scene.outline.copy()
    moved[:, 2] += 0.2 * (scene.middle - moved[:, 2])
    return scene.painted(scene.cover(moved), moved)


def squeezed(rng: np.random.Generator, n: int) -> np.ndarray:
    """A tenth narrower than high."""
    scene = Scene(rng, n)
    moved = scene.outline * (0.9, 1)
    return scene.painted(scene.cover(moved))


def chipped(rng: np.random.Generator, n: int) -> np.ndarray:
    """A corner is gone, of a polygon of four sides or more or of a star; of a circle, a part as large as an eighth."""
    scene = Scene(rng, n, (1, 2, 3, 4, 5, 6, 7, 8, 9))
    moved = scene.outline.copy()
    moved[:, 0] = moved[:, 1]
    round_ = scene.kind == drawn.CIRCLE
    moved[round_, :32] = moved[round_, 32:33]
    return scene.painted(scene.cover(moved))


def hollow(rng: np.random.Generator, n: int) -> np.ndarray:
    scene = Scene(rng, n)
    hole = scene.cover(scene.disc(scene.middle, np.full(n, 2.5)))
    cover = scene.cover(scene.outline)
    return scene.painted(np.minimum(cover, 255 - hole))


def two(rng: np.random.Generator, n: int) -> np.ndarray:
    """A second figure of the same colour, a disc of 4 pixels, where the first one is not."""
    scene = Scene(rng, n)
    place = rng.uniform(5, SIZE - 5, (n, 2))
    apart = np.linalg.norm(place - scene.middle, axis=1) > scene.radius + 3
    other = scene.cover(scene.disc(place, np.full(n, 4.0)))
    return scene.painted(np.maximum(scene.cover(scene.outline), other))[apart]


def pale(rng: np.random.Generator, n: int) -> np.ndarray:
    """Colour and ground are moved together to a contrast of 70."""
    scene = Scene(rng, n)
    share = 70 / drawn.contrast(scene.colour, scene.ground)[:, None]
    scene.colour = np.rint(scene.ground + share * (scene.colour.astype(float) - scene.ground)).astype(np.uint8)
    return scene.painted(scene.cover(scene.outline))


def third_colour(rng: np.random.Generator, n: int) -> np.ndarray:
    """A disc of 3 pixels inside the figure is of neither the colour nor any mixture of it with the ground."""
    scene = Scene(rng, n)
    way = scene.colour.astype(float) - scene.ground
    other = np.cross(way, rng.normal(size=(n, 3)))
    other *= 120 / np.linalg.norm(other, axis=1, keepdims=True)
    moved = np.where(np.abs(scene.colour + other - 127.5) > np.abs(scene.colour - other - 127.5), -other, other)
    spot = scene.cover(scene.disc(scene.middle, np.full(n, 3.0)))[:, None] > 127
    colour = np.clip(scene.colour + moved, 0, 255).astype(np.uint8)[:, :, None, None]
    return np.where(spot, colour, scene.images)


def shaded(rng: np.random.Generator, n: int) -> np.ndarray:
    """The ground fades by 80 levels of every channel from one side to the other."""
    scene = Scene(rng, n)
    cover = scene.cover(scene.outline)[:, None] / 255
    fade = np.linspace(0, 80, SIZE)
    ground = np.where(scene.ground[:, :, None, None] > 127, -fade, fade) + scene.ground[:, :, None, None]
    return np.rint(cover * scene.colour[:, :, None, None] + (1 - cover) * ground).astype(np.uint8)


FAULTS = {f.__name__: f for f in (long_side, blunt, squeezed, chipped, hollow, two, pale, third_colour, shaded)}


def planted(fault: str, n: int, seed: int) -> np.ndarray:
    return FAULTS[fault](np.random.default_rng(seed), n)


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("n", [100, pytest.param(4000, marks=pytest.mark.exhaustive)])
def test_planted_faults_are_seen(fault, n):
    assert figures.read(planted(fault, n, seed=n)).valid.mean() <= 0.01
