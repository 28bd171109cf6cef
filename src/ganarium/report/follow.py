"""Training of a run with the usual observers, progress on stderr, and instructions to resume when it stops."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from ganarium.core.errors import DivergedError, GanariumError, RunBusyError, UsageError
from ganarium.core.interrupts import Interrupted, at_once, caught_signals
from ganarium.core.stderr import say
from ganarium.diagnosis.observer import diagnosis_observers
from ganarium.evaluation.observer import ScoreObserver, can_evaluate
from ganarium.report.busy import busy
from ganarium.report.progress import ProgressDisplay
from ganarium.report.tensorboard import TensorBoard
from ganarium.runs.directory import Run
from ganarium.runs.events import Line
from ganarium.training.loop import data_of, fit, never
from ganarium.training.session import Observer

OnLine = Callable[[Line], None]


@dataclass(frozen=True)
class Attended:
    """A trained run; `stopped` is the signal that stopped it early, or 0."""

    run: Run
    progress: ProgressDisplay
    stopped: int


def follow(run: Run, asked_to_stop: Callable[[], bool] = never) -> Generator[Line]:
    """Train a run with the usual observers: TensorBoard, diagnosis, and scores where they apply."""
    with at_once(), busy("loading data"):
        data_of(run)  # cached in memory
        observers: list[Observer] = [TensorBoard(run), *diagnosis_observers(run)]
        if can_evaluate(run.experiment):
            observers.append(ScoreObserver(run.experiment))
    return fit(run, observers, asked_to_stop)


def attend(make: Callable[[], Run], again: Callable[[Run], str], on_line: OnLine | None = None) -> Attended:
    """Train a run to its end, or until a signal stops it.

    make: creates or finds the run; called while signals are caught
    again: returns the command that resumes the run, for the message when training ends early
    on_line: called with each line of the log, instead of progress on stderr
    """
    began = False
    with caught_signals() as caught:
        run = make()
        with ProgressDisplay(run) as progress:
            try:
                with closing(follow(run, lambda: bool(caught))) as lines:
                    for line in lines:
                        began = True
                        progress.note(line)
                        (on_line or progress.show)(line)
            except Interrupted:
                pass
            except (DivergedError, RunBusyError, UsageError):
                raise
            except BaseException as error:
                if began or not isinstance(error, GanariumError):
                    progress.close()
                    say(f"the run is saved up to step {_saved(run):,}; go on with: {again(run)}")
                raise
    stopped = 0 if progress.finished or not caught else caught[0]
    if stopped:
        say(f"stopped at step {_saved(run):,}, all is saved; go on with: {again(run)}")
    return Attended(run, progress, stopped)


def _saved(run: Run) -> int:
    return max(run.checkpoint_steps(), default=0)
