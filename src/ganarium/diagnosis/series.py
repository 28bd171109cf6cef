"""Time series of the numbers in a run's log, which is the only input of a diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ganarium.runs.events import Event, Finding, Layers, Line, Scored, Snapshot, Span, stop_reason

E = TypeVar("E", bound=Event)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Series:
    """A time series: values [n] at ascending steps [n]; empty if the number was not recorded."""

    steps: Numbers
    values: Numbers

    @classmethod
    def of(cls, points: Iterable[tuple[float, float]]) -> Series:
        """Create a series from (step, value) pairs."""
        pairs = np.array(list(points), dtype=np.float64).reshape(-1, 2)
        return cls(pairs[:, 0], pairs[:, 1])

    def __len__(self) -> int:
        return len(self.steps)

    def trailing(self, n: int, reduce: Callable[[Numbers], float], least: int | None = None) -> Series:
        """Apply `reduce` to the newest n values up to and including each step.

        least: number of values that suffice at the start of the series; n by default
        """
        ends = range(n if least is None else least, len(self) + 1)
        return Series.of((self.steps[end - 1], reduce(self.values[max(0, end - n) : end])) for end in ends)

    def at(self, steps: Numbers) -> Series:
        """Return the newest known value at each of the given steps; steps before the first value are left out."""
        places = np.searchsorted(self.steps, steps, side="right") - 1
        return Series(steps[places >= 0], self.values[places[places >= 0]])


@dataclass(frozen=True, eq=False)
class GroupedEvents:
    """The events of a log grouped by type, oldest first.

    snapshots, layers, spans: as recorded
    scores: the first of the scores recorded during training
    data_faults: severe faults that the data check found
    ended: the reason why the run stopped: "finished", "interrupted" or "diverged"; "" if it has not stopped
    """

    step: int
    spans: Sequence[Span]
    snapshots: Sequence[Snapshot]
    layers: Sequence[Layers]
    scores: Series
    data_faults: Sequence[Finding]
    ended: str = ""

    @classmethod
    def of(cls, lines: Iterable[Line]) -> GroupedEvents:
        """Create the history from the valid lines of a log."""
        lines = list(lines)
        events = [line.event for line in lines]
        scored = _of_type(events, Scored)
        return cls(
            step=max((event.step for event in events), default=0),
            spans=_of_type(events, Span),
            snapshots=_of_type(events, Snapshot),
            layers=_of_type(events, Layers),
            scores=Series.of((one.step, one.value) for one in scored if one.name == scored[0].name),
            data_faults=[one for one in _of_type(events, Finding) if one.grave and one.step == 0],
            ended=stop_reason(lines),
        )

    def mean(self, name: str) -> Series:
        """Return the time series of a number recorded in the spans."""
        return Series.of((span.step, span.means[name]) for span in self.spans if name in span.means)


@dataclass(frozen=True)
class Signal:
    """A diagnostic number over the course of a run, computed from its log.

    name: machine-readable name, as in JSON
    title: the name shown on screens
    meaning: one sentence that explains the number
    compute: function from the history to the series
    recorded: the type of events used: "snapshots", "spans" or "layers"
    width: number of these events per value
    """

    name: str
    title: str
    meaning: str
    compute: Callable[[GroupedEvents], Series]
    recorded: str
    width: int

    def __call__(self, history: GroupedEvents) -> Series:
        return self.compute(history)

    def window_start(self, history: GroupedEvents, step: int) -> int:
        """Return the step of the first event that contributes to the value at a step."""
        steps = [one.step for one in getattr(history, self.recorded) if one.step <= step]
        return steps[-self.width :][0] if steps else step


def _of_type(events: Iterable[Event], type_: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, type_)]
