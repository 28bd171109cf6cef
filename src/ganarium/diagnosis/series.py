"""What a run's log says, in courses of numbers; nothing else is read, so that a run may be live, finished or dead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ganarium.runs.events import Event, Finding, Layers, Line, Look, Scored, Span, ended

E = TypeVar("E", bound=Event)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Course:
    """A number as a run went on: values [n] at steps [n], ascending; empty where it was not recorded."""

    steps: Numbers
    values: Numbers

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> Course:
        """Of (step, value) pairs."""
        pairs = np.array(list(points), dtype=np.float64).reshape(-1, 2)
        return cls(pairs[:, 0], pairs[:, 1])

    def __len__(self) -> int:
        return len(self.steps)

    def trailing(self, n: int, by: Callable[[Numbers], float], least: int | None = None) -> Course:
        """Apply `by` to the newest n values at each step, the one of the step among them.

        least: how many values are enough where there are no n yet; n by default
        """
        ends = range(n if least is None else least, len(self) + 1)
        return Course.of((self.steps[end - 1], by(self.values[max(0, end - n) : end])) for end in ends)

    def at(self, steps: Numbers) -> Course:
        """At other steps, the newest value that was known there; those before the first are left out."""
        places = np.searchsorted(self.steps, steps, side="right") - 1
        return Course(steps[places >= 0], self.values[places[places >= 0]])


@dataclass(frozen=True, eq=False)
class Evidence:
    """The lines of a log by what they say, oldest first.

    looks, layers, spans: as they were recorded
    scores: the first score that was taken while it trained
    remarks: what the check of its data found grave
    ended: how it stopped: "finished", "interrupted", "diverged"; "" while it did not
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
        """What standing lines say."""
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
            ended=ended(lines),
        )

    def mean(self, name: str) -> Course:
        """One of the spans' numbers."""
        return Course.of((span.step, span.means[name]) for span in self.spans if name in span.means)


def _all(events: Iterable[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]
