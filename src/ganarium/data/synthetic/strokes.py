"""The ten digits as strokes of a round pen: skeletons in a unit box, randomly bent, slanted, rotated and placed.

A skeleton has up to three strokes, each an open or a closed polyline without sharp corners. Where two strokes meet, a
pixel takes the greater coverage of the two, so that joints and crossings are not thicker than the rest.
"""

from collections.abc import Sequence

import numpy as np

from ganarium.data.synthetic.base import Bools, Bytes, Floats, Ints, Truth
from ganarium.data.synthetic.rasterize import fill

STROKES = 3  # maximum number of strokes of one digit
JOINTS = 33  # number of points of each stroke
CAP = 12  # segments of the half circle at the ends of an open stroke
WIDTH, HEIGHT = 12.5, 18.5  # size of an average digit, in 28ths of the image's size
SCALE = (0.86, 1.06)  # range of a digit's width and height, relative to the average digit
SLANT = (-0.1, 0.25)  # range of the slant to the right: shift of the top divided by the height
TURN = np.deg2rad(7)  # maximum rotation in either direction
BEND = 0.03  # maximum displacement by the waves, as a share of a digit's width and height
STRAY = 2.0  # maximum offset of a digit from the image's centre in each direction, in 28ths of the size
MARGIN = 2.5  # minimum distance of any skeleton from the image's edges, in 28ths of the size


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Floats:
    """Return points [JOINTS, 2] on an ellipse around (x, y).

    Angles are in degrees, clockwise from the right since y points down.
    """
    angle = np.deg2rad(np.linspace(start, end, JOINTS))
    return np.stack([x + rx * np.cos(angle), y + ry * np.sin(angle)], axis=1)


def path(*points: tuple[float, float] | Floats) -> Floats:
    """Return points [JOINTS, 2] at equal distances along the polyline through the given points."""
    corners = np.concatenate([np.reshape(p, (-1, 2)) for p in points])
    along = np.append(0, np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1)))
    even = np.linspace(0, along[-1], JOINTS)
    return np.stack([np.interp(even, along, corners[:, k]) for k in (0, 1)], axis=1)


SIX = (arc(0.5, 0.68, 0.5, 0.32, 180, 540), arc(0.92, 0.68, 0.92, 0.68, 180, 262))
DIGITS: tuple[Sequence[Floats], ...] = (
    (arc(0.5, 0.5, 0.48, 0.5, -90, 270),),
    (path((0.15, 0.3), (0.6, 0)), path((0.6, 0), (0.6, 1))),
    (path(arc(0.49, 0.29, 0.46, 0.29, 190, 400), (0, 1)), path((0, 1), (1, 1))),
    (arc(0.47, 0.245, 0.43, 0.245, 205, 450), arc(0.47, 0.745, 0.51, 0.255, 270, 515)),
    (path((0.68, 0), (0, 0.68)), path((0, 0.68), (1, 0.68)), path((0.68, 0), (0.68, 1))),
    (path((0.18, 0), (0.92, 0)), path((0.18, 0), (0.117, 0.474)), arc(0.5, 0.68, 0.5, 0.32, 220, 512)),
    SIX,
    (path((0, 0), (0.98, 0)), path((0.98, 0), (0.34, 1))),
    (arc(0.5, 0.24, 0.4, 0.24, 90, 450), arc(0.5, 0.74, 0.49, 0.26, -90, 270)),
    tuple(1 - stroke for stroke in SIX),
)
COUNTS = np.array([len(digit) for digit in DIGITS])
SKELETONS = np.array([[*digit, *[digit[0]] * (STROKES - len(digit))] for digit in DIGITS])  # [10, 3, JOINTS, 2]
CLOSED = np.isclose(SKELETONS[:, :, 0], SKELETONS[:, :, -1]).all(axis=-1)  # [10, 3]


