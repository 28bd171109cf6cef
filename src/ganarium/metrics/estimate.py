"""A number that was estimated, and how sure it is."""

from typing import NamedTuple


class Estimate(NamedTuple):
    """A value and its standard error, in the same unit."""

    value: float
    error: float
