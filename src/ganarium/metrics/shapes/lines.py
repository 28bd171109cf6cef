"""Detection of straight lines: number, position, length and direction, verified by rendering."""

import numpy as np

from ganarium.metrics.shapes.base import Bools, Bytes, Floats, Ints, ShapeReading, joined, levels, listed, reading_with
from ganarium.metrics.shapes.hough import propose
from ganarium.metrics.shapes.stroke_ends import retraced, stretched
from ganarium.metrics.shapes.stroke_fits import StrokeFits, bettered, refined, taken
from ganarium.metrics.shapes.strokes import WIDTH, ends

MOST = 9  # largest number of lines
SHORTEST = 20.0  # smallest length in pixels
ANGLE = np.deg2rad(12)
DISTANCE = 4.0  # pixels; no two lines are both within ANGLE and within DISTANCE of each other
SLACK = 0.7  # pixels of tolerated error in a length or distance
TURN = np.deg2rad(1)  # tolerated error in a direction
PATCH = 0.15  # share of full ink: largest mean deviation of 3×3 pixels from the lines read
GOOD = 0.1  # share of full ink: images with a smaller residual are not traced again
AGAIN = (  # cost per pixel of length, and whether to search for more strokes; high costs release stuck ends
    (0.05, False),
    (0.05, True),
    *((cost, False) for cost in (1.0, 0.8, 0.6, 0.4, 0.2)),
    (0.05, True),
)
HIDDEN = -0.05  # cost at which a line continues under others
BATCH = 128  # images read at once, few enough to fit the processor's cache


def read(images: Bytes) -> ShapeReading:
    """Detect and measure the lines in images, uint8 [n, 1, H, W].

    Faults: `ink`, there is more ink than in nine lines; `stray`, some ink is in no line or some line lacks ink; `many`,
    there are more than nine lines; `short`, a line is shorter than 20 pixels; `alike`, two lines are within 12° and
    4 pixels of each other.
    Values: `count` [n]; for each line, [n, 9], `x` and `y` of the middle and `length` in pixels, and `angle` in
    radians, from x towards y, in [0, π).
    """
    pictures = levels(images)
    return joined([_read(pictures[start : start + BATCH] / 255) for start in range(0, max(len(pictures), 1), BATCH)])


def _read(ink: Floats) -> ShapeReading:
    n, size = len(ink), ink.shape[-1]
    flooded = ink.mean(axis=(1, 2)) > MOST * WIDTH * np.sqrt(2) / size
    ink = np.where(flooded[:, None, None], 0, ink)
    found = find(ink)
    strokes, picture, length = found.strokes, found.picture, found.length
    count = np.bincount(picture, minlength=n)
    values = {"x": strokes[:, 0], "y": strokes[:, 1], "length": length, "angle": strokes[:, 2] % np.pi}
    faults = {
        "ink": flooded,
        "stray": found.wrong > PATCH,
        "many": count > MOST,
        "short": np.bincount(picture, length < SHORTEST - SLACK, n) > 0,
        "alike": alike(ends(strokes), picture, n),
    }
    by_line = {name: listed(picture, value, n, MOST) for name, value in values.items()}
    return reading_with(faults, {"count": count, **by_line}, {"angle": np.pi})


def find(ink: Floats) -> StrokeFits:
    """Return the strokes in images [n, H, W]; trace poorly explained images again and keep the best fit."""
    found = tried = refined(ink, *propose(ink, np.zeros((0, 5)), np.zeros(0, np.int64)), steps=2)
    rows = np.arange(len(ink))
    for cost, more in AGAIN:
        (bad,) = np.nonzero(found.wrong[rows] > GOOD)
        if not len(bad):
            break
        tried, rows = taken(tried, bad), rows[bad]
        strokes, picture = retraced(tried.strokes, tried.picture, ink[rows], cost)
        tried = refined(ink[rows], strokes, picture, steps=3)
        if more:
            tried = refined(ink[rows], *propose(ink[rows], tried.strokes, tried.picture), steps=1)
        found = bettered(found, tried, rows)
    return lengthened(found, ink)


def lengthened(found: StrokeFits, ink: Floats) -> StrokeFits:
    """Extend lines that are too short as far as possible, since an end may be hidden under another line."""
    (rows,) = np.nonzero(np.bincount(found.picture, found.length < SHORTEST, len(ink)))
    part = taken(found, rows)
    longest = stretched(part.strokes, part.picture, ink[rows], HIDDEN)
    strokes = np.where((part.length < SHORTEST)[:, None], longest, part.strokes)
    longer = refined(ink[rows], strokes, part.picture, steps=0)
    (good,) = np.nonzero(longer.wrong <= GOOD)
    return bettered(found, taken(longer, good), rows[good], always=True)


def alike(tips: Floats, picture: Ints, n: int) -> Bools:
    """Return a mask of images with two lines that are nearly parallel and close, [n], from all line ends [m, 2, 2]."""
    one, other = pairs(picture, n)
    a, b = tips[one], tips[other]
    step_a, step_b = a[:, 1] - a[:, 0], b[:, 1] - b[:, 0]
    turn = np.abs(np.arctan2(cross(step_a, step_b), (step_a * step_b).sum(axis=1)))
    parallel = np.minimum(turn, np.pi - turn) < ANGLE - TURN
    one, a, b = one[parallel], a[parallel], b[parallel]
    near = np.min([to_line(a[:, 0], b), to_line(a[:, 1], b), to_line(b[:, 0], a), to_line(b[:, 1], a)], axis=0)
    return np.asarray(np.bincount(picture[one], (near < DISTANCE - SLACK) | crossing(a, b), n) > 0)


def pairs(picture: Ints, n: int) -> tuple[Ints, Ints]:
    """Return all pairs of lines in the same image, as two lists of indices into the sorted `picture`."""
    count = np.bincount(picture, minlength=n)
    after = np.repeat(np.cumsum(count), count) - np.arange(len(picture)) - 1  # later lines in the same image
    one = np.repeat(np.arange(len(picture)), after)
    return one, one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)


def to_line(point: Floats, line: Floats) -> Floats:
    """Return the distance of points [m, 2] from line segments [m, 2, 2]."""
    step, offset = line[:, 1] - line[:, 0], point - line[:, 0]
    share = (offset * step).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1e-9)
    return np.asarray(np.linalg.norm(offset - np.clip(share, 0, 1)[:, None] * step, axis=1))


def crossing(a: Floats, b: Floats) -> Bools:
    """Return a mask of pairs of line segments, both [m, 2, 2], that cross: [m]."""
    parted = [cross(q[:, 1] - q[:, 0], p[:, k] - q[:, 0]) for p, q in ((a, b), (b, a)) for k in (0, 1)]
    return np.asarray((parted[0] * parted[1] < 0) & (parted[2] * parted[3] < 0))


def cross(a: Floats, b: Floats) -> Floats:
    """Return the cross product a₁b₂ − a₂b₁ of vectors [m, 2]: [m], 0 for parallel vectors."""
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