def propose(rng: np.random.Generator, size: int, labels: Ints) -> Truth:
    """Sample the ground truth of one digit for each label from 0 to 9.

    digit: [n]
    strokes: [n, 3, JOINTS, 2], x and y in pixels, padded with NaN
    slant: [n], tangent of the slant to the right
    turn: [n], clockwise rotation in radians
    scale: [n, 2], width and height relative to the average digit
    """
    n = len(labels)
    slant, turn, scale = rng.uniform(*SLANT, n), rng.uniform(-TURN, TURN, n), rng.uniform(*SCALE, (n, 2))
    unit = size / 28
    upright = (bend(rng, SKELETONS[labels]) - 0.5) * (scale * (WIDTH, HEIGHT) * unit)[:, None, None]
    strokes = upright @ lean_and_turn(slant, turn)[:, None]
    low, high = strokes.min(axis=(1, 2)), strokes.max(axis=(1, 2))
    stray = np.minimum(STRAY * unit, (size - (high - low)) / 2 - MARGIN * unit)
    strokes += (size / 2 - (low + high) / 2 + stray * rng.uniform(-1, 1, (n, 2)))[:, None, None]
    exists = np.arange(STROKES) < COUNTS[labels][:, None]
    return {
        "digit": labels,
        "strokes": np.where(exists[..., None, None], strokes, np.nan),
        "slant": slant,
        "turn": turn,
        "scale": scale,
    }


def bend(rng: np.random.Generator, strokes: Floats) -> Floats:
    """Distort points [n, 3, JOINTS, 2] in the unit box by one horizontal and one vertical wave.

    Points that coincide remain coincident.
    """
    height, phase = rng.uniform(-BEND, BEND, (len(strokes), 2)), rng.uniform(0, 2 * np.pi, (len(strokes), 2))
    waves = np.sin(2 * np.pi * strokes[..., ::-1] + phase[:, None, None])
    bent: Floats = strokes + height[:, None, None] * waves
    return bent


def lean_and_turn(slant: Floats, turn: Floats) -> Floats:
    """Return matrices [n, 2, 2] that slant row vectors (x, y) to the right, then rotate them clockwise."""
    zero, one = np.zeros_like(slant), np.ones_like(slant)
    lean = np.array([[one, zero], [-slant, one]])
    spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    both: Floats = np.einsum("ijn,jkn->nik", lean, spin)
    return both


def paint(truth: Truth, pen: float, size: int) -> Bytes:
    """Draw digits as greyscale images, uint8 [n, size, size], with a pen of the given width in pixels."""
    digits, strokes = truth["digit"], truth["strokes"]
    united = np.zeros((len(digits), size, size), np.uint8)
    for place in range(STROKES):
        (rows,) = np.nonzero(COUNTS[digits] > place)
        around = outline(strokes[rows, place], CLOSED[digits[rows], place], pen / 2)
        united[rows] = np.maximum(united[rows], fill(around, np.arange(len(rows)), len(rows), size))
    return united


def outline(strokes: Floats, closed: Bools, radius: float) -> Floats:
    """Return the outline [m, v, 2] of each stroke [m, JOINTS, 2]: one side, the end, the other side, the start.

    The ends of an open stroke are rounded. The outline of a closed stroke has a seam of zero width instead, where
    the stroke begins and ends.
    """
    step = np.diff(strokes, axis=1)
    step /= np.linalg.norm(step, axis=-1, keepdims=True)
    seam = closed[:, None, None]
    into = np.concatenate([np.where(seam, step[:, -1:], step[:, :1]), step], axis=1)
    out = np.concatenate([step, np.where(seam, step[:, :1], step[:, -1:])], axis=1)
    ahead = radius * (into + out) / (1 + (into * out).sum(axis=-1, keepdims=True))  # longer at bends of the stroke
    aside = ahead[..., ::-1] * (1, -1)
    angle = np.linspace(0, np.pi, CAP + 1)[1:-1, None]
    end, start = (np.cos(angle) * aside[:, [k]] + np.where(seam, 0, np.sin(angle)) * ahead[:, [k]] for k in (-1, 0))
    around = [strokes + aside, strokes[:, -1:] + end, (strokes - aside)[:, ::-1], strokes[:, :1] - start]
    polygon: Floats = np.concatenate(around, axis=1)
    return polygon
