"""Training with progress on stderr, and a message with the resume command if training stops early."""

import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from ganarium.core.errors import DivergedError, GanariumError, RunBusyError, UsageError
from ganarium.core.interrupts import Interrupted, caught_signals, interruptible
from ganarium.core.stderr import say
from ganarium.report.operation_progress import busy
from ganarium.report.training_progress import ProgressDisplay
from ganarium.runs.directory import Run
from ganarium.runs.events import Line
from ganarium.studies.default_observers import observers_of
from ganarium.training.loop import data_of, fit
from ganarium.training.observers import Observer

OnLine = Callable[[Line], None]


@dataclass(frozen=True)
class Followed:
    """Result of training a run.

    stopped: the signal that stopped training early, SIGINT if `ganarium steer` did, or 0
    """

    run: Run
    progress: ProgressDisplay
    stopped: int


def follow(
    create_run: Callable[[], Run],
    resume_command: Callable[[Run], str],
    on_line: OnLine | None = None,
    observers: Sequence[Observer] = (),
) -> Followed:
    """Train a run to completion, or until a signal stops training.

    create_run: creates or finds the run; called while signals are caught
    resume_command: returns the command that resumes the run, for the message when training stops early
    on_line: called with each line of the log, instead of progress on stderr
    observers: observers in addition to the default ones and those in the settings of the run
    """
    began = False
    with caught_signals() as caught:
        run = create_run()
        with ProgressDisplay(run) as progress:
            try:
                with closing(_lines(run, observers, lambda: bool(caught))) as lines:
                    for line in lines:
                        began = True
                        progress.note(line)
                        (on_line or progress.show)(line)
            except Interrupted:
                progress.end("interrupted")
            except (DivergedError, RunBusyError, UsageError):
                raise
            except BaseException as error:
                if began or not isinstance(error, GanariumError):
                    progress.close()
                    say(f"saved at step {_saved(run):,}; to continue: {resume_command(run)}")
                raise
    stopped = 0 if progress.finished else caught[0] if caught else signal.SIGINT if progress.interrupted else 0
    if stopped:
        say(f"stopped and saved at step {_saved(run):,}; to continue: {resume_command(run)}")
    return Followed(run, progress, stopped)


def _lines(run: Run, own: Sequence[Observer], should_stop: Callable[[], bool]) -> Generator[Line]:
    """Train a run with the default observers and the user's own, and yield the lines of its log."""
    with interruptible(), busy("loading data"):
        data_of(run)  # caches the data in memory
        observers = [*observers_of(run), *own]
    return fit(run, observers, should_stop)


def _saved(run: Run) -> int:
    return max(run.checkpoint_steps(), default=0)
