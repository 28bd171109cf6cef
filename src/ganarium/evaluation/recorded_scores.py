"""Scores stored in runs, with a check that they match the training and reference data."""

import logging
from collections.abc import Mapping
from typing import Any

from ganarium.core.errors import InputError, RunError
from ganarium.data.datasets import Split
from ganarium.evaluation.baselines import VERSION
from ganarium.evaluation.evaluate import evaluate_run
from ganarium.evaluation.features.onnx_file import NetworkFile
from ganarium.evaluation.reference import against_of, reference_for
from ganarium.evaluation.scores import Score
from ganarium.runs.directory import Run
from ganarium.runs.verified_checkpoint import checked_checkpoint


def recorded_scores(run: Run, n: int, split: Split, features: NetworkFile | None = None) -> list[Score]:
    """Return the scores of a run's newest checkpoint, which are computed once and stored in the run.

    They are computed again when the held-out samples or the measures have changed. When the data can no longer be
    read, the stored scores are returned with a warning.
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
        return scores_in(kept)
    bound = {"measures": VERSION, "trained_on": run.provenance.data_hash, "against": against_of(by)}
    if kept is not None and bound.items() <= kept.items():
        return scores_in(kept)
    scores = evaluate_run(run, by, n=n)
    try:
        run.save_scores(name, bound | {"scores": [score.as_dict() for score in scores]})
    except RunError as error:
        logging.getLogger("ganarium").warning(
            "%s: its scores are not kept, and the next comparison takes them again: %s", run.path, error
        )
    return scores


def scores_in(values: Mapping[str, Any]) -> list[Score]:
    """Return the scores that a file contains."""
    return [Score.from_dict(one) for one in values["scores"]]
