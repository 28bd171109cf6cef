"""Images of 0 to 9 straight lines, any two of which differ clearly in direction or position.

A point is represented by the complex number x + iy, a line by its two end points [..., 2].
"""

import numpy as np
from numpy.typing import NDArray

from ganarium.config.synthetic import LinesConfig
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.synthetic.base import Bools, Bytes, Floats, Ints, Truth, load_blocks
from ganarium.data.synthetic.placement import pack, present
from ganarium.data.synthetic.rasterize import fill

Complexes = NDArray[np.complex128]

WIDTH = 1.5  # pixels; the pen is square, so the ink extends half a width past the ends of a line
MARGIN = 1.5  # pixels from the end of a line to the edge of the image, enough for the corner of the pen
SHORTEST = 20.0  # pixels
ANGLE = np.deg2rad(12)
DISTANCE = 4.0  # pixels
TEXT = (
    "0 to 9 straight lines of 1.5 px, at least 20 px long. Lines may cross, but no two lines are both "
    "within 12° in direction and within 4 px of each other."
)


def load(settings: LinesConfig, split: Split = "train") -> ImageSet:
    """Load one split of images of straight lines.

    Ground truth: `count` [n]; `ends` [n, 9, 2, 2], x and y of both ends of each line in pixels, padded with NaN.
    """
    return load_blocks(settings, split, paint, tuple("0123456789"), TEXT)


def paint(rng: np.random.Generator, size: int, labels: Ints) -> tuple[Bytes, Truth]:
    """Draw one image for each label, which is the number of lines."""

    def propose(rng: np.random.Generator, shape: tuple[int, ...]) -> Complexes:
        return propose_lines(rng, shape, size)

    occupied = present(labels)
    lines = np.where(occupied[..., None], pack(rng, labels, propose, confusable), complex(np.nan, np.nan))
    picture, place = np.nonzero(occupied)
    images = fill(_xy(outline(lines[picture, place])), picture, len(labels), size)
    return images, {"count": labels, "ends": _xy(lines)}


def propose_lines(rng: np.random.Generator, shape: tuple[int, ...], size: int) -> Complexes:
    """Sample lines [*shape, 2] with uniform direction, then with uniform length and position inside the image."""
    angle = rng.uniform(0, np.pi, shape)
    across, down = np.cos(angle), np.sin(angle)
    longest = (size - 2 * MARGIN) / np.maximum(np.abs(across), np.abs(down))
    half = rng.uniform(SHORTEST, longest) / 2
    low_x, low_y = MARGIN + half * np.abs(across), MARGIN + half * down  # bounds of the midpoint
    middle = rng.uniform(low_x, size - low_x) + 1j * rng.uniform(low_y, size - low_y)
    reach = half * (across + 1j * down)
    return np.stack([middle - reach, middle + reach], axis=-1)


def outline(lines: Complexes) -> Complexes:
    """Return the four corners [m, 4] of the rectangle drawn for each line [m, 2]."""
    step = _step(lines)
    along = (step / np.abs(step) * WIDTH / 2)[:, None]
    corners: Complexes = lines[:, [0, 1, 1, 0]] + along * np.array([-1 - 1j, 1 - 1j, 1 + 1j, -1 + 1j])
    return corners


def confusable(a: Complexes, b: Complexes) -> Bools:
    """Return True where two lines are nearly parallel and close to each other."""
    turn = _step(a) * _step(b).conj()
    matching: Bools = np.abs(turn.imag) <= np.tan(ANGLE) * np.abs(turn.real)
    a, b = np.broadcast_arrays(a, b)
    matching[matching] = distance(a[matching], b[matching]) <= DISTANCE
    return matching


def distance(a: Complexes, b: Complexes) -> Floats:
    """Return the shortest distance between two lines; 0 if they cross."""
    tips = [_to_line(p[..., k], line) for p, line in ((a, b), (b, a)) for k in (0, 1)]
    crossing = _parted_by(a, b) & _parted_by(b, a)
    return np.where(crossing, 0.0, np.min(tips, axis=0))


def _to_line(point: Complexes, line: Complexes) -> Floats:
    step = _step(line)
    along = ((point - line[..., 0]) / step).real
    return np.abs(point - line[..., 0] - np.clip(along, 0, 1) * step)


def _parted_by(a: Complexes, b: Complexes) -> Bools:
    """Return True where the ends of `a` lie on opposite sides of the infinite line through `b`."""
    side = ((a - b[..., :1]) * _step(b)[..., None].conj()).imag
    return np.asarray(side[..., 0] * side[..., 1] < 0)


def _step(line: Complexes) -> Complexes:
    return line[..., 1] - line[..., 0]


def _xy(points: Complexes) -> Floats:
    """Convert complex numbers to coordinates: [...] -> [..., 2]."""
    return np.stack([points.real, points.imag], axis=-1)
