"""What the words of verbs mean; a wrong one is answered with the nearest right one."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

from ganarium.core.errors import UnknownNameError, UsageError

STRENGTHS = {"r1": 0.3, "r2": 0.3, "clipping": 1.0, "gradient-penalty": 0.5, "instance-noise": 1.0, "consensus": 1.0}


def known(noun: str, name: str, names: Iterable[str]) -> str:
    """The name, if it is one of these."""
    if name not in (listed := list(names)):
        raise UnknownNameError(noun, name, listed)
    return name


def weights_named(name: str | None) -> Any:
    """Which set of a generator's weights; None for the default."""
    return None if name is None else known("weights", name, ["ema", "raw"])


def step_named(text: str | None) -> Any:
    """`500` as 500, `best` as it is; None for the newest."""
    if text in (None, "best"):
        return text
    if not str(text).isdecimal():
        raise UsageError(f"--at {text}: must be a step, or best")
    return int(str(text))


def split_named(name: str) -> Any:
    """What was held out."""
    return known("split", name, ["test", "validation"])


def numbers(option: str, text: str) -> list[int]:
    """`1,2,3` as [1, 2, 3]; none negative."""
    try:
        found = [int(word) for word in text.split(",")]
    except ValueError:
        raise UsageError(f"{option} {text}: must be whole numbers with commas, for example 1,2,3") from None
    if min(found) < 0:
        raise UsageError(f"{option} {text}: seeds are not negative")
    return found


def objective_settings(objective: str, words: list[str]) -> dict[str, Any]:
    """The settings of an objective; `divergence=js` and `objective.divergence=js` say the same."""
    from ganarium.config.overrides import ANY, override

    own = [word if word.startswith("objective.") else f"objective.{word}" for word in words]
    return override(ANY, [f"objective={objective}", *own]).objective.model_dump(exclude={"kind"})


def strength(text: str, names: Iterable[str]) -> tuple[str, float]:
    """`r1=0.3` as ("r1", 0.3); without a strength, one at which it can be seen."""
    name, equals, number = text.partition("=")
    known("penalty", name, names)
    if equals and name not in STRENGTHS:
        raise UsageError(f"--penalty {text}: {name} has no strength; write --penalty {name}")
    try:
        asked = float(number) if equals else STRENGTHS.get(name, 0.0)
    except ValueError:
        raise UsageError(f"--penalty {text}: write it as NAME=STRENGTH, for example r1=0.3") from None
    if not 0 <= asked < float("inf"):
        raise UsageError(f"--penalty {text}: a strength is not negative")
    return name, asked


def above_zero(option: str, number: float, example: float) -> float:
    """A finite number above 0."""
    if not 0 < number < float("inf"):
        raise UsageError(f"{option} {number:g}: must be above 0, for example {example:g}")
    return number


def point(text: str) -> tuple[float, float]:
    """`1,-1` as (1.0, -1.0)."""
    try:
        first, second = (float(word) for word in text.split(","))
    except ValueError:
        first = second = float("nan")
    if not (isfinite(first) and isfinite(second)):
        raise UsageError(f"--start {text}: must be two numbers with a comma, for example 1,-1")
    return first, second


def between(option: str, number: float, low: float, high: float) -> float:
    """A number in [low, high]."""
    if not low <= number <= high:
        raise UsageError(f"{option} {number:g}: must lie between {low:g} and {high:g}")
    return number
