"""Schedules of observers' visits: at regular intervals, or more often at first."""

from collections.abc import Sequence
from dataclasses import dataclass

# (until, most): the most steps between two visits before step `until`, so that even a short run has several visits.
AT_FIRST = ((250, 25), (500, 50), (1_000, 100), (2_500, 250))


@dataclass(frozen=True)
class MoreAtFirst:
    """Visits every 25 steps at first, then gradually less often, down to every `every` steps."""

    every: int

    def after(self, step: int) -> int:
        """Return the step of the first visit after `step`."""
        often = (most for until, most in AT_FIRST if step < until)
        interval = min(self.every, next(often, self.every))
        return step - step % interval + interval


Visits = int | MoreAtFirst  # an interval in steps, 0 for only one visit at the end; or more often at first


def next_visit(visits: Visits, step: int) -> int | None:
    """Return the step of the first visit after `step`; None if there is none before the end."""
    if isinstance(visits, MoreAtFirst):
        return visits.after(step)
    return step - step % visits + visits if visits else None


def is_due(visits: Visits, step: int) -> bool:
    """Return whether there is a visit at `step`."""
    return step > 0 and next_visit(visits, step - 1) == step


@dataclass(frozen=True)
class Boundaries:
    """The steps at which training pauses for the log, samples, checkpoints or visits."""

    every: Sequence[Visits]
    last: int | None

    def next_after(self, step: int) -> int:
        """Return the first boundary after `step`."""
        ahead = [at for visits in self.every if (at := next_visit(visits, step)) is not None]
        return min(ahead if self.last is None else [*ahead, self.last])
