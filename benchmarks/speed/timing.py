"""Timing of contenders in alternating rounds, with ratios computed per round because machine speed drifts."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

Advance = Callable[[int], None]  # runs n steps and returns when they are complete
MOST = 2_000  # maximum number of steps per round
FEWEST = 3  # minimum number of rounds, unless fewer are requested


def seconds(work: Callable[[], Any]) -> float:
    """Return the duration of a call in seconds."""
    start = perf_counter()
    work()
    return perf_counter() - start


def steps_for(advance: Advance, round_seconds: float) -> int:
    """Return the number of steps that take about `round_seconds` seconds, after a warm-up."""
    advance(1)
    return max(1, min(MOST, round(round_seconds / seconds(partial(advance, 1)))))


@dataclass(frozen=True)
class Pace:
    """Number of rounds, and seconds per contender in each round.

    patience: seconds after which no new round begins, once `FEWEST` rounds are complete
    """

    rounds: int
    round_seconds: float
    patience: float


def measure_rates(contenders: Mapping[str, Advance], pace: Pace) -> dict[str, list[float]]:
    """Return the steps per second of each contender in each round, after one discarded round."""
    steps = {name: steps_for(advance, pace.round_seconds) for name, advance in contenders.items()}
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
    """Return the three quartiles, rounded to four significant digits."""
    cuts = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return [float(f"{cut:.4g}") for cut in cuts]


def relative_to(found: Mapping[str, list[float]], base: str) -> dict[str, dict[str, list[float]]]:
    """Return the quartiles of steps per second, and of the ratios to contender `base` in the same round."""
    return {
        name: {
            "steps_per_second": quartiles(rates),
            "ratio": quartiles([a / b for a, b in zip(rates, found[base], strict=True)]),
        }
        for name, rates in found.items()
    }
