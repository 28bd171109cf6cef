"""Scores that runs and studies have on disk, bound to the data that were trained on and scored by."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ganarium.core.errors import InputError, RunError
from ganarium.core.settings.base import DataSettings
from ganarium.data.sets import Split
from ganarium.judgement.evaluate import evaluate_run, standard
from ganarium.judgement.features.from_file import NetworkFile
from ganarium.judgement.reference import against_of, place_of, reference_for
from ganarium.judgement.scores import Score
from ganarium.judgement.study import Cell, Home
from ganarium.judgement.yardsticks import VERSION
from ganarium.runs.checked import checked_checkpoint
from ganarium.runs.directory import EXPERIMENT, Run
from ganarium.training.assemble import load_data


def recorded_scores(run: Run, n: int, split: Split, features: NetworkFile | None = None) -> list[Score]:
    """Return the scores of a run's newest checkpoint, which are taken once and written down in the run.

    They are taken again when the held-out samples or the measures are others than those they were taken by. When the
    data cannot be read any more, what is written down is returned, with a warning.
    """
    step = checked_checkpoint(run).progress.step
    name = f"step-{step:08d}-{split}-{n}"
    if features is not None:
        name += f"-{features.name}"
    kept = run.scores(name)
    try:
        by = reference_for(run, split, features=features)
    except InputError as error:
        if kept is None:
            raise
        logging.getLogger("ganarium").warning(
            "%s: its recorded scores are shown, but whether its data are still the same cannot be checked: %s",
            run,
            error,
        )
        if kept.get("measures") != VERSION:
            logging.getLogger("ganarium").warning(
                "%s: these were taken by an earlier version of the measures and do not compare with scores of today",
                run,
            )
        return _scores_in(kept)
    bound = {"measures": VERSION, "trained_on": run.birth.data_hash, "against": against_of(by)}
    if kept is not None and bound.items() <= kept.items():
        return _scores_in(kept)
    scores = evaluate_run(run, by, n=n)
    try:
        run.save_scores(name, bound | {"scores": [score.as_dict() for score in scores]})
    except RunError as error:
        logging.getLogger("ganarium").warning(
            "%s: its scores are not kept, and the next comparison takes them again: %s", run.path, error
        )
    return scores


def refuse_unlike(cells: Iterable[Cell], home: Home, n: int, split: Split) -> None:
    """Raise `InputError` when a finished cell was scored otherwise than the study says, or by other data.

    Warnings say where that cannot be checked, and how many cells were scored by earlier measures.
    """
    earlier = 0
    now: dict[DataSettings, tuple[str, str] | None] = {}
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
        was_against = {score.against for score in _scores_in(recorded) if score.against} or {against}
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
    """Raise `InputError` for a cell that says that another number of samples or another split was scored."""
    for name, value in wanted.items():
        if recorded.get(name, value) != value:
            raise InputError(
                f"{path}: scored with {name}={recorded[name]}, and the study says {name}={value}: put the old value "
                f"back, or remove {path.parent} and begin the study again"
            )


def _hashes(settings: DataSettings, split: Split, home: Home) -> tuple[str, str] | None:
    """The hash of the training samples and the name of what is scored by; None, with a warning, where both are gone."""
    try:
        return load_data(settings).hash, against_of(standard(settings, split))
    except InputError as error:
        logging.getLogger("ganarium").warning(
            "%s: whether the data of finished cells are still the same cannot be checked: %s", home.path, error
        )
        return None


def _birth_hash(home: Home, cell: Cell) -> str | None:
    """The data hash of a cell's run; None where the run is gone."""
    path = home.run(cell)
    return Run.open(path).birth.data_hash if (path / EXPERIMENT).is_file() else None


def _scores_in(values: Mapping[str, Any]) -> list[Score]:
    return [Score.from_dict(one) for one in values["scores"]]
