"""An observer that diagnoses a run during training and logs new findings."""

from collections.abc import Iterable, Sequence
from typing import final

from ganarium.diagnosis.diagnose import diagnose
from ganarium.diagnosis.monitor import monitor_for, monitor_schedule
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line, Resumed, current_lines
from ganarium.training.observers import Observer
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

ALWAYS = 50  # initial visits that all run the diagnosis; later, fewer and fewer do, because it reads the whole log


@final
class DiagnosisObserver(Observer):
    """An observer that logs each finding when it first becomes severe."""

    essential = True

    def __init__(self, run: Run) -> None:
        record = run.experiment.record
        self.every, self._interval, self._last = (
            monitor_schedule(record),
            record.monitor_every,
            run.experiment.train.steps,
        )
        self._classes: Sequence[str] = run.provenance.classes
        self._lines = run.events()

    def on_line(self, line: Line) -> None:
        """Add a line of the log to the history."""
        self._lines.append(line)
        if isinstance(line.event, Resumed):
            self._lines = current_lines(iter(self._lines))

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:  # noqa: ARG002
        """Yield the severe findings that were not severe at the previous diagnosis."""
        number = step // self._interval if self._interval else 1
        if step != self._last and number > ALWAYS and number % (number // ALWAYS):
            return
        findings = [line.event for line in self._lines if isinstance(line.event, Finding)]
        known = {finding.name for finding in findings if finding.since is not None}  # data findings have no first step
        for finding in diagnose(self._lines, self._classes).severe:
            if finding.name not in known:
                yield finding.event(step)


def diagnosis_observers(run: Run) -> list[Observer]:
    """Return the observers that monitor and diagnose a run; empty if snapshots are disabled."""
    monitor = monitor_for(run.experiment)
    doctor = [DiagnosisObserver(run)] if run.experiment.record.monitor_every else []
    return [*([monitor] if monitor else []), *doctor]
