"""Toy games and optimal discriminators as numbers and plots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from ganarium.core.errors import UsageError
from ganarium.plotting import theory as plots
from ganarium.report.operation_progress import busy
from ganarium.theory.densities import DIVERGENCES, gaussians
from ganarium.theory.derivatives import SLOPES
from ganarium.theory.games import PENALTIES, Point, ToyGame, bilinear, eigenvalues
from ganarium.theory.gaussian_check import ODDS, checked
from ganarium.theory.orbits import RULES, Orbit, fate, orbit, radii

__all__ = ["PENALTIES", "RULES", "OptimumComparison", "Orbits", "optimal_discriminator", "play_bilinear", "play_dirac"]

MOST_ORBITS = 12


@dataclass(frozen=True)
class Orbits:
    """Orbits of a toy game, with a PNG plot: each orbit's start, end, fate and eigenvalues at the equilibrium."""

    rows: Sequence[Mapping[str, Any]]
    plot: bytes


def play_dirac(
    objective: str,
    settings: Mapping[str, Any],
    penalties: Sequence[tuple[str, float]],
    rules: Sequence[str],
    *,
    step_size: float,
    steps: int,
    start: Point,
) -> Orbits:
    """Simulate the Dirac-GAN of an objective for each combination of penalty (name, strength) and update rule."""
    slopes, games = SLOPES[objective](**settings), {}
    for (name, strength), rule in product(penalties, rules):
        title = f"{rule}, no penalty" if name == "none" else f"{rule}, {name} {strength:g}"
        games[title] = (rule, PENALTIES[name](slopes, strength))
    return _play(games, step_size, steps, start, ("θ", "ψ"))


def play_bilinear(rules: Sequence[str], *, step_size: float, steps: int, start: Point) -> Orbits:
    """Simulate the bilinear game, min over x and max over y of xy, for each update rule."""
    return _play({rule: (rule, ToyGame(bilinear)) for rule in rules}, step_size, steps, start, ("x", "y"))


def _play(
    games: Mapping[str, tuple[str, ToyGame]], step_size: float, steps: int, start: Point, players: tuple[str, str]
) -> Orbits:
    if len(games) > MOST_ORBITS:
        raise UsageError(f"{len(games)} orbits do not fit into one plot; reduce the number of orbits to {MOST_ORBITS}")
    orbits: dict[str, Orbit] = {}
    rows = []
    for title, (rule, game) in games.items():
        with busy(title):
            path = orbits[title] = orbit(game, RULES[rule], step_size, steps, start)
        distances = radii(path)
        rows.append(
            {
                "name": title,
                "steps": len(path) - 1,
                "first": float(distances[0]),
                "last": float(distances[-1]),
                "fate": fate(path),
                "eigenvalues": [[value.real, value.imag] for value in eigenvalues(game.field)],
            }
        )
    return Orbits(rows, plots.orbits(orbits, players))


@dataclass(frozen=True)
class OptimumComparison:
    """Losses of both players in closed form and with a trained table of logits, divergences, and a PNG plot."""

    closed: Mapping[str, float]
    trained: Mapping[str, float]
    divergences: Mapping[str, float]
    plot: bytes

    @property
    def rows(self) -> list[list[str]]:
        """Return the losses and divergences as the rows of a text table."""
        return _rows(self.closed, self.trained, self.divergences)


def optimal_discriminator(
    objective: str, settings: Mapping[str, Any], *, mean: float, sigma: float, steps: int
) -> OptimumComparison:
    """Compute the optimal discriminator between N(0, 1) and N(mean, sigma²), and train a table of logits."""
    with busy("training the table"):
        both = checked(objective, mean, sigma, steps, **settings)
        divergences = {name: divergence(gaussians(mean, sigma)) for name, divergence in DIVERGENCES.items()}
    is_probability = objective in ODDS
    x = both.densities
    answers = [(logits.sigmoid() if is_probability else logits).numpy() for logits in (both.best, both.table)]
    plot = plots.densities(
        x.x.numpy(),
        (x.p.numpy() / x.step, x.q.numpy() / x.step),
        (answers[0], answers[1]),
        "D(x)" if is_probability else "logit",
        _rows(both.closed, both.trained, divergences),
    )
    return OptimumComparison(both.closed, both.trained, divergences, plot)


def _rows(
    closed: Mapping[str, float], trained: Mapping[str, float], divergences: Mapping[str, float]
) -> list[list[str]]:
    losses = [[f"{player}'s loss", f"{closed[player]:.5f}", f"{trained[player]:.5f}"] for player in closed]
    gaps = [[name, f"{value:.5f}", ""] for name, value in divergences.items()]
    return [["", "closed form", "trained table"], *losses, *gaps]
