"""The training loop: trains a run from its current step and yields the lines of its log."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from time import sleep

from ganarium.config.base import DataConfig
from ganarium.config.data_files import FilesConfig
from ganarium.config.datasets import OwnDataConfig
from ganarium.core.errors import DivergedError, InputError, RunError
from ganarium.core.escape import command, listed
from ganarium.core.interrupts import interruptible
from ganarium.data.class_matching import MOST_NAMED
from ganarium.data.datasets import Source
from ganarium.data.load import load_data
from ganarium.runs.checkpoint import Checkpoint
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Line
from ganarium.runs.verified_checkpoint import refuse_changes
from ganarium.training.attached_observer import AttachedObserver
from ganarium.training.device import threads
from ganarium.training.observers import Observer, recorded_observers
from ganarium.training.session import Session
from ganarium.training.steering import Steering


def never() -> bool:
    """Return False, so that training is never stopped early."""
    return False


def fit(run: Run, observers: Sequence[Observer] = (), should_stop: Callable[[], bool] = never) -> Generator[Line]:
    """Train a run to completion from its newest checkpoint, or from the start; yield each line of its log.

    observers: observers in addition to those in the settings of the run

    If an exception of an essential observer or the caller, `KeyboardInterrupt` or `close` ends training early, the run
    is saved at its current step and can be resumed. Several runs can train in threads of one process: they share a
    lock. Requests in the directory of the run steer it (`runs.requests`).

    Raises `DivergedError` if a loss is not finite, `RunBusyError` if another process trains the run.
    """
    with run.held(), closing(_session(run, observers, should_stop)) as parts:
        while True:
            with threads(run.experiment.engine.threads):
                part = next(parts, None)
            if part is None:
                return
            if isinstance(part, Line):
                yield part
            else:
                sleep(part)


def _session(run: Run, observers: Sequence[Observer], should_stop: Callable[[], bool]) -> Generator[Line | float]:
    """Yield the log lines of one session, and seconds to wait whenever another thread may compute."""
    steering = Steering(run)
    with interruptible():
        checkpoint, damaged = _newest_checkpoint(run)
        attached = [AttachedObserver(each, run) for each in [*observers, *recorded_observers(run.experiment)]]
        session = Session(run, attached, data_of(run), checkpoint, damaged, steering)
    try:
        yield from session.train(should_stop)
    except DivergedError:
        raise
    except BaseException as error:  # includes GeneratorExit, when the caller closes the generator
        session.rescue(error)
        raise


def _newest_checkpoint(run: Run) -> tuple[Checkpoint | None, list[str]]:
    """Return the newest intact checkpoint, if any, and a line for each damaged one that was skipped."""
    if run.checkpoint_steps():
        checkpoint, damaged = run.checkpoint()
        refuse_changes(run, checkpoint)
        return checkpoint, damaged
    if run.provenance.parent:
        raise RunError(f"{run}: the weights of the parent run are missing; fork {run.provenance.parent} again")
    return None, []


def data_of(run: Run) -> Source:
    """Load a run's training data. Raises `InputError` if they are missing, `RunError` if they have changed."""
    data, step = run.experiment.data, max(run.checkpoint_steps(), default=0)
    try:
        source = load_data(data)
    except InputError as error:
        if not step:
            raise
        if not isinstance(data, FilesConfig):
            raise
        moved = command("resume", run, f"data.{data.location_key}=NEW")
        raise InputError(f"{error}; if the data were moved, give their new location: {moved}") from None
    if run.experiment.game.labelled and source.classes != run.provenance.classes:
        known = set(source.classes) <= set(run.provenance.classes)
        raise RunError(
            f"{run}: the classes of its data are now {listed(source.classes, MOST_NAMED)}; they were "
            f"{listed(run.provenance.classes, MOST_NAMED) or 'none'} when the run began: restore the class names"
            + (f", or continue with fewer or reordered classes: {command('fork', run, '--at', step)}" if known else "")
        )
    if source.hash != run.provenance.data_hash:
        raise RunError(
            f"{run}: the data have changed since training: {_restoring(run, data)}, or continue with the new data: "
            f"{command('fork', run, '--at', step)}"
        )
    if source.shape != run.provenance.shape:
        raise RunError(
            f"{run}/{EXPERIMENT}: provenance.shape is {run.provenance.shape}, but the data have shape {source.shape}: "
            "restore the original file"
        )
    return source


def _restoring(run: Run, data: DataConfig) -> str:
    """Return advice on how to restore the original training data of a run."""
    if place := getattr(data, "location", None):
        return f"put the original files back into {place}"
    if isinstance(data, OwnDataConfig):
        return f"let the function registered as data={data.kind} return the same samples in every process"
    return f"data={data.kind} was generated differently by ganarium {run.provenance.ganarium}: use that version"
