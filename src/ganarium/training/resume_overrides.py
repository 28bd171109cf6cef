"""Settings of a run that can change when it is resumed: number of steps, location of its data, and observers."""

from collections.abc import Iterable, Iterator

from ganarium.config.data_files import FilesConfig
from ganarium.config.overrides import override, parse_override
from ganarium.core.arguments import whole_number
from ganarium.core.errors import InputError, UsageError
from ganarium.core.escape import command
from ganarium.data.load import load_data
from ganarium.runs.directory import Run
from ganarium.training.attached_observer import refuse_other
from ganarium.training.loop import data_of
from ganarium.training.observers import recorded_observers


def continued(run: Run, words: Iterable[str] = (), steps: int | None = None) -> Run:
    """Set the new location of a run's data, given as "data.folder=NEW", its observers, and its new number of steps.

    Raises `UsageError` for other overrides and if the run has already completed that many steps, and `InputError` if
    the new location contains different data; in these cases, the run is unchanged.
    """
    said = list(words)
    for word in said:
        _refuse_other_override(run, word)
    done = max(run.checkpoint_steps(), default=0)
    steps = None if steps is None else whole_number("steps", steps, 1)
    if steps is not None and steps <= done:
        raise UsageError(f"{run} already has {done:,} steps, and {steps:,} is the new total; choose a larger one")
    if not said and steps is None:
        return run
    experiment = override(run.experiment, [*said, *([] if steps is None else budget(steps))])
    if of_data := [word for word in said if not _is_of_observers(word)]:
        _refuse_other_data(Run(run.path, experiment, run.provenance), of_data[-1])
    for observer in recorded_observers(experiment):
        refuse_other(observer)
    with run.held():
        run.rewrite(experiment, [*_removed_observers(said)])
    return run


def budget(steps: int) -> list[str]:
    """Return the overrides that set a number of steps and remove the time limit."""
    return [f"train.steps={whole_number('steps', steps, 1)}", "train.seconds=none"]


def _refuse_other_override(run: Run, word: str) -> None:
    if _is_of_observers(word):
        return
    key = f"data.{run.experiment.data.location_key}" if isinstance(run.experiment.data, FilesConfig) else ""
    if ".".join(parse_override(word)[0]) != key:
        also = f" and, for data that were moved, {key}" if key else ""
        raise UsageError(
            f"{word!r}: resume changes only the number of steps, observers{also}; for other changes, fork the run: "
            f"{command('fork', run, '--at')} STEP {word}"
        )


def _is_of_observers(word: str) -> bool:
    return parse_override(word)[0][0] == "observers"


def _removed_observers(words: Iterable[str]) -> Iterator[str]:
    """Yield the names of the observers that overrides remove, which may not be registered here."""
    for path, value in map(parse_override, words):
        if path[0] == "observers" and len(path) == 2 and value in (False, "none"):
            yield path[1]


def _refuse_other_data(moved: Run, word: str) -> None:
    """Raise `InputError` if a run's moved data differ from its training data."""
    source, provenance = load_data(moved.experiment.data), moved.provenance.data_hash
    if source.hash != provenance:
        raise InputError(
            f"{word}: {moved} was trained on other data (hash {provenance[:8]}, not {source.hash[:8]}); to continue "
            f"with the new data: {command('fork', moved, '--at', max(moved.checkpoint_steps(), default=0), word)}"
        )
    data_of(moved)  # also compares the classes
