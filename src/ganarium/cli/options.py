"""Parsing of option values; errors suggest the nearest valid value."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from ganarium.core.errors import UnknownNameError, UsageError

STRENGTHS = {"r1": 0.3, "r2": 0.3, "clipping": 1.0, "gradient-penalty": 0.5, "instance-noise": 1.0, "consensus": 1.0}


def known(noun: str, name: str, names: Iterable[str]) -> str:
    """Return the name if it is one of `names`; raise `UnknownNameError` otherwise."""
    if name not in (listed := list(names)):
        raise UnknownNameError(noun, name, listed)
    return name


def weights_named(name: str | None) -> Any:
    """Validate the name of a set of generator weights; None stands for the default."""
    return None if name is None else known("weights", name, ["ema", "raw"])


def step_named(text: str | None) -> Any:
    """Parse the value of --at: return a step as an int, and `best` or None (the newest checkpoint) unchanged."""
    if text in (None, "best"):
        return text
    if not str(text).isdecimal():
        raise UsageError(f"--at {text}: must be a step number or best")
    return int(str(text))


def split_named(name: str) -> Any:
    """Validate the name of a held-out split."""
    return known("split", name, ["test", "validation"])


def seeds_in(option: str, text: str) -> list[int]:
    """Parse `1,2,3` as [1, 2, 3]; raise `UsageError` for negative numbers."""
    try:
        seeds = [int(word) for word in text.split(",")]
    except ValueError:
        raise UsageError(f"{option} {text}: must be whole numbers separated by commas, for example 1,2,3") from None
    if min(seeds) < 0:
        raise UsageError(f"{option} {text}: seeds must not be negative")
    return seeds


def objective_settings(objective: str, words: list[str]) -> dict[str, Any]:
    """Return the settings of an objective; `divergence=js` and `objective.divergence=js` are equivalent."""
    from ganarium.config.overrides import ANY, override

    own = [word if word.startswith("objective.") else f"objective.{word}" for word in words]
    return override(ANY, [f"objective={objective}", *own]).objective.model_dump(exclude={"kind"})


def strength(text: str, names: Iterable[str]) -> tuple[str, float]:
    """Parse `r1=0.3` as ("r1", 0.3); without a strength, use a default with a visible effect."""
    name, equals, number = text.partition("=")
    known("penalty", name, names)
    if equals and name not in STRENGTHS:
        raise UsageError(f"--penalty {text}: {name} has no strength; write --penalty {name}")
    try:
        value = float(number) if equals else STRENGTHS.get(name, 0.0)
    except ValueError:
        raise UsageError(f"--penalty {text}: must be NAME=STRENGTH, for example r1=0.3") from None
    if not 0 <= value < float("inf"):
        raise UsageError(f"--penalty {text}: the strength must be finite and not negative")
    return name, value


def above_zero(option: str, number: float, example: float) -> float:
    """Return a finite number above 0; raise `UsageError` otherwise."""
    if not 0 < number < float("inf"):
        raise UsageError(f"{option} {number:g}: must be above 0, for example {example:g}")
    return number


def point(text: str) -> tuple[float, float]:
    """Parse `1,-1` as (1.0, -1.0)."""
    try:
        first, second = (float(word) for word in text.split(","))
    except ValueError:
        first = second = float("nan")
    if not (isfinite(first) and isfinite(second)):
        raise UsageError(f"--start {text}: must be two numbers separated by a comma, for example 1,-1")
    return first, second


def between(option: str, number: float, low: float, high: float) -> float:
    """Return a number in [low, high]; raise `UsageError` otherwise."""
    if not low <= number <= high:
        raise UsageError(f"{option} {number:g}: must be between {low:g} and {high:g}")
    return number
