"""Courses of scheduled settings: how a setting changes between two points of a training."""

from math import cos, pi
from typing import Any, Literal

from pydantic import Field

Course = Literal["constant", "linear", "cosine"]


def along(course: Course, final: float, progress: float, start: float = 0.0, end: float = 1.0) -> float:
    """Return a factor that is 1 up to `start`, goes to `final` between `start` and `end`, and stays there.

    progress, start, end: fractions of the horizon; start < end

    >>> [along("linear", 0.5, progress) for progress in (0, 0.5, 1, 2)]
    [1.0, 0.75, 0.5, 0.5]
    >>> [along("linear", 0.5, progress, start=0.5) for progress in (0, 0.5, 0.75, 1)]
    [1.0, 1.0, 0.75, 0.5]
    """
    if course == "constant":
        return 1.0
    done = min(1.0, max(0.0, (progress - start) / (end - start)))
    left = 1 - done if course == "linear" else (1 + cos(pi * done)) / 2
    return final + (1 - final) * left


def window_start() -> Any:
    """Return the field of the point at which a schedule starts."""
    return Field(0.0, ge=0, lt=1, description="point at which the schedule starts, as a fraction of train.horizon")


def window_end() -> Any:
    """Return the field of the point at which a schedule ends."""
    return Field(1.0, gt=0, le=1, description="point at which the schedule ends, as a fraction of train.horizon")


def refuse_empty_window(name: str, start: float, end: float) -> None:
    """Raise `ValueError` if a schedule does not start before its end; `name` is the prefix of the two settings."""
    if start >= end:
        raise ValueError(f"{name}_start={start:g} is not before {name}_end={end:g}; use {name}_start < {name}_end")
