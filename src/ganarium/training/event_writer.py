"""Writer of a run's log, which numbers events and records their times."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Line


class EventWriter:
    """Writer that numbers events and appends each to a run's log."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self.seq, self.phase = run.next_line()
        self._start = monotonic() - seconds
        self._stands_since = 0.0  # when the clock was stopped; 0 while it runs

    @property
    def seconds(self) -> float:
        """Return the seconds of training so far, including earlier sessions."""
        return (self._stands_since or monotonic()) - self._start

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Do not count the time inside the block as training time."""
        self._stands_since = monotonic()
        try:
            yield
        finally:
            self._start += monotonic() - self._stands_since
            self._stands_since = 0.0

    def write(self, event: Event) -> Line:
        """Append an event to the log and return its line."""
        line = Line(event, self.seq, self.phase, self.seconds)
        self._run.append(line)
        self.seq += 1
        return line
