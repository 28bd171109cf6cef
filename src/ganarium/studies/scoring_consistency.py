"""Checks that the finished runs of a study were scored as the study specifies."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganarium.config.base import DataConfig
from ganarium.config.entries import changed_parts
from ganarium.config.metrics import metric_names
from ganarium.core.errors import InputError
from ganarium.core.escape import counted
from ganarium.data.datasets import Split
from ganarium.data.load import load_data
from ganarium.evaluation.baselines import VERSION
from ganarium.evaluation.recorded_scores import scores_in
from ganarium.evaluation.reference import against_of, load_reference, place_of
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.studies.study import StudyFolder, StudyRun


def refuse_inconsistent(runs: Iterable[StudyRun], folder: StudyFolder, n: int, split: Split) -> None:
    """Raise `InputError` if a finished run had other settings, data or registered parts than the study.

    Warns about data that cannot be checked, and about runs scored by an earlier version of the measures or without a
    registered metric.
    """
    earlier = without = 0
    now: dict[DataConfig, tuple[str, str] | None] = {}
    for run in runs:
        recorded, settings = folder.read_result(run), run.experiment.data
        if recorded is None:
            continue
        earlier += recorded.get("measures") != VERSION
        without += not set(metric_names()) <= set(recorded.get("metrics", ()))
        _refuse_other_scoring(recorded, folder.result_path(run), {"n": n, "split": split})
        if changed := [*changed_parts(run.experiment, recorded.get("parts", {}))]:
            raise InputError(
                f"{folder.result_path(run)}: the code of {' and '.join(changed)} has changed since this run was "
                f"trained: restore the code, or remove {folder.path} and start the study again"
            )
        if settings not in now:
            now[settings] = _hashes(settings, split, folder)
        hashes = now[settings]
        if hashes is None:
            continue
        trained_on, against = hashes
        was_trained_on = recorded.get("trained_on") or _provenance_hash(folder, run) or trained_on
        was_against = {score.against for score in scores_in(recorded) if score.against} or {against}
        if was_trained_on != trained_on or against not in was_against:
            raise InputError(
                f"{folder.result_path(run)}: {place_of(settings)} has changed since this run was trained and scored: "
                f"restore the data, or remove {folder.path} and start the study again"
            )
    if without:
        logging.getLogger("ganarium").warning(
            "%s: found %s scored without your present metrics, which are therefore left out; remove the files in "
            "cells/ to score again",
            folder.path,
            counted(without, "finished run"),
        )
    if earlier:
        logging.getLogger("ganarium").warning(
            "%s: found %s scored by an earlier version of the measures; remove the files in cells/ to score again",
            folder.path,
            counted(earlier, "finished run"),
        )


def _refuse_other_scoring(recorded: Mapping[str, Any], path: Path, wanted: Mapping[str, Any]) -> None:
    """Raise `InputError` for a run whose recorded number of samples or split differs."""
    for name, value in wanted.items():
        if recorded.get(name, value) != value:
            raise InputError(
                f"{path}: scored with {name}={recorded[name]}, but the study has {name}={value}: restore the old "
                f"value, or remove {path.parent} and start the study again"
            )


def _hashes(settings: DataConfig, split: Split, folder: StudyFolder) -> tuple[str, str] | None:
    """Return the hash of the training samples and the name of the reference data; None, with a warning, on failure."""
    try:
        return load_data(settings).hash, against_of(load_reference(settings, split))
    except InputError as error:
        logging.getLogger("ganarium").warning(
            "%s: cannot check whether the data of finished runs have changed: %s", folder.path, error
        )
        return None


def _provenance_hash(folder: StudyFolder, run: StudyRun) -> str | None:
    """Return the data hash recorded in a run; None if the run's directory does not exist."""
    path = folder.run_path(run)
    return Run.open(path).provenance.data_hash if (path / EXPERIMENT).is_file() else None
