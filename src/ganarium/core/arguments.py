"""Validation of arguments of the public functions."""

from collections.abc import Sequence
from math import isnan
from operator import index
from pathlib import Path
from typing import Any

from ganarium.core.errors import UsageError, suggestion

MOST_SAMPLES = 1_000_000  # maximum number of samples per call
LONGEST = 60  # maximum number of characters of a value in a message


def whole_number(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return `value` as an int between `low` and `high`; accept Python, NumPy and tensor integers.

    Raises `UsageError`, whose message begins with the argument's name, for any other value, including booleans.

    >>> whole_number("n", 64, 1)
    64
    >>> whole_number("seed", -1, 0)
    Traceback (most recent call last):
    ganarium.core.errors.UsageError: seed=-1: must be 0 or more
    """
    try:
        number = None if _is_truth(value) else index(value)
    except (TypeError, ValueError, RuntimeError):
        number = None
    if number is None:
        raise UsageError(f"{named(name, value)}: must be a whole number")
    if number < low or (high is not None and number > high):
        between = f"{low:,} or more" if high is None else f"between {low:,} and {high:,}"
        raise UsageError(f"{named(name, number)}: must be {between}")
    return number


def number_above_zero(name: str, value: Any, example: float) -> float:
    """Return `value` as a float above 0.

    Raises `UsageError`, whose message begins with the argument's name, for any other value.
    """
    try:
        number = None if isinstance(value, str | bytes) or _is_truth(value) else float(value)
    except (TypeError, ValueError, RuntimeError):
        number = None
    if number is None or isnan(number) or number <= 0:
        raise UsageError(f"{named(name, value)}: must be a number above 0, for example {example:g}")
    return number


def one_of(name: str, value: Any, known: Sequence[str]) -> None:
    """Raise `UsageError`, whose message suggests the nearest name, if an argument is not one of the known names.

    >>> one_of("split", "val", ["validation", "test"])
    Traceback (most recent call last):
    ganarium.core.errors.UsageError: split='val': no such split; did you mean validation?
    """
    if not isinstance(value, str) or value not in known:
        raise UsageError(f"{named(name, value)}: no such {name}{suggestion(str(value), known)}")


def some_path(name: str, value: Any) -> Path:
    """Return a path that is given as a string or a `Path`. Raises `UsageError` for anything else."""
    if not isinstance(value, str | Path):
        raise UsageError(f"{named(name, value)}: pass a path as a string or a pathlib.Path")
    return Path(value)


def refuse_uncallable(name: str, value: Any) -> None:
    """Raise `UsageError` if an argument is neither None nor a function."""
    if value is not None and not callable(value):
        raise UsageError(f"{named(name, value)}: pass a function, for example {name}=print")


def named(name: str, value: Any) -> str:
    """Format an argument as `name=value` for a message, with the type in place of a long value.

    >>> named("seeds", "1,2"), named("seeds", list(range(100)))
    ("seeds='1,2'", 'seeds=list')
    """
    try:
        text = " ".join(repr(value).split())
    except ValueError:  # an integer of more than 4,300 digits
        return f"{name}={type(value).__name__}"
    return f"{name}={text if len(text) <= LONGEST else type(value).__name__}"


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")
