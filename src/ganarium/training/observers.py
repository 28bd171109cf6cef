"""Observers of training, and the steps at which they inspect it: at regular intervals, or more often at first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ganarium.config.experiment import Experiment
from ganarium.config.observers import OBSERVERS
from ganarium.core.errors import SettingsError
from ganarium.core.hooks import refuse_misspelt_hooks
from ganarium.losses.objectives import made_by
from ganarium.runs.directory import Run
from ganarium.runs.events import Checkpointed, Event, Finding, Line, Sample, Scored, Span, Stopped
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


class Observer:
    """Base class of observers of a run, whose hooks do nothing unless overridden.

    An observer never changes training. If a hook raises an exception, training continues: the first one is written to
    the log and printed, with the name of the observer; later ones of the same observer are ignored. The time that hooks
    take counts as training time.

    every: steps between calls of `observe`, 0 for a single call at the end; or `MoreAtFirst`
    essential: whether an exception of this observer stops training instead
    """

    every: Interval = 0
    essential: bool = False

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        refuse_misspelt_hooks(cls, Observer)

    def on_start(self, run: Run, step: int) -> None:
        """Begin to observe a run, which has completed `step` steps and is about to start or to resume.

        If it resumes, its log may contain later steps, which will be repeated. An observer that writes files or sends
        data should open them here rather than when it is created.
        """

    def on_line(self, line: Line) -> None:
        """Receive each event except `Stopped` as a line of the log, before the other hook for the event is called.

        The end is received by `on_end`, before it is written to the log.
        """

    def on_span(self, span: Span) -> None:
        """Receive the means of the losses over the last `record.log_every` steps, and the gradient norms."""

    def on_sample(self, sample: Sample, path: Path) -> None:
        """Receive the path of a PNG image: generated samples, or the data if `sample.what` is "data"."""

    def on_score(self, score: Scored) -> None:
        """Receive one score of the generated samples."""

    def on_finding(self, finding: Finding) -> None:
        """Receive a finding about the run or the data."""

    def on_checkpoint(self, checkpoint: Checkpointed, path: Path) -> None:
        """Receive the path of a checkpoint that was just written; older checkpoints may be deleted later."""

    def on_end(self, end: Stopped) -> None:
        """Stop observing the run; the reason is "finished", "interrupted" or "diverged"."""

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event] | None:  # noqa: ARG002
        """Inspect the generator or the translators; return findings and scores to be written to the log, if any.

        The sampler is valid only during this call.
        """
        return None


def recorded_observers(experiment: Experiment) -> list[Observer]:
    """Return the observers in the settings of an experiment.

    Raises `SettingsError` if one of them cannot be created, for example because a package is missing.
    """
    return [OBSERVERS[name].load()(settings) for name, settings in experiment.observers.items()]


def of_own_part(make: Callable[..., object], settings: object) -> Observer:
    """Return the observer of a user's class, or function that returns an observer."""
    made = made_by(make, settings, "the observer")
    if not isinstance(made, Observer):
        raise SettingsError(f"an observer is an instance of ganarium.Observer; got {type(made).__name__}")
    return made


@dataclass(frozen=True)
class Boundaries:
    """The steps at which training pauses for the log, samples, checkpoints or observers."""

    every: Sequence[Interval]
    last: int | None

    def next_after(self, step: int) -> int:
        """Return the first boundary after `step`."""
        ahead = [at for interval in self.every if (at := next_due(interval, step)) is not None]
        return min(ahead if self.last is None else [*ahead, self.last])
