"""Observers of training, and the steps at which they are called: at regular intervals, or more often at first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ganarium.runs.events import Event, Line
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

# (until, most): maximum number of steps between calls before step `until`, so that even a short run has several calls.
AT_FIRST = ((250, 25), (500, 50), (1_000, 100), (2_500, 250))


@dataclass(frozen=True)
class MoreAtFirst:
    """Interval between calls that starts at 25 steps and grows to `every` steps."""

    every: int

    def after(self, step: int) -> int:
        """Return the step of the first call after `step`."""
        often = (most for until, most in AT_FIRST if step < until)
        interval = min(self.every, next(often, self.every))
        return step - step % interval + interval


Interval = int | MoreAtFirst  # steps between calls, 0 for only one at the end; or more often at first


def next_due(interval: Interval, step: int) -> int | None:
    """Return the step of the first call after `step`; None if there is none before the end."""
    if isinstance(interval, MoreAtFirst):
        return interval.after(step)
    return step - step % interval + interval if interval else None


def is_due(interval: Interval, step: int) -> bool:
    """Return whether an observer with this interval is called at `step`."""
    return step > 0 and next_due(interval, step - 1) == step


class Observer(Protocol):
    """Observer of a run, which must not use the random streams of training.

    every: steps between observations, 0 for only one at the end; or `MoreAtFirst`
    """

    @property
    def every(self) -> Interval:
        """Return the interval between observations; a plain attribute also works."""

    def receive(self, line: Line) -> None:
        """Receive each line of the log as it is written."""

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """Inspect the generator or the translators; return events to be written to the log."""


@dataclass(frozen=True)
class Boundaries:
    """The steps at which training pauses for the log, samples, checkpoints or observers."""

    every: Sequence[Interval]
    last: int | None

    def next_after(self, step: int) -> int:
        """Return the first boundary after `step`."""
        ahead = [at for interval in self.every if (at := next_due(interval, step)) is not None]
        return min(ahead if self.last is None else [*ahead, self.last])
