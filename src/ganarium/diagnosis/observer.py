"""The doctor at the bedside: an observer that reads the log as it grows, and writes down what is new."""

from collections.abc import Iterable, Sequence

from ganarium.diagnosis.diagnose import diagnose
from ganarium.diagnosis.monitor import visits_of, watch
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line, Resumed, standing
from ganarium.training.sampler import Sampler
from ganarium.training.sitting import Observer
from ganarium.training.translations import Translations

OFTEN = (
    50  # visits of which each is used; later ones ever more seldom, but the last, as reading all of a log takes time
)


class Doctor:
    """Writes each finding once, when it is grave first."""

    def __init__(self, run: Run) -> None:
        record = run.experiment.record
        self.every, self._looks, self._last = visits_of(record), record.looks, run.experiment.train.steps
        self._kinds: Sequence[str] = run.birth.classes
        self._lines = run.events()

    def receive(self, line: Line) -> None:
        """Every line is read."""
        self._lines.append(line)
        if isinstance(line.event, Resumed):
            self._lines = standing(iter(self._lines))

    def visit(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:  # noqa: ARG002
        """What is grave and was not so when it was last looked."""
        number = step // self._looks if self._looks else 1
        if step != self._last and number > OFTEN and number % (number // OFTEN):
            return
        findings = [line.event for line in self._lines if isinstance(line.event, Finding)]
        known = {found.name for found in findings if found.since is not None}  # remarks on data begin nowhere
        for found in diagnose(self._lines, self._kinds).grave:
            if found.name not in known:
                yield found.event(step)


def attended(run: Run) -> list[Observer]:
    """Who looks at a run, where anything can be looked at, and who reads its log; nobody where no looks are wanted."""
    looks = watch(run.experiment)
    doctor = [Doctor(run)] if run.experiment.record.looks else []
    return [*([looks] if looks else []), *doctor]
