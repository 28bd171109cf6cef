"""Reference data for scoring a run, checked against the data it was trained on."""

import logging

from ganarium.config.base import DataConfig
from ganarium.core.errors import InputError, UsageError
from ganarium.data.datasets import PointSet, Split
from ganarium.evaluation.evaluate import standard
from ganarium.evaluation.features.onnx_file import NetworkFile
from ganarium.evaluation.samples import Real, RealPoints, Standard, named
from ganarium.runs.directory import Run
from ganarium.training.held_out import seen_by
from ganarium.training.loop import data_of


def reference_for(
    run: Run, split: Split = "test", against: DataConfig | None = None, *, features: NetworkFile | None = None
) -> Standard:
    """Return the reference data for a run: the held-out samples of its own data, or those of other data.

    Raises `RunError` when the run's own data are not those that it was trained on, and `InputError` when other data
    hold out pictures that it was trained on. A warning counts copies of training pictures among the held-out ones, and
    a warning states what cannot be checked.
    """
    settings = run.experiment.data if against is None else against
    if settings == run.experiment.data:
        data_of(run)
    by = standard(settings, split, features=features)
    refuse_ignored_split(by, split)
    if isinstance(by, Real | RealPoints) and by.train.shape == run.provenance.shape:
        _check_unseen(run, settings, split, "pictures" if isinstance(by, Real) else "points")
    return by


def against_of(by: Standard) -> str:
    """Return the name of the reference data, which includes the hash of the held-out samples."""
    return named(by, "law") if isinstance(by, PointSet) else by.against


def refuse_ignored_split(by: Standard, split: Split) -> None:
    """Raise `UsageError` if a split is given for data that are scored against their law, which has none."""
    if isinstance(by, PointSet) and split != "test":
        raise UsageError(f"split {split}: data={by.name} are scored by their law, which has no splits; leave it out")


def place_of(settings: DataConfig) -> str:
    """Return where the data come from: a path, or the name of the data set."""
    return getattr(settings, "place", None) or f"data={settings.kind}"


def _check_unseen(run: Run, settings: DataConfig, split: Split, what: str) -> None:
    say, data, seen = logging.getLogger("ganarium").warning, place_of(settings), seen_by(run, settings, split)
    if seen is None:
        say(
            "%s: its training %s are no longer in %s, so whether it was trained on %s %s of %s cannot be checked",
            run,
            what,
            place_of(run.experiment.data),
            split,
            what,
            data,
        )
        return
    found = f"{seen.count:,} of {seen.of:,} {split} {what} of {data} were trained on by {run}"
    if seen.leaks:
        raise InputError(f"{found}: scores by them would reward copying; {_fix(run, settings)}")
    if seen.count:
        say("%s, which has exact copies of them: scores reward copying; delete one of each and train again", found)


def _fix(run: Run, settings: DataConfig) -> str:
    held_out, was = (getattr(each, "held_out", None) for each in (settings, run.experiment.data))
    alike = place_of(settings) == place_of(run.experiment.data)
    if not alike or held_out is None or was is None or held_out == was:
        return "leave out --against, or take samples that the run was not trained on"
    return (
        f"train again with data.held_out={held_out:g}, or leave out --against, which scores the run by what it held "
        f"out (data.held_out={was:g})"
    )
