"""Lines are valid only where they are straight, whole, long enough and apart."""

import numpy as np
import pytest

from ganarium.data.synthetic import lines as drawn
from ganarium.data.synthetic.placement import MOST
from ganarium.data.synthetic.rasterize import fill
from ganarium.metrics.shapes import lines, strokes

SIZE = 60
SHORT = 17.0  # pixels: one arm of a bent or broken line is shorter, as two long arms are two lines


def test_the_reader_knows_the_rules_of_the_set():
    assert (lines.MOST, lines.SHORTEST, lines.ANGLE, lines.DISTANCE) == (
        MOST,
        drawn.SHORTEST,
        drawn.ANGLE,
        drawn.DISTANCE,
    )
    assert strokes.WIDTH == drawn.WIDTH


def scenes(seed: int, n: int) -> np.ndarray:
    """Ends [n, 9, 2] of lines as complex numbers, one at least in each picture, the first at most 3 SHORT long."""
    _, truth = drawn.paint(np.random.default_rng(seed), SIZE, np.arange(n) % 9 + 1)
    ends = truth["ends"] @ np.array([1, 1j])
    return ends[np.abs(ends[:, 0, 1] - ends[:, 0, 0]) <= 3 * SHORT]


def painted(ends: np.ndarray) -> np.ndarray:
    """Pictures uint8 [n, 1, SIZE, SIZE] of strokes [n, k, 2], NaN where there is none."""
    picture, place = np.nonzero(~np.isnan(ends[..., 0]))
    corners = drawn.outline(ends[picture, place])
    images = fill(np.stack([corners.real, corners.imag], axis=-1), picture, len(ends), SIZE)
    return images[:, None]


def with_first(ends: np.ndarray, *parts: np.ndarray) -> np.ndarray:
    """The same strokes with the first of each picture replaced by `parts` [n, 2], where they lie in the picture."""
    planted = np.concatenate([np.stack(parts, axis=1), ends[:, 1:]], axis=1)
    stacked = np.stack(parts)
    inside = (np.minimum(stacked.real, stacked.imag) > 2) & (np.maximum(stacked.real, stacked.imag) < SIZE - 2)
    return planted[inside.all(axis=(0, 2))]


def split(rng: np.random.Generator, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first line's start and end, and a place in its middle third, less than SHORT from the start."""
    start, end = ends[:, 0, 0], ends[:, 0, 1]
    length = np.abs(end - start)
    share = rng.uniform(1 / 3, np.minimum(SHORT / length, 2 / 3))
    return start, end, start + share * (end - start)


def bent(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    start, end, joint = split(rng, ends)
    turn = rng.uniform(np.deg2rad(15), np.deg2rad(45), len(ends)) * rng.choice([-1, 1], len(ends))
    return with_first(
        ends, np.stack([start, joint], 1), np.stack([joint, joint + (end - joint) * np.exp(1j * turn)], 1)
    )


def broken(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    """A gap of 3 to 5 pixels, the pen's ends not counted, that no other line runs through."""
    start, end, joint = split(rng, ends)
    others = np.where(np.isnan(ends[:, 1:]), [999, 1000], ends[:, 1:])
    plain = drawn.distance(np.stack([joint, joint + 0.01], axis=1)[:, None], others).min(axis=1) > 4
    ends, start, end, joint = ends[plain], start[plain], end[plain], joint[plain]
    way = (end - start) / np.abs(end - start)
    half = (rng.uniform(3, 5, len(ends)) + drawn.WIDTH) / 2
    return with_first(ends, np.stack([start, joint - half * way], 1), np.stack([joint + half * way, end], 1))


def short(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    start, end = ends[:, 0, 0], ends[:, 0, 1]
    length = rng.uniform(6, 16, len(ends))
    return with_first(ends, np.stack([start, start + (end - start) / np.abs(end - start) * length], 1))


def doubled(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    """The same line again, 2 to 3 pixels beside."""
    first = ends[:, 0]
    way = (first[:, 1] - first[:, 0]) / np.abs(first[:, 1] - first[:, 0])
    return with_first(ends, first, first + (1j * way * rng.uniform(2, 3, len(ends)))[:, None])


def thick(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    """Twice as thick: the same line again, 1.2 to 1.5 pixels beside."""
    first = ends[:, 0]
    way = (first[:, 1] - first[:, 0]) / np.abs(first[:, 1] - first[:, 0])
    return with_first(ends, first, first + (1j * way * rng.uniform(1.2, 1.5, len(ends)))[:, None])


def crowded(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    """Ten lines or more: those of two pictures."""
    many = ends[(~np.isnan(ends[..., 0])).sum(axis=1) >= 5]
    return np.concatenate([many, rng.permutation(many)], axis=1)


def curved(rng: np.random.Generator, ends: np.ndarray) -> np.ndarray:
    """An arc that turns by 25° to 60°, in place of the first line, of its length; in eight chords."""
    start, end = ends[:, 0, 0], ends[:, 0, 1]
    turn = rng.uniform(np.deg2rad(25), np.deg2rad(60), len(ends)) * rng.choice([-1, 1], len(ends))
    chords = ((end - start) / 8)[:, None] * np.exp(1j * turn[:, None] * (np.arange(8) / 7 - 0.5))
    knots = start[:, None] + np.pad(np.cumsum(chords, axis=1), ((0, 0), (1, 0)))
    return with_first(ends, *np.moveaxis(np.stack([knots[:, :-1], knots[:, 1:]], axis=2), 1, 0))


FAULTS = {f.__name__: f for f in (bent, curved, broken, short, doubled, thick, crowded)}


def planted(fault: str, n: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng([seed, 7])
    return painted(FAULTS[fault](rng, scenes(seed, n)))


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("n", [50, pytest.param(4000, marks=pytest.mark.exhaustive)])
def test_planted_faults_are_seen(fault, n):
    assert lines.read(planted(fault, n, seed=n)).valid.mean() <= 0.01


def test_faint_lines_are_none():
    images = (painted(scenes(0, 40)) * 0.6).astype(np.uint8)
    assert not lines.read(images).valid.any()


@pytest.mark.parametrize("turn", [-90, -40, -15, 15, 40, 90])
def test_a_bend_with_two_long_arms_is_two_lines(turn):
    """Lines of the set may end on one another."""
    arm = 24 * np.exp(1j * np.deg2rad([10, 10 + turn]))
    middle = 30 + 30j
    images = painted(np.array([[[middle - arm[0], middle], [middle, middle + arm[1]]]]))
    reading = lines.read(images)
    assert reading.valid.all()
    assert reading.values["count"].tolist() == [2]


@pytest.mark.parametrize(("apart", "fault"), [(3.0, "alike"), (4.5, "")])
def test_two_lines_in_a_row_are_told_from_a_broken_one_by_the_rule_of_the_set(apart, fault):
    ends = np.array([[[4 + 20j, 27 + 24j], [0, 0]]])
    way = (ends[0, 0, 1] - ends[0, 0, 0]) / np.abs(ends[0, 0, 1] - ends[0, 0, 0])
    ends[0, 1] = ends[0, 0, 1] + way * np.array([apart, apart + 25])
    assert lines.read(painted(ends)).fault.tolist() == [fault]
