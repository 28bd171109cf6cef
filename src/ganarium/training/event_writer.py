"""What a sitting writes into its run's log, numbered and timed."""

from time import monotonic

from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Line


class Journal:
    """Numbers events and writes them down."""

    def __init__(self, run: Run, seconds: float) -> None:
        self._run = run
        self.seq, self.phase = run.next_line()
        self._start = monotonic() - seconds

    @property
    def seconds(self) -> float:
        """Seconds of training so far, over all sittings."""
        return monotonic() - self._start

    def write(self, event: Event) -> Line:
        """Put an event into the log."""
        line = Line(event, self.seq, self.phase, self.seconds)
        self._run.append(line)
        self.seq += 1
        return line
