"""Calls of an observer's hooks during one session of a run; an exception of a hook becomes a finding in the log."""

from collections.abc import Callable, Iterable
from copy import deepcopy
from functools import partial
from typing import final

from ganarium.core.errors import UsageError, described
from ganarium.runs.directory import Run
from ganarium.runs.events import Checkpointed, Event, Finding, Line, Sample, Scored, Span, Stopped, refuse_unwritable
from ganarium.training.observers import MoreAtFirst, Observer
from ganarium.training.sampler import Sampler
from ganarium.training.torch_defaults import settings_kept
from ganarium.training.translator import Translations

FAILED = "observer"  # name of the finding


@final
class AttachedObserver:
    """An observer of one session of a run. Each method returns the events that are to be written to the log."""

    def __init__(self, observer: Observer, run: Run) -> None:
        refuse_other(observer)
        self.observer, self.run, self.every = observer, run, observer.every
        self._reported = False
        self._observing = False

    def start(self, step: int) -> Iterable[Event]:
        """Call the hook for the start of a session."""
        self._observing = True
        return self._called("on_start", step, self.run, step)

    def receive(self, line: Line) -> Iterable[Event]:
        """Call the hooks for a line of the log, unless the observer has not started or has ended."""
        if not self._observing:
            return []
        step = max(0, line.event.step)
        own = line if self.observer.essential else deepcopy(line)  # a hook of the user may change its arguments
        events = self._called("on_line", step, own)
        match own.event:
            case Span():
                return [*events, *self._called("on_span", step, own.event)]
            case Sample(file=file):
                return [*events, *self._called("on_sample", step, own.event, self.run.path / file)]
            case Scored():
                return [*events, *self._called("on_score", step, own.event)]
            case Finding():
                return [*events, *self._called("on_finding", step, own.event)]
            case Checkpointed(file=file):
                return [*events, *self._called("on_checkpoint", step, own.event, self.run.path / file)]
            case _:
                return events

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """Call the hook that inspects the generator or the translators."""
        if self.observer.essential:
            return self.observer.observe(step, sampler) or ()
        returned: list[Event] = []
        failed = self._called("observe", step, step, sampler, use=partial(_collect, returned, step))
        return [*returned, *failed]

    def end(self, stopped: Stopped) -> Iterable[Event]:
        """Call the hook for the end of a session, once."""
        observing, self._observing = self._observing, False
        return self._called("on_end", stopped.step, stopped) if observing else []

    def _called(
        self, hook: str, step: int, *arguments: object, use: Callable[[object], None] = lambda _: None
    ) -> list[Event]:
        """Call a hook and use the value that it returns; return its first exception as a finding."""
        call = getattr(self.observer, hook)
        if self.observer.essential:
            use(call(*arguments))
            return []
        try:
            with settings_kept():
                use(call(*arguments))
        except Exception as error:  # whatever a user's code raises
            if self._reported:
                return []
            self._reported = True
            return [Finding(step, FAILED, _sentence(f"{type(self.observer).__name__}.{hook}", error))]
        return []


def _collect(into: list[Event], step: int, returned: object) -> None:
    """Append the events that `observe` returned. Raises `TypeError` or `ValueError` if they cannot be written."""
    for event in returned if isinstance(returned, Iterable) else [] if returned is None else [returned]:
        if not isinstance(event, Finding | Scored):
            raise TypeError(f"observe returns findings and scores, not {type(event).__name__}")
        if event.step != step:
            raise ValueError(f"an event of step {event.step} was returned at step {step}")
        refuse_unwritable(event)
        into.append(event)


def _sentence(hook: str, error: Exception) -> str:
    return f"{hook} raised {described(error)}; training continues, and further errors of this observer are not reported"


def refuse_other(observer: object) -> None:
    """Raise `UsageError` unless the object is an observer with a valid interval."""
    if not isinstance(observer, Observer):
        given = observer.__name__ if isinstance(observer, type) else type(observer).__name__
        instance = f"; create it: {given}()" if isinstance(observer, type) and issubclass(observer, Observer) else ""
        raise UsageError(f"observers: {given} is not an instance of ganarium.Observer{instance}")
    every = observer.every
    if isinstance(every, MoreAtFirst) or (isinstance(every, int) and not isinstance(every, bool) and every >= 0):
        return
    raise UsageError(f"observers: {type(observer).__name__}.every={every!r}: must be a number of steps, 0 or more")
