"""What all readers keep: fresh pictures are read right, also under noise; a blank and garbage are not; one by one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from ganarium.config.datasets import MnistConfig
from ganarium.core.errors import InputError
from ganarium.data import mnist
from ganarium.data.synthetic import figures as drawn_figures
from ganarium.data.synthetic import lines as drawn_lines
from ganarium.data.synthetic import plus_marks as drawn_points
from ganarium.data.synthetic import polygons as drawn_polygons
from ganarium.data.synthetic import puzzles as drawn_puzzles
from ganarium.metrics.shapes import figures, lines, plus_marks, polygons, puzzles
from ganarium.metrics.shapes.base import ShapeReading

SIGMA = 8  # grey levels of noise
Values = Mapping[str, np.ndarray]


def near(read: np.ndarray, true: np.ndarray, within: float) -> np.ndarray:
    """Which rows agree; a NaN on one side only does not."""
    close = (np.abs(read - true) <= within) | (np.isnan(read) & np.isnan(true))
    return close.reshape(len(close), -1).all(axis=1)


def points_agree(read: Values, truth: Values) -> np.ndarray:
    centres = np.where(truth["centres"] < 0, np.nan, truth["centres"])
    order = np.lexsort((centres[..., 0], centres[..., 1]))
    centres = np.take_along_axis(centres, order[..., None], axis=1)
    same = near(np.stack([read["x"], read["y"]], axis=2), centres, 0)
    return same & (read["count"] == truth["count"])


def lines_agree(read: Values, truth: Values) -> np.ndarray:
    """Each drawn line is one that was read: directions within 3°, and middles within 0.5 px across and 4 px along.

    The end of a line can hide under another one.
    """
    right = read["count"] == truth["count"]
    for row in np.flatnonzero(right):
        k = read["count"][row]
        ends = truth["ends"][row, :k] @ np.array([1, 1j])
        way = (ends[:, 1] - ends[:, 0]) / np.abs(ends[:, 1] - ends[:, 0])
        turn = np.sin(np.angle(np.exp(1j * read["angle"][row, :k])[:, None] / way))
        off = ((read["x"] + 1j * read["y"])[row, :k, None] - ends.mean(axis=1)) / way
        cost = np.abs(off.imag) / 0.5 + np.abs(off.real) / 4 + np.abs(turn) / np.sin(np.deg2rad(3))
        one, other = linear_sum_assignment(cost)
        right[row] = (cost[one, other] < 1).all()
    return right


def polygons_agree(read: Values, truth: Values) -> np.ndarray:
    drawn = np.column_stack([truth["centre"], truth["circumradius"]])
    turn = read["turn"] - truth["rotation"] * truth["sides"] / (2 * np.pi)
    placed = near(np.column_stack([read["x"], read["y"], read["radius"]]), drawn, 0.15)
    return placed & (read["sides"] == truth["sides"]) & (np.abs((turn + 0.5) % 1 - 0.5) < 0.05)


def puzzles_agree(read: Values, truth: Values) -> np.ndarray:
    told = np.column_stack([read[name] for name in ("x", "y", "width", "height", "right", "down", "upright")])
    return near(told, np.column_stack([truth["rectangle"], truth["shift"], truth["upright"]]), 0)


def figures_agree(read: Values, truth: Values) -> np.ndarray:
    star = truth["kind"] >= drawn_figures.STARS
    colours = np.column_stack([read[name] for name in (*figures.CHANNELS, *(f"ground {c}" for c in figures.CHANNELS))])
    return (
        (read["kind"] == truth["kind"])
        & near(np.column_stack([read["x"], read["y"]]), truth["centre"], 0.15)
        & near(read["radius"], truth["circumradius"], 0.8)
        & near(read["inner"], np.where(star, truth["inner"], np.nan), 0.05)
        & near(colours, np.hstack([truth["colour"], truth["ground"]]), SIGMA)
    )


@dataclass(frozen=True)
class Set:
    """A drawn set with its reader."""

    paint: Callable[..., tuple[np.ndarray, Any]]
    read: Callable[[np.ndarray], ShapeReading]
    agree: Callable[[Values, Values], np.ndarray]
    size: int
    channels: int = 1

    def draw(self, n: int, seed: int, size: int | None = None) -> tuple[np.ndarray, Any]:
        """Fresh pictures [n, C, size, size] of evenly many labels, and their truth."""
        size = size or self.size
        images, truth = self.paint(np.random.default_rng(seed), size, np.arange(n) % 10)
        return images.reshape(n, self.channels, size, size), truth

    def right(self, images: np.ndarray, truth: Values) -> float:
        """The share of pictures that are valid and read as they were drawn."""
        reading = self.read(images)
        return (reading.valid & self.agree(reading.values, truth)).mean()


SETS = {
    "points": Set(drawn_points.paint, plus_marks.read, points_agree, 28),
    "lines": Set(drawn_lines.paint, lines.read, lines_agree, 60),
    "polygons": Set(drawn_polygons.paint, polygons.read, polygons_agree, 60),
    "puzzles": Set(drawn_puzzles.paint, puzzles.read, puzzles_agree, 28),
    "figures": Set(drawn_figures.paint, figures.read, figures_agree, 64, channels=3),
}
EACH = pytest.mark.parametrize("kind", SETS.values(), ids=SETS)
NOISE = {
    "normal": lambda rng, shape: rng.normal(0, SIGMA, shape),
    "even": lambda rng, shape: rng.uniform(-SIGMA, SIGMA, shape),
}


def noisy(images: np.ndarray, noise: str, seed: int) -> np.ndarray:
    moved = images + NOISE[noise](np.random.default_rng([seed, 1]), images.shape)
    return np.clip(np.rint(moved), 0, 255).astype(np.uint8)


def digits(n: int, size: int) -> np.ndarray:
    """Handwritten digits [n, 1, size, size] in the middle of an empty picture."""
    before, after = (size - 28) // 2, (size - 27) // 2
    return np.pad(mnist.load(MnistConfig()).images[:n].numpy(), ((0, 0), (0, 0), (before, after), (before, after)))


def garbage(n: int, size: int, channels: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(99)
    shape = (n, channels, size, size)
    flat = np.ones(shape, np.uint8)
    return {
        "noise": rng.integers(256, size=shape, dtype=np.uint8),
        "black and white noise": (rng.integers(2, size=shape) * 255).astype(np.uint8),
        "specks": ((rng.random(shape) < 0.01) * 255).astype(np.uint8),
        "grey": flat * np.linspace(70, 180, n).astype(np.uint8)[:, None, None, None],
        "white": flat * 255,
        "digits": np.repeat(digits(n, size), channels, axis=1),
    }


FEW_OR_MANY = pytest.mark.parametrize("n", [40, pytest.param(4000, marks=pytest.mark.exhaustive)])


@EACH
@FEW_OR_MANY
def test_fresh_pictures_are_read_as_they_were_drawn(kind, n):
    assert kind.right(*kind.draw(n, seed=n)) >= 0.995


@pytest.mark.slow
@EACH
@FEW_OR_MANY
@pytest.mark.parametrize("noise", NOISE)
def test_noise_of_eight_levels_hides_little(kind, n, noise):
    images, truth = kind.draw(n, seed=n + 1)
    assert kind.right(noisy(images, noise, n), truth) >= 0.97


@pytest.mark.slow
@EACH
@pytest.mark.parametrize("share", [0.8, 1.25])
def test_other_sizes_are_read_as_well(kind, share):
    if kind is SETS["points"] or kind is SETS["puzzles"]:
        assert kind.right(*kind.draw(100, seed=1, size=24 if share < 1 else 80)) == 1
    else:
        assert kind.right(*kind.draw(30, seed=1, size=int(kind.size * share))) >= 0.97


@EACH
@pytest.mark.parametrize(
    "n", [6, pytest.param(100, marks=pytest.mark.slow), pytest.param(1000, marks=pytest.mark.exhaustive)]
)
def test_garbage_is_not_valid(kind, n):
    for name, images in garbage(n, kind.size, kind.channels).items():
        assert kind.read(images).valid.mean() <= 0.01, name


@EACH
def test_a_blank_is_valid_only_where_a_count_may_be_0(kind):
    reading = kind.read(np.zeros((2, kind.channels, kind.size, kind.size), np.uint8))
    counted = "count" in reading.values
    assert reading.valid.tolist() == [counted] * 2
    if counted:
        assert reading.values["count"].tolist() == [0, 0]


@pytest.mark.slow
@EACH
def test_a_picture_is_read_by_itself(kind):
    images, _ = kind.draw(21, seed=3)
    images[::7] = garbage(3, kind.size, kind.channels)["specks"]
    order = np.random.default_rng(0).permutation(len(images))
    whole, mixed = kind.read(images), kind.read(images[order])
    assert np.array_equal(whole.fault[order], mixed.fault)
    for name, values in whole.values.items():
        kept = values[whole.valid]
        np.testing.assert_allclose(kept, mixed.values[name][np.argsort(order)][whole.valid], atol=1e-6, err_msg=name)
        np.testing.assert_allclose(kind.read(images[1:2]).values[name], values[1:2], atol=1e-6, err_msg=name)


@EACH
def test_nothing_is_read_in_no_pictures(kind):
    reading = kind.read(np.zeros((0, kind.channels, kind.size, kind.size), np.uint8))
    assert len(reading.valid) == len(reading.fault) == 0
    assert {len(values) for values in reading.values.values()} == {0}


@EACH
def test_refuses_what_is_no_picture(kind):
    for images in (
        np.zeros((2, kind.size, kind.size), np.uint8),
        np.zeros((2, 2, kind.size, kind.size), np.uint8),
        np.zeros((2, kind.channels, kind.size, kind.size)),
        np.zeros((2, kind.channels, kind.size, kind.size + 1), np.uint8),
    ):
        with pytest.raises(InputError, match="uint8"):
            kind.read(images)
