"""Reads straight lines: how many, where, how long and which way; what was read is drawn again and compared."""

import numpy as np

from ganarium.metrics.shapes.hough import propose
from ganarium.metrics.shapes.reading import Bools, Bytes, Floats, Ints, Reading, joined, judged, levels, listed
from ganarium.metrics.shapes.stroke_ends import retraced, stretched
from ganarium.metrics.shapes.stroke_fits import Found, bettered, refined, taken
from ganarium.metrics.shapes.strokes import WIDTH, ends

MOST = 9  # lines
SHORTEST = 20.0  # pixels
ANGLE = np.deg2rad(12)
DISTANCE = 4.0  # pixels; no two lines are both within ANGLE and within DISTANCE of each other
SLACK = 0.7  # pixels by which a length or distance may be read wrong
TURN = np.deg2rad(1)  # by which a direction may be read wrong
PATCH = 0.15  # of full ink: how far 3×3 pixels may lie, on average, from what was read
GOOD = 0.1  # of full ink: what lies nearer everywhere is not traced again
AGAIN = (  # cost of each pixel of length, and whether to look for more strokes; high costs free ends that stuck
    (0.05, False),
    (0.05, True),
    *((cost, False) for cost in (1.0, 0.8, 0.6, 0.4, 0.2)),
    (0.05, True),
)
HIDDEN = -0.05  # cost at which a line goes on under others
BATCH = 128  # pictures read together, few enough to stay in the processor's cache


def read(images: Bytes) -> Reading:
    """Lines in pictures uint8 [n, 1, H, W].

    Faults: `ink`, more of it than nine lines have; `stray`, some ink is in no line or some line lacks ink; `many`,
    more than nine; `short`, one is shorter than 20 pixels; `alike`, two are within 12° and 4 pixels of each other.
    Values: `count` [n]; by line, [n, 9], `x` and `y` of its middle and `length` in pixels, `angle` in radians, from x
    towards y, in [0, π).
    """
    pictures = levels(images)
    return joined([_read(pictures[start : start + BATCH] / 255) for start in range(0, max(len(pictures), 1), BATCH)])


def _read(ink: Floats) -> Reading:
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
    return judged(faults, {"count": count, **by_line}, {"angle": np.pi})


def find(ink: Floats) -> Found:
    """The strokes of pictures [n, H, W]; those that explain a picture badly are traced again, the best are kept."""
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


def lengthened(found: Found, ink: Floats) -> Found:
    """Lines too short are read as long as they can be: an end may lie hidden under another line."""
    (rows,) = np.nonzero(np.bincount(found.picture, found.length < SHORTEST, len(ink)))
    part = taken(found, rows)
    longest = stretched(part.strokes, part.picture, ink[rows], HIDDEN)
    strokes = np.where((part.length < SHORTEST)[:, None], longest, part.strokes)
    longer = refined(ink[rows], strokes, part.picture, steps=0)
    (good,) = np.nonzero(longer.wrong <= GOOD)
    return bettered(found, taken(longer, good), rows[good], always=True)


def alike(tips: Floats, picture: Ints, n: int) -> Bools:
    """Whether two lines of a picture are both nearly parallel and near: [n], from all lines' ends [m, 2, 2]."""
    one, other = pairs(picture, n)
    a, b = tips[one], tips[other]
    step_a, step_b = a[:, 1] - a[:, 0], b[:, 1] - b[:, 0]
    turn = np.abs(np.arctan2(cross(step_a, step_b), (step_a * step_b).sum(axis=1)))
    parallel = np.minimum(turn, np.pi - turn) < ANGLE - TURN
    one, a, b = one[parallel], a[parallel], b[parallel]
    near = np.min([to_line(a[:, 0], b), to_line(a[:, 1], b), to_line(b[:, 0], a), to_line(b[:, 1], a)], axis=0)
    return np.asarray(np.bincount(picture[one], (near < DISTANCE - SLACK) | crossing(a, b), n) > 0)


def pairs(picture: Ints, n: int) -> tuple[Ints, Ints]:
    """All pairs of lines that share a picture, as two lists of their places in `picture`, which is sorted."""
    count = np.bincount(picture, minlength=n)
    after = np.repeat(np.cumsum(count), count) - np.arange(len(picture)) - 1  # lines of the same picture behind each
    one = np.repeat(np.arange(len(picture)), after)
    return one, one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)


def to_line(point: Floats, line: Floats) -> Floats:
    """Distance of points [m, 2] from line segments [m, 2, 2]."""
    step, offset = line[:, 1] - line[:, 0], point - line[:, 0]
    share = (offset * step).sum(axis=1) / np.maximum((step * step).sum(axis=1), 1e-9)
    return np.asarray(np.linalg.norm(offset - np.clip(share, 0, 1)[:, None] * step, axis=1))


def crossing(a: Floats, b: Floats) -> Bools:
    """Whether line segments [m, 2, 2] cross."""
    parted = [cross(q[:, 1] - q[:, 0], p[:, k] - q[:, 0]) for p, q in ((a, b), (b, a)) for k in (0, 1)]
    return np.asarray((parted[0] * parted[1] < 0) & (parted[2] * parted[3] < 0))


def cross(a: Floats, b: Floats) -> Floats:
    """a₁b₂ − a₂b₁ of vectors [m, 2]: [m], 0 where they are parallel."""
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
