"""Validation of numeric arguments."""

from math import isnan
from operator import index
from typing import Any

from ganarium.core.errors import UsageError

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


def named(name: str, value: Any) -> str:
    """Format an argument as `name=value` for a message, with the type in place of a long value.

    >>> named("seeds", "1,2"), named("seeds", list(range(100)))
    ("seeds='1,2'", 'seeds=list')
    """
    text = " ".join(repr(value).split())
    return f"{name}={text if len(text) <= LONGEST else type(value).__name__}"


def _is_truth(value: Any) -> bool:
    return isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")
