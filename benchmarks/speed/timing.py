"""Contenders take turns in one call, since machines drift; ratios are taken pair by pair."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

Advance = Callable[[int], None]  # n steps, which are made when it returns
MOST = 2_000  # steps in a turn
FEWEST = 3  # rounds, unless fewer are asked for


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def steps_for(advance: Advance, turn: float) -> int:
    """So many steps take about that long; it warms up first."""
    advance(1)
    return max(1, min(MOST, round(turn / seconds(partial(advance, 1)))))


@dataclass(frozen=True)
class Pace:
    """How long contenders take turns: about so many seconds each, so many rounds.

    patience: seconds after which no round begins, though there are at least `FEWEST`
    """

    rounds: int
    turn: float
    patience: float


def turns(contenders: Mapping[str, Advance], pace: Pace) -> dict[str, list[float]]:
    """Steps a second of each contender in each round, after one turn each that does not count."""
    steps = {name: steps_for(advance, pace.turn) for name, advance in contenders.items()}
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for name, advance in contenders.items():
        advance(steps[name])
    start = perf_counter()
    for done in range(pace.rounds):
        if done >= FEWEST and perf_counter() - start > pace.patience:
            break
        for name, advance in contenders.items():
            found[name].append(steps[name] / seconds(partial(advance, steps[name])))
    return found


def quartiles(values: list[float]) -> list[float]:
    """25 %, 50 % and 75 %, to four figures."""
    cuts = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return [float(f"{cut:.4g}") for cut in cuts]


def beside(found: Mapping[str, list[float]], base: str) -> dict[str, dict[str, list[float]]]:
    """Quartiles of steps a second, and of their ratios to the base's in the same round."""
    return {
        name: {
            "steps_per_second": quartiles(rates),
            "ratio": quartiles([a / b for a, b in zip(rates, found[base], strict=True)]),
        }
        for name, rates in found.items()
    }
