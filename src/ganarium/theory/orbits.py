"""The update rules, and the orbits of small games under them."""

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ganarium.core.progress import told
from ganarium.theory.games import Game, Point, distance

Rule = Callable[[Game, Point, float], Iterator[Point]]  # game, start, step size -> one point after another, for ever
Orbit = NDArray[np.float64]  # [steps + 1, 2]

START = (1.0, -1.0)
FAR = 1e6  # from here there is no way back that is worth following


def _moved(point: Point, slopes: Point, h: float) -> Point:
    return point[0] - h * slopes[0], point[1] - h * slopes[1]


def simultaneous(game: Game, point: Point, h: float) -> Iterator[Point]:
    """Both players' slopes at the same point, then both moves."""
    while True:
        point = game.settle(_moved(point, game.field(*point), h))
        yield point


def alternating(game: Game, point: Point, h: float) -> Iterator[Point]:
    """The second player first, as the discriminator in Goodfellow 2014, Algorithm 1; then the first sees its move."""
    while True:
        theta, psi = point
        theta, psi = game.settle((theta, psi - h * game.field(theta, psi)[1]))
        point = game.settle((theta - h * game.field(theta, psi)[0], psi))
        yield point


def extragradient(game: Game, point: Point, h: float) -> Iterator[Point]:
    """Look one step ahead, and move from here by the slopes found there: Korpelevich 1976."""
    while True:
        ahead = game.settle(_moved(point, game.field(*point), h))
        point = game.settle(_moved(point, game.field(*ahead), h))
        yield point


def optimistic(game: Game, point: Point, h: float) -> Iterator[Point]:
    """Twice these slopes less the last ones: Daskalakis 2018 (arXiv 1711.00141)."""
    before = game.field(*point)
    while True:
        now = game.field(*point)
        point = game.settle(_moved(point, (2 * now[0] - before[0], 2 * now[1] - before[1]), h))
        before = now
        yield point


def lookahead(game: Game, point: Point, h: float, k: int = 5, alpha: float = 0.5) -> Iterator[Point]:
    """k simultaneous steps, then back to α of the way: Zhang 2019 (arXiv 1907.08610); Chavdarova 2021 for games."""
    while True:
        *steps, far = islice(simultaneous(game, point, h), k)
        yield from steps
        point = (point[0] + alpha * (far[0] - point[0]), point[1] + alpha * (far[1] - point[1]))
        yield point


def continuous(game: Game, point: Point, h: float) -> Iterator[Point]:
    """The flow that steps of no length would follow, by Runge and Kutta's fourth-order rule."""
    while True:
        a = game.field(*point)
        b = game.field(*_moved(point, a, h / 2))
        c = game.field(*_moved(point, b, h / 2))
        d = game.field(*_moved(point, c, h))
        mean = tuple((a[i] + 2 * b[i] + 2 * c[i] + d[i]) / 6 for i in (0, 1))
        point = game.settle(_moved(point, (mean[0], mean[1]), h))
        yield point


RULES: dict[str, Rule] = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
    "optimistic": optimistic,
    "lookahead": lookahead,
    "continuous": continuous,
}


def orbit(game: Game, rule: Rule, h: float, steps: int, start: Point = START) -> Orbit:
    """Where the players go, the start first; it ends early, at a million, where they are further away than that."""
    points = [game.settle(start)]
    with np.errstate(over="ignore", invalid="ignore"):
        for point in told("playing", islice(rule(game, points[0], h), steps), steps):
            points.append(point)
            if not distance(point) < FAR:
                break
    return np.nan_to_num(np.array(points, dtype=np.float64), nan=FAR).clip(-FAR, FAR)


def radii(path: Orbit) -> NDArray[np.float64]:
    """Distances [steps + 1] from the equilibrium."""
    return np.hypot(path[:, 0], path[:, 1])


def fate(path: Orbit) -> str:
    """`meets` at the equilibrium, `rests` elsewhere, `circles` or `leaves`.

    By the mean distance over the last quarter of an orbit beside that over its second quarter.
    """
    far = radii(path)
    quarter = max(1, len(far) // 4)
    then, now = far[quarter : 2 * quarter].mean(), far[-quarter:].mean()
    if not far[-1] < FAR:
        return "leaves"
    if now < 0.95 * then or now < 1e-9:
        return "meets"
    if np.hypot(*(path[-1] - path[-2])) < 1e-6 * now:
        return "rests"
    return "leaves" if now > 1.03 * then else "circles"
