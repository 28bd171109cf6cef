"""Types shared by the benchmarks: options, questions and tables."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.speed.effort import Effort

Values = Mapping[str, Any]  # plain data, as in JSON


@dataclass(frozen=True)
class Options:
    """Options of the benchmark.

    ours: settings of each additional ganarium contender
    python: path of a Python interpreter with JAX, or None
    """

    effort: Effort
    threads: int
    device: str
    ours: tuple[tuple[str, ...], ...]
    python: str | None

    @property
    def words(self) -> tuple[str, ...]:
        """Return the setting overrides for all trainings."""
        return (f"engine.device={self.device}", f"engine.threads={self.threads}", *self.effort.words)


@dataclass(frozen=True)
class Question:
    """One section of the page: a measurement, and a function that formats its values."""

    name: str
    title: str
    measure: Callable[[Options], Values]
    lines: Callable[[Values], list[str]]


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return a Markdown table."""
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]


def number(value: float) -> str:
    """Format with three significant digits, or as a whole number if at least 100."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
