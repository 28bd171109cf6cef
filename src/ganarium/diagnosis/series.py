"""Time series of the numbers in a run's log, the only source of a diagnosis for running and finished runs alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ganarium.runs.events import Event, Finding, Layers, Line, Look, Scored, Span, stop_reason

E = TypeVar("E", bound=Event)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Course:
    """The time series of a number: values [n] at steps [n], ascending; empty if it was not recorded."""

    steps: Numbers
    values: Numbers

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> Course:
        """Create a series from (step, value) pairs."""
        pairs = np.array(list(points), dtype=np.float64).reshape(-1, 2)
        return cls(pairs[:, 0], pairs[:, 1])

    def __len__(self) -> int:
        return len(self.steps)

    def trailing(self, n: int, by: Callable[[Numbers], float], least: int | None = None) -> Course:
        """Apply `by` to the newest n values up to and including each step.

        least: how many values suffice before there are n; n by default
        """
        ends = range(n if least is None else least, len(self) + 1)
        return Course.of((self.steps[end - 1], by(self.values[max(0, end - n) : end])) for end in ends)

    def at(self, steps: Numbers) -> Course:
        """Return the newest known value at each of the given steps; steps before the first value are left out."""
        places = np.searchsorted(self.steps, steps, side="right") - 1
        return Course(steps[places >= 0], self.values[places[places >= 0]])


@dataclass(frozen=True, eq=False)
class Evidence:
    """The lines of a log grouped by type, oldest first.

    looks, layers, spans: as they were recorded
    scores: the first of the scores that were recorded during training
    remarks: serious faults that the data check found
    ended: how the run stopped: "finished", "interrupted", "diverged"; "" if it did not
    """

    step: int
    spans: Sequence[Span]
    looks: Sequence[Look]
    layers: Sequence[Layers]
    scores: Course
    remarks: Sequence[Finding]
    ended: str = ""

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Evidence:
        """Create evidence from the valid lines of a log."""
        lines = list(lines)
        events = [line.event for line in lines]
        scored = _all(events, Scored)
        return cls(
            step=max((event.step for event in events), default=0),
            spans=_all(events, Span),
            looks=_all(events, Look),
            layers=_all(events, Layers),
            scores=Course.of((one.step, one.value) for one in scored if one.name == scored[0].name),
            remarks=[one for one in _all(events, Finding) if one.grave and one.step == 0],
            ended=stop_reason(lines),
        )

    def mean(self, name: str) -> Course:
        """Return one of the numbers of the spans as a series."""
        return Course.of((span.step, span.means[name]) for span in self.spans if name in span.means)


def _all(events: Iterable[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]
