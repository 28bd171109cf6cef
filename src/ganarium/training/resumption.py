"""Messages about the resumption of a run: notes for its log, and the error for a run that is already complete."""

from collections.abc import Iterator, Sequence

import torch

from ganarium.core.errors import UsageError
from ganarium.core.escape import command
from ganarium.runs.directory import Run


def notes_on_resumption(run: Run, step: int, damaged: Sequence[str], *, is_new: bool) -> Iterator[str]:
    """Yield notes for the log of a run that is resumed at a step.

    damaged: messages about the damaged checkpoints that were skipped
    is_new: whether the log is still empty, as that of a new fork
    """
    yield from damaged
    if damaged and not step:
        yield "no trained checkpoint is intact, so training starts again at step 0"
    provenance = run.provenance
    if provenance.parent and is_new:
        yield f"forked from {provenance.parent}"
    if provenance.torch != torch.__version__:
        yield f"started with torch {provenance.torch}, resumed with {torch.__version__}: results may differ"


def already_complete(run: Run, step: int) -> UsageError:
    """Return the error for a run that has reached its last step or its time limit, with the command to continue."""
    steps, seconds = run.experiment.train.steps, run.experiment.train.seconds
    again = command("resume", run, "--steps", 2 * step or 1000)
    if steps and step >= steps:
        return UsageError(f"{run} is already complete ({steps:,} steps); to train longer: {again}")
    return UsageError(f"{run} hit its {seconds:g}-second limit; to continue: {again}")
