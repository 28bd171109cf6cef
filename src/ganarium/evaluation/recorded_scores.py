"""Scores stored in runs, with a check that the data have not changed since."""

import logging
from collections.abc import Mapping
from typing import Any

from ganarium.config.metrics import metric_names
from ganarium.core.errors import InputError, RunError
from ganarium.data.datasets import Split
from ganarium.evaluation.baselines import VERSION
from ganarium.evaluation.evaluate import evaluate_run
from ganarium.evaluation.features.onnx_file import NetworkFile
from ganarium.evaluation.reference import against_of, reference_for
from ganarium.evaluation.score import Score
from ganarium.runs.directory import Run
from ganarium.runs.verified_checkpoint import checked_checkpoint


def recorded_scores(run: Run, n: int, split: Split, features: NetworkFile | None = None) -> list[Score]:
    """Return the scores of a run's newest checkpoint, computing and storing them on the first call.

    They are computed again when the held-out samples, the measures or registered metrics have changed. When the data
    can no longer be read, the stored scores are returned with a warning.
    """
    step = checked_checkpoint(run).progress.step
    name = f"step-{step:08d}-{split}-{n}"
    if features is not None:
        name += f"-{features.name}"
    recorded = run.scores(name)
    try:
        reference = reference_for(run, split, features=features)
    except InputError as error:
        if recorded is None:
            raise
        logging.getLogger("ganarium").warning(
            "%s: showing the recorded scores; changes to the data cannot be checked: %s",
            run,
            error,
        )
        if recorded.get("measures") != VERSION:
            logging.getLogger("ganarium").warning(
                "%s: these scores were computed with earlier measures and are not comparable to new scores",
                run,
            )
        return scores_in(recorded)
    key = {"measures": VERSION, "trained_on": run.provenance.data_hash, "against": against_of(reference)}
    key |= {"metrics": names} if (names := metric_names()) else {}
    if recorded is not None and key.items() <= recorded.items():
        return scores_in(recorded)
    scores = evaluate_run(run, reference, n=n)
    try:
        run.save_scores(name, key | {"scores": [score.as_dict() for score in scores]})
    except RunError as error:
        logging.getLogger("ganarium").warning(
            "%s: its scores could not be stored and will be computed again next time: %s", run.path, error
        )
    return scores


def scores_in(values: Mapping[str, Any]) -> list[Score]:
    """Parse the scores in the content of a stored file."""
    return [Score.from_dict(one) for one in values["scores"]]
