"""A question: how it is measured, and how its answer is shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.speed.effort import Effort

Values = Mapping[str, Any]  # plain data, as JSON holds it


@dataclass(frozen=True)
class Asked:
    """What was asked for.

    ours: words of each of our contenders
    python: an interpreter that has JAX, or none
    """

    effort: Effort
    threads: int
    device: str
    ours: tuple[tuple[str, ...], ...]
    python: str | None

    @property
    def words(self) -> tuple[str, ...]:
        """Settings that hold for all trainings."""
        return (f"engine.device={self.device}", f"engine.threads={self.threads}", *self.effort.words)


@dataclass(frozen=True)
class Question:
    """One section of the page."""

    name: str
    title: str
    measure: Callable[[Asked], Values]
    lines: Callable[[Values], list[str]]


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Markdown."""
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]


def number(value: float) -> str:
    """Three figures, and whole numbers from a hundred on."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
