"""Steering of a run that is in training, by requests in its directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from time import monotonic, sleep

from ganarium.api.lookup import Run, open_run
from ganarium.core.errors import RunError, UsageError
from ganarium.core.escape import command
from ganarium.core.progress import track
from ganarium.runs.directory import EVENTS
from ganarium.runs.events import Steered, stop_reason
from ganarium.runs.requests import ACTIONS, Request, answer_to, checked, delete_request, write_request

__all__ = ["ACTIONS", "PATIENCE", "steer"]
PATIENCE = 10.0  # seconds to wait for the answer
POLL_SECONDS = 0.05
QUIET_SECONDS = 2.0  # before progress is shown


def steer(run: Run | Path | str, action: str, value: float | None = None) -> Steered | None:
    """Steer a run that another process, or another thread of this process, is training; return its answer.

    action: "pause" or "continue"; "discriminator" or "generator" to update only this player in the next `value` steps
        (default: 1) and then pause; "slow" for at most `value` steps per second, or full speed without a value; "save"
        for a checkpoint; "stop" to save and end the training
    value: number of updates, or steps per second

    The run records every request in its log, and the steps that update only one player in its settings, so that the
    settings alone reproduce the run. Returns None if the training process does not answer within 10 seconds, for
    example because it computes scores; it carries out the request afterwards.

    Raises `UsageError` if the run is not in training, or for an unknown action or value; `RunError` if the training
    process refuses the request.
    """
    found = open_run(run)
    known, number = checked(action, value)
    if not found.is_in_training():
        raise UsageError(f"{found} is not in training, so it cannot be steered; {_way_to_continue(found)}")
    log = found.path / EVENTS
    start = log.stat().st_size if log.exists() else 0
    name = write_request(found.path, Request(known, number, _person()))
    with _withdrawn_on_error(found, name):
        answer = _wait(found, name, start)
    if answer is not None and answer.note:
        raise RunError(f"{found}: {answer.note}")
    return answer


def _wait(run: Run, name: str, start: int) -> Steered | None:
    """Wait for the answer to a request. Raises `RunError` if the training ends before it answers."""
    for _ in _ticks():
        in_training = run.is_in_training()  # before the log is read, since the answer may be the last line but one
        if answer := answer_to(run.path, name, start):
            return answer
        if not in_training:
            raise RunError(f"{run}: the training ended before it carried out the request; {_way_to_continue(run)}")
    return None


def _ticks() -> Iterator[None]:
    """Yield at short intervals, and report progress if the wait is long."""
    began = monotonic()
    while monotonic() - began < QUIET_SECONDS:
        yield
        sleep(POLL_SECONDS)
    seconds = range(round(PATIENCE - QUIET_SECONDS))
    for second in track(
        "waiting for the training process (it may be computing scores), seconds", seconds, len(seconds)
    ):
        while monotonic() - began < QUIET_SECONDS + second + 1:
            yield
            sleep(POLL_SECONDS)


@contextmanager
def _withdrawn_on_error(run: Run, name: str) -> Iterator[None]:
    """Delete a request if an exception, such as an interruption, ends the block."""
    try:
        yield
    except BaseException:
        delete_request(run.path, name)
        raise


def _way_to_continue(run: Run) -> str:
    """Return the advice how to continue a run that is not in training."""
    if stop_reason(run.events()) == "finished":
        steps = max(run.checkpoint_steps(), default=0)
        return f"it is complete; to train longer: {command('resume', run, '--steps', 2 * steps or 1000)}"
    return f"to continue it: {command('resume', run)}"


def _person() -> str:
    """Return the name of the user, or an empty string if the system does not know it."""
    try:
        return getuser()
    except (KeyError, OSError, ImportError):
        return ""
