"""Update rules for two-player games, and the orbits of toy games under these rules."""

from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ganarium.core.progress import track
from ganarium.theory.games import Point, ToyGame, distance

Rule = Callable[[ToyGame, Point, float], Iterator[Point]]  # game, start, step size -> endless points
Orbit = NDArray[np.float64]  # [steps + 1, 2]

START = (1.0, -1.0)
FAR = 1e6  # orbits beyond this distance are not followed further


def _moved(point: Point, slopes: Point, h: float) -> Point:
    return point[0] - h * slopes[0], point[1] - h * slopes[1]


def simultaneous(game: ToyGame, point: Point, h: float) -> Iterator[Point]:
    """Yield points after simultaneous updates: both gradients are evaluated at the same point."""
    while True:
        point = game.settle(_moved(point, game.field(*point), h))
        yield point


def alternating(game: ToyGame, point: Point, h: float) -> Iterator[Point]:
    """Yield points after alternating updates.

    The second player moves first, as the discriminator in Goodfellow 2014, Algorithm 1; the first player then uses the
    updated point.
    """
    while True:
        theta, psi = point
        theta, psi = game.settle((theta, psi - h * game.field(theta, psi)[1]))
        point = game.settle((theta - h * game.field(theta, psi)[0], psi))
        yield point


def extragradient(game: ToyGame, point: Point, h: float) -> Iterator[Point]:
    """Yield points updated with the gradients evaluated one step ahead (Korpelevich 1976)."""
    while True:
        ahead = game.settle(_moved(point, game.field(*point), h))
        point = game.settle(_moved(point, game.field(*ahead), h))
        yield point


def optimistic(game: ToyGame, point: Point, h: float) -> Iterator[Point]:
    """Yield points updated with twice the gradients minus the previous ones (Daskalakis 2018, arXiv 1711.00141)."""
    before = game.field(*point)
    while True:
        now = game.field(*point)
        point = game.settle(_moved(point, (2 * now[0] - before[0], 2 * now[1] - before[1]), h))
        before = now
        yield point


def lookahead(game: ToyGame, point: Point, h: float, k: int = 5, alpha: float = 0.5) -> Iterator[Point]:
    """Yield points after lookahead updates, which keep a fraction α of the movement over every k steps.

    Zhang 2019 (arXiv 1907.08610); Chavdarova 2021 for games.
    """
    while True:
        *steps, far = islice(simultaneous(game, point, h), k)
        yield from steps
        point = (point[0] + alpha * (far[0] - point[0]), point[1] + alpha * (far[1] - point[1]))
        yield point


def continuous(game: ToyGame, point: Point, h: float) -> Iterator[Point]:
    """Yield points of the continuous-time gradient flow, by the fourth-order Runge–Kutta method."""
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


def orbit(game: ToyGame, rule: Rule, h: float, steps: int, start: Point = START) -> Orbit:
    """Return the points visited, including the start; stop early if the distance exceeds a million."""
    points = [game.settle(start)]
    with np.errstate(over="ignore", invalid="ignore"):
        for point in track("simulating the game", islice(rule(game, points[0], h), steps), steps):
            points.append(point)
            if not distance(point) < FAR:
                break
    return np.nan_to_num(np.array(points, dtype=np.float64), nan=FAR).clip(-FAR, FAR)


def radii(path: Orbit) -> NDArray[np.float64]:
    """Return the distance of each point of an orbit from the equilibrium, [steps + 1]."""
    return np.hypot(path[:, 0], path[:, 1])


def fate(path: Orbit) -> str:
    """Return `converges` (to the equilibrium), `stalls` (elsewhere), `cycles` or `diverges`.

    The mean distance over the last quarter of the orbit is compared with that over the second quarter.
    """
    far = radii(path)
    quarter = max(1, len(far) // 4)
    then, now = far[quarter : 2 * quarter].mean(), far[-quarter:].mean()
    if not far[-1] < FAR:
        return "diverges"
    if now < 0.95 * then or now < 1e-9:
        return "converges"
    if np.hypot(*(path[-1] - path[-2])) < 1e-6 * now:
        return "stalls"
    return "diverges" if now > 1.03 * then else "cycles"
