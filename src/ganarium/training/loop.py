"""The training loop: trains a run from its current step and yields the lines of its log."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing

from ganarium.config.files import FilesConfig
from ganarium.core.errors import DivergedError, InputError, RunError
from ganarium.core.escape import command, listed
from ganarium.core.interrupts import at_once
from ganarium.data.classes import MOST_NAMED
from ganarium.data.datasets import Source
from ganarium.data.load import load_data
from ganarium.runs.checkpoint import Checkpoint
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.runs.events import Line
from ganarium.runs.verified_checkpoint import refuse_changes
from ganarium.training.device import threads
from ganarium.training.session import Observer, Sitting


def never() -> bool:
    """Return False: the run is never asked to stop."""
    return False


def fit(run: Run, observers: Sequence[Observer] = (), asked_to_stop: Callable[[], bool] = never) -> Generator[Line]:
    """Train a run from its newest checkpoint, or from the start, to its end; yield each line of its log.

    If an exception of an observer or the caller, `KeyboardInterrupt` or `close` ends training early, the run is saved
    at its current step and can be resumed. Several runs can train in threads of one process: they share a lock.

    Raises `DivergedError` if a loss is not finite, `RunBusyError` if another process trains the run.
    """
    with run.held(), closing(_sat(run, observers, asked_to_stop)) as parts:
        while True:
            with threads(run.experiment.engine.threads):
                ended, line = _next(parts)
            if ended:
                return
            if line is not None:
                yield line


def _next(parts: Iterator[Line | None]) -> tuple[bool, Line | None]:
    """Return whether the iterator has ended, and its next item."""
    try:
        return False, next(parts)
    except StopIteration:
        return True, None


def _sat(run: Run, observers: Sequence[Observer], asked_to_stop: Callable[[], bool]) -> Generator[Line | None]:
    """Yield the lines of one sitting, and None whenever another thread may compute."""
    with at_once():
        found, damaged = _newest(run)
        sitting = Sitting(run, observers, data_of(run), found, damaged)
    try:
        yield from sitting.train(asked_to_stop)
    except DivergedError:
        raise
    except BaseException as error:  # includes GeneratorExit, when the caller closes the generator
        sitting.rescue(error)
        raise


def _newest(run: Run) -> tuple[Checkpoint | None, list[str]]:
    """Return the newest intact checkpoint, if any, and a line for each damaged one that was skipped."""
    if run.checkpoint_steps():
        found, damaged = run.checkpoint()
        refuse_changes(run, found.settings)
        return found, damaged
    if run.provenance.parent:
        raise RunError(f"{run} never took over its parent's weights; fork {run.provenance.parent} again")
    return None, []


def data_of(run: Run) -> Source:
    """Load a run's training data. Raises `InputError` if they are missing, `RunError` if they have changed."""
    data, made = run.experiment.data, max(run.checkpoint_steps(), default=0)
    try:
        source = load_data(data)
    except InputError as error:
        if not made:
            raise
        if not isinstance(data, FilesConfig):
            raise
        moved = command("resume", run, f"data.{data.location_key}=NEW")
        raise InputError(f"{error}; if the data moved, say where they are now: {moved}") from None
    if run.experiment.game.labelled and source.classes != run.provenance.classes:
        known = set(source.classes) <= set(run.provenance.classes)
        raise RunError(
            f"{run}: its data now name their classes {listed(source.classes, MOST_NAMED)}; they were "
            f"{listed(run.provenance.classes, MOST_NAMED) or 'none'} when the run began: name them as they were"
            + (f", or continue with fewer or reordered ones: {command('fork', run, '--at', made)}" if known else "")
        )
    if source.hash != run.provenance.data_hash:
        place = getattr(data, "place", None)
        old = (
            f"put the old ones back into {place}"
            if place
            else f"data={data.kind} came out otherwise in ganarium {run.provenance.ganarium}: use that version"
        )
        raise RunError(
            f"{run}: its data are not those it was trained on: {old}, or go on with the new ones: "
            f"{command('fork', run, '--at', made)}"
        )
    if source.shape != run.provenance.shape:
        raise RunError(
            f"{run}/{EXPERIMENT}: provenance.shape is {run.provenance.shape}, and the data have {source.shape}: "
            "restore the original file"
        )
    return source
