"""Checks that the finished cells of a study were scored as the study specifies."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganarium.config.base import DataConfig
from ganarium.core.errors import InputError
from ganarium.data.datasets import Split
from ganarium.data.load import load_data
from ganarium.evaluation.baselines import VERSION
from ganarium.evaluation.evaluate import standard
from ganarium.evaluation.recorded_scores import scores_in
from ganarium.evaluation.reference import against_of, place_of
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.studies.study import Cell, Home


def refuse_unlike(cells: Iterable[Cell], home: Home, n: int, split: Split) -> None:
    """Raise `InputError` when a finished cell was scored with other settings than the study's, or on other data.

    Warnings state where that cannot be checked, and how many cells were scored by earlier measures.
    """
    earlier = 0
    now: dict[DataConfig, tuple[str, str] | None] = {}
    for cell in cells:
        recorded, settings = home.values(cell), cell.experiment.data
        if recorded is None:
            continue
        earlier += recorded.get("measures") != VERSION
        _refuse_other_scoring(recorded, home.result(cell), {"n": n, "split": split})
        if settings not in now:
            now[settings] = _hashes(settings, split, home)
        found = now[settings]
        if found is None:
            continue
        trained_on, against = found
        was_trained_on = recorded.get("trained_on") or _birth_hash(home, cell) or trained_on
        was_against = {score.against for score in scores_in(recorded) if score.against} or {against}
        if was_trained_on != trained_on or against not in was_against:
            raise InputError(
                f"{home.result(cell)}: {place_of(settings)} is not what this cell was trained on and scored by: put "
                f"the old data back, or remove {home.path} and begin the study again"
            )
    if earlier:
        logging.getLogger("ganarium").warning(
            "%s: %d finished cells were scored by an earlier version of the measures; remove those cells to train and "
            "score them again",
            home.path,
            earlier,
        )


def _refuse_other_scoring(recorded: Mapping[str, Any], path: Path, wanted: Mapping[str, Any]) -> None:
    """Raise `InputError` for a cell whose recorded number of samples or split differs."""
    for name, value in wanted.items():
        if recorded.get(name, value) != value:
            raise InputError(
                f"{path}: scored with {name}={recorded[name]}, and the study says {name}={value}: put the old value "
                f"back, or remove {path.parent} and begin the study again"
            )


def _hashes(settings: DataConfig, split: Split, home: Home) -> tuple[str, str] | None:
    """Return the hash of the training samples and the name of the reference data; None, with a warning, on failure."""
    try:
        return load_data(settings).hash, against_of(standard(settings, split))
    except InputError as error:
        logging.getLogger("ganarium").warning(
            "%s: whether the data of finished cells are still the same cannot be checked: %s", home.path, error
        )
        return None


def _birth_hash(home: Home, cell: Cell) -> str | None:
    """Return the data hash of a cell's run; None if the run is gone."""
    path = home.run(cell)
    return Run.open(path).provenance.data_hash if (path / EXPERIMENT).is_file() else None
