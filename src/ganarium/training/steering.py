"""Steering of a training run: what the requests in its directory mean for its next steps."""

from collections.abc import Iterator, Mapping, Sequence
from time import monotonic
from typing import final

from ganarium.config.experiment import MOST_ONE_PLAYER_STEPS, Experiment
from ganarium.core.errors import GanariumError, RunError, UsageError
from ganarium.core.escape import printable
from ganarium.runs.directory import Run
from ganarium.runs.events import Line, Steered
from ganarium.runs.requests import (
    MOST_FILES,
    NAME,
    Action,
    Request,
    Value,
    checked,
    delete_request,
    read_request,
    waiting_requests,
)
from ganarium.training.one_player import with_one_player_steps, without_one_player_steps
from ganarium.training.player import Side

POLL_SECONDS = 0.1  # between two looks for requests while training waits
SHORTEST_POLL = 0.05  # between two looks while training makes steps
LONGEST_ACTION = 20  # characters of an unknown action in the log
DONE: Mapping[str, str] = {
    "pause": "paused",
    "continue": "continued",
    "discriminator": "updated only the discriminator",
    "generator": "updated only the generator",
    "slow": "changed the speed",
    "save": "saved",
    "stop": "stopped",
}
OF_ONE_PLAYER = ("discriminator", "generator")  # actions


