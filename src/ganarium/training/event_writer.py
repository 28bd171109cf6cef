"""Writer of a run's log, which numbers events and records their times."""

from time import monotonic

from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Line


class EventWriter:
    """Writer that numbers events and appends each to a run's log."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self.seq, self.phase = run.next_line()
        self._start = monotonic() - seconds

    @property
    def seconds(self) -> float:
        """Return the seconds of training so far, including earlier sessions."""
        return monotonic() - self._start

    def write(self, event: Event) -> Line:
        """Append an event to the log and return its line."""
        line = Line(event, self.seq, self.phase, self.seconds)
        self._run.append(line)
        self.seq += 1
        return line
