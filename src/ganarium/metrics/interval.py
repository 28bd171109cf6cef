"""Values with their standard errors, without importing torch."""

from typing import NamedTuple

SURE = 1.96  # half-width of a 95 % interval, in standard errors


class Estimate(NamedTuple):
    """A value and its standard error, in the same unit."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % confidence interval, assuming normal errors."""
        return self.value - SURE * self.error, self.value + SURE * self.error
