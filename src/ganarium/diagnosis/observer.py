"""An observer that diagnoses a run during training and logs new findings."""

from collections.abc import Iterable, Sequence

from ganarium.diagnosis.diagnose import diagnose
from ganarium.diagnosis.monitor import visits_of, watch
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line, Resumed, current_lines
from ganarium.training.observers import Observer
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

OFTEN = 50  # first visits that all diagnose; of later ones ever fewer and the last do, as reading the log takes time


class Doctor:
    """An observer that logs each finding when it first becomes serious."""

    def __init__(self, run: Run) -> None:
        record = run.experiment.record
        self.every, self._looks, self._last = visits_of(record), record.monitor_every, run.experiment.train.steps
        self._kinds: Sequence[str] = run.provenance.classes
        self._lines = run.events()

    def receive(self, line: Line) -> None:
        """Add a line of the log to the evidence."""
        self._lines.append(line)
        if isinstance(line.event, Resumed):
            self._lines = current_lines(iter(self._lines))

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:  # noqa: ARG002
        """Yield the serious findings that were not serious at the previous diagnosis."""
        number = step // self._looks if self._looks else 1
        if step != self._last and number > OFTEN and number % (number // OFTEN):
            return
        findings = [line.event for line in self._lines if isinstance(line.event, Finding)]
        known = {found.name for found in findings if found.since is not None}  # data findings have no first step
        for found in diagnose(self._lines, self._kinds).grave:
            if found.name not in known:
                yield found.event(step)


def attended(run: Run) -> list[Observer]:
    """Return the observers that monitor a run, where possible, and diagnose it; none if snapshots are disabled."""
    looks = watch(run.experiment)
    doctor = [Doctor(run)] if run.experiment.record.monitor_every else []
    return [*([looks] if looks else []), *doctor]
