"""Loading of checkpoints for use outside training, with checks for damage and changed settings."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ganarium.config.data_files import LOCATIONS
from ganarium.config.experiment import ONE_PLAYER
from ganarium.config.given import given_parts
from ganarium.config.overrides import changes, experiment_from, plain
from ganarium.core.errors import CheckpointError, RunError
from ganarium.core.escape import command
from ganarium.runs.checkpoint import Checkpoint
from ganarium.runs.directory import EXPERIMENT, At, Run
from ganarium.runs.events import Checkpointed

FREE = (
    "train.steps",
    "train.seconds",
    *(f"data.{place}" for place in LOCATIONS),
)  # may change on resume; a hash guards the contents of data files
NAMED = 3  # settings in a message
OBSERVERS = "observers."
AFTER_TRAINING = ("train.horizon", "record.", "engine.")  # other settings that do not change samples


def checked_checkpoint(run: Run, at: At = None) -> Checkpoint:
    """Return the checkpoint for generation: the newest, the newest at or before a step, or the "best".

    Raises the errors of `trained_checkpoint`, and `RunError` if settings were edited after the checkpoint was written.
    """
    checkpoint = trained_checkpoint(run, at)
    if named := [line for line in _changed(run, checkpoint) if not line.startswith(AFTER_TRAINING)]:
        more = f" and {len(named) - NAMED} more" if len(named) > NAMED else ""
        raise RunError(
            f"{run}: the checkpoint of step {checkpoint.progress.step:,} was written with other settings "
            f"({'; '.join(named[:NAMED])}{more}); restore {EXPERIMENT} and the checkpoints"
        )
    return checkpoint


def trained_checkpoint(run: Run, at: At = None) -> Checkpoint:
    """Return the newest intact checkpoint (at or before a step, or the best); warn if later checkpoints are lost.

    Raises `CheckpointError` if no checkpoint is intact, or if all except the untrained one of step 0 are lost.
    """
    checkpoint, lost = run.checkpoint(at)
    step, warn = checkpoint.progress.step, logging.getLogger("ganarium").warning
    expected = run.best_step() if at == "best" else _newest_written(run) if at is None else None
    if not lost and expected is not None and step < expected:
        lost = [f"{run}: the checkpoint of step {expected:,} is missing"]
    if lost and step == 0:
        raise CheckpointError(
            f"{lost[0]}; the only intact checkpoint is that of step 0, which is untrained; to train again: "
            f"{command('resume', run)}"
        )
    for note in lost:
        warn("%s; using the checkpoint of step %s instead", note, f"{step:,}")
    if step == 0 and at != 0:
        warn("%s: using the checkpoint of step 0, which is untrained", run)
    return checkpoint


def _newest_written(run: Run) -> int | None:
    """Return the step of the newest checkpoint in the log; None if the log cannot be read."""
    with suppress(RunError, OSError):
        return max((line.event.step for line in run.events() if isinstance(line.event, Checkpointed)), default=None)
    return None


def refuse_changes(run: Run, checkpoint: Checkpoint) -> None:
    """Raise `RunError` if settings of a run were changed after the checkpoint was written.

    The length of the run, the location of the data, and later steps that update only one player may change.
    """
    if named := [*_changed(run, checkpoint)]:
        raise RunError(
            f"{run}: {'; '.join(named)}; a resumed run can change only its number of steps; fork the run instead"
        )


@contextmanager
def naming(run: Run) -> Iterator[None]:
    """Add the name of the run to the error message of a checkpoint whose weights do not fit."""
    try:
        yield
    except CheckpointError as error:
        if given := given_parts(run.experiment):
            raise CheckpointError(
                f"{run}: its weights do not fit the given parts: {error}; pass the class with which the run was created"
                f" as {' or '.join(f'{name}=…' for name in given)}"
            ) from None
        raise CheckpointError(f"{run}: {error}; restore {EXPERIMENT} and the checkpoints") from None


def _changed(run: Run, checkpoint: Checkpoint) -> Iterator[str]:
    """Yield each setting that differs between a run and its checkpoint, as in "optim.lr was 0.1, is 0.2"."""
    then, step = experiment_from(checkpoint.settings, recorded=True), checkpoint.progress.step
    changed = changes(*(_so_far(plain(experiment), step) for experiment in (then, run.experiment)))
    yield from (f"{key} was {old}, is {new}" for key, (old, new) in changed.items() if not _is_free(key))


def _so_far(settings: dict[str, Any], step: int) -> dict[str, Any]:
    """Return settings without the steps from `step` on that update only one player."""
    train = settings["train"]
    past = {name: [each for each in train[name] if each < step] for name in ONE_PLAYER}
    return {**settings, "train": {**train, **past}}


def _is_free(key: str) -> bool:
    """Return whether a setting may change when a run is resumed."""
    return key in FREE or key.startswith(OBSERVERS)