@final
class Steering:
    """Requests of one session of a run, carried out between its steps.

    Steps that update only one player are written to the settings of the run before they are made, so that the settings
    alone reproduce the run.

    stopped: whether a request has ended the training
    """

    def __init__(self, run: Run) -> None:
        self.run, self.stopped = run, False
        self._too_old = {*waiting_requests(run.path)}  # requests to an earlier session
        self._ignored: set[str] = set()  # files that stay in the folder
        self._polled_at = 0.0
        self._paused = False
        self._speed: float | None = None  # steps per second; None for full speed
        self._next_step_at = 0.0  # earliest time of the next step
        self._newest: Line | None = None  # the newest request that was carried out
        self._planned = range(0)  # steps that update one player because of requests
        self._unplanned = run.experiment  # the experiment without these steps
        self._pauses_for = ""  # who made the request, if training pauses after these steps

    def restore(self, lines: Sequence[Line], step: int) -> None:
        """Continue at a step of a run with this log; a run that was paused goes on."""
        done = [line for line in lines if isinstance(line.event, Steered) and not line.event.note]
        for line in done:
            self.receive(line)
        planned = _planned_in([line.event for line in done if isinstance(line.event, Steered)])
        if planned.stop > step:
            self._planned, self._unplanned = planned, without_one_player_steps(self.run.experiment, planned)

    def receive(self, line: Line) -> None:
        """Note a line of the log."""
        if isinstance(line.event, Steered) and not line.event.note:
            self._newest = line

    def answers(self, step: int) -> Iterator[Steered]:
        """Carry out the waiting requests at a step; yield each as an event for the log, then delete it."""
        if self._pauses_for and step >= self._planned.stop:
            by, self._pauses_for, self._paused = self._pauses_for, "", True
            yield Steered(step, "pause", by=by)
        if monotonic() - self._polled_at < SHORTEST_POLL:
            return
        self._polled_at = monotonic()
        names = [name for name in waiting_requests(self.run.path) if name not in self._ignored]
        if len(names) > MOST_FILES:
            yield Steered(step, "", note=f"{len(names):,} requests at once; at most {MOST_FILES} can wait")
            for name in names:
                self._remove(name)
            return
        for name in names:
            yield self._answer(name, step)
            self._remove(name)
            if self.stopped:
                return

    def seconds_to_wait(self) -> float:
        """Return the time until the next look for requests, or 0 if steps are due."""
        if self._paused:
            return POLL_SECONDS
        return min(POLL_SECONDS, max(0.0, self._next_step_at - monotonic())) if self._speed else 0.0

    def most_steps(self, step: int) -> int | None:
        """Return the maximum number of steps before the next look for requests; None without a limit."""
        limits = [self._planned.stop - step] if self._pauses_for else []
        limits += [max(1, int(self._speed * POLL_SECONDS))] if self._speed else []
        return min(limits, default=None)

    def count(self, steps: int, began: float) -> None:
        """Note that some steps were made since a time."""
        if self._speed:
            self._next_step_at = began + steps / self._speed

    def _remove(self, name: str) -> None:
        """Delete a request; a file that is not a request, or cannot be deleted, is ignored from now on."""
        if not NAME.fullmatch(name) or not delete_request(self.run.path, name):
            self._ignored.add(name)

    def _answer(self, name: str, step: int) -> Steered:
        """Carry out a request, or refuse it, and return the event."""
        try:
            request = read_request(self.run.path, name)
        except RunError as error:
            return Steered(step, "", note=str(error), request=_short(name))
        action, by = printable(request.action)[:LONGEST_ACTION], printable(request.by) or "somebody"
        try:
            self._refuse_outdated(name, request, by)
            known, value = checked(request.action, request.value)
            self._carry_out(known, value, by, step)
        except GanariumError as error:
            return Steered(step, action, by=by, note=_short(str(error)), request=name)
        return Steered(step, action, value, by, request=name)

    def _refuse_outdated(self, name: str, request: Request, by: str) -> None:
        """Raise `RunError` for a request to an earlier session, or by somebody who missed what others have done."""
        if name in self._too_old:
            raise RunError("the request is older than the process that trains the run; make it again")
        newest = self._newest
        if request.seen is None or newest is None or request.seen >= newest.seq:
            return
        assert isinstance(newest.event, Steered)
        if newest.event.by != by:
            done = DONE.get(newest.event.action, "steered")
            raise RunError(f"{newest.event.by} {done} at step {newest.event.step:,}; look again before you steer")

    def _carry_out(self, action: Action, value: Value, by: str, step: int) -> None:
        """Carry out a request. Raises `UsageError` or `RunError` if that is not possible; nothing has changed then."""
        match action:
            case "pause":
                self._rewrite(self._without_rest(step))
                self._planned, self._pauses_for, self._paused = range(0), "", True
            case "continue":
                self._pauses_for, self._paused = "", False
            case "discriminator" | "generator":
                self._plan(action, int(value or 1), step)
                self._pauses_for, self._paused = by, False
            case "slow":
                self._speed, self._next_step_at = value, 0.0
            case "stop":
                self.stopped = True

    def _plan(self, side: Side, updates: int, step: int) -> None:
        """Write the next steps, after those already planned, to the settings as steps that update only one player."""
        experiment = self.run.experiment
        if self._planned.stop <= step:
            self._planned, self._unplanned = range(step, step), experiment
        first, last = self._planned.stop, experiment.train.steps
        steps = range(first, first + updates if last is None else min(first + updates, last))
        if not steps:
            raise UsageError(f"{side} {updates}: the run ends at step {first:,}, and all steps until then are planned")
        recorded = {*getattr(experiment.train, f"{side}_only")} - {*steps}
        if len(recorded) + len(steps) > MOST_ONE_PLAYER_STEPS:
            raise UsageError(
                f"{side} {updates}: a run can have {MOST_ONE_PLAYER_STEPS:,} such updates of each player, and has "
                f"{len(recorded):,}"
            )
        self._rewrite(with_one_player_steps(experiment, side, steps))
        self._planned = range(self._planned.start, steps.stop)

    def _without_rest(self, step: int) -> Experiment:
        """Return the experiment without the planned steps that have not been made."""
        rest = range(max(step, self._planned.start), self._planned.stop)
        return without_one_player_steps(self.run.experiment, rest, self._unplanned) if rest else self.run.experiment

    def _rewrite(self, experiment: Experiment) -> None:
        if experiment.train != self.run.experiment.train:
            self.run.rewrite(experiment)


def _planned_in(events: Sequence[Steered]) -> range:
    """Return the steps that update only one player because of requests, according to the log."""
    planned = range(0)
    for event in events:
        if event.action == "pause":
            planned = range(0)
        elif event.action in OF_ONE_PLAYER:
            first = planned.start if planned.stop > event.step else event.step
            planned = range(first, max(event.step, planned.stop) + int(event.value or 0))
    return planned


def _short(text: str) -> str:
    return text if len(text) <= 200 else text[:199] + "…"
