"""Rates of misses and false alarms of each finding, measured by benchmarks/doctor on runs with known faults."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RATES = Path(__file__).with_name("error_rates.json")
Z = 1.96
OFTEN = 0.05  # miss rate above which a healthy diagnosis mentions a finding


@dataclass(frozen=True)
class Rate:
    """A share of runs, with its 95 % confidence interval."""

    wrong: int
    of: int
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.wrong / self.of:.0%} [{100 * self.low:.0f}, {100 * self.high:.0f}]" if self.of else "unknown"


@dataclass(frozen=True)
class Errors:
    """Error rates of a finding.

    missed: share of the runs with the problem in which it is neither found nor suspected
    unsure: share of the runs with the problem in which it is not found with certainty
    alarms: share of the healthy runs in which the problem is found
    """

    missed: Rate
    unsure: Rate
    alarms: Rate


def wilson(wrong: int, of: int) -> Rate:
    """Return a share with its 95 % confidence interval (Wilson 1927)."""
    if not of:
        return Rate(wrong, of, 0.0, 1.0)
    share = wrong / of
    middle, spread = share + Z**2 / (2 * of), Z * (share * (1 - share) / of + Z**2 / (4 * of**2)) ** 0.5
    low, high = max(0.0, (middle - spread) / (1 + Z**2 / of)), min(1.0, (middle + spread) / (1 + Z**2 / of))
    return Rate(wrong, of, low, high)


@cache
def errors_of(finding: str) -> Errors | None:
    """Return the error rates of a finding, given its name; None if the benchmark did not measure them."""
    counts = json.loads(RATES.read_text(encoding="utf-8")).get(finding)
    return counts and Errors(*(wilson(*counts[name]) for name in ("missed", "unsure", "alarms")))
