"""Scores stored in runs, with a check that the data have not changed since."""

import logging
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ganarium.config.metrics import metric_names
from ganarium.core.errors import GanariumError, InputError, RunError
from ganarium.data.datasets import Split
from ganarium.evaluation.baselines import VERSION
from ganarium.evaluation.evaluate import evaluate_run
from ganarium.evaluation.features.onnx_file import NetworkFile
from ganarium.evaluation.reference import against_of, reference_for
from ganarium.evaluation.samples import Reference
from ganarium.evaluation.score import Score
from ganarium.runs.directory import Run
from ganarium.runs.verified_checkpoint import checked_checkpoint


def recorded_scores(run: Run, n: int, split: Split, features: NetworkFile | None = None) -> list[Score]:
    """Return the scores of a run's newest checkpoint, computing and storing them on the first call.

    They are computed again when the held-out samples, the measures or registered metrics have changed. When the data
    can no longer be read, the stored scores are returned with a warning.
    """
    name = _name(checked_checkpoint(run).progress.step, n, split, features)
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
    key = _key(run, reference)
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


def keep_scores(
    run: Run, reference: Reference, n: int, split: Split, scores: list[Score], features: NetworkFile | None = None
) -> None:
    """Store the scores of a run's newest checkpoint, unless the same scores are stored with those of controls.

    Nothing is stored if the run cannot be written.
    """
    name, key = _name(run.checkpoint()[0].progress.step, n, split, features), _key(run, reference)
    recorded = run.scores(name)
    if recorded is not None and key.items() <= recorded.items() and not any(score.controls for score in scores):
        return
    with suppress(RunError):  # the run may be read-only
        run.save_scores(name, {**key, "scores": [score.as_dict() for score in scores]})


@dataclass(frozen=True)
class StoredScores:
    """Scores that are stored in a run: their step, the split and the number of samples."""

    step: int
    split: str
    n: int
    scores: tuple[Score, ...]


def stored_scores(run: Run, split: Split = "test") -> list[StoredScores]:
    """Return the scores of a split that are stored in a run, the newest step and most samples first.

    Damaged files, scores by earlier versions of the measures, and scores with user-provided features are left out.
    """
    found = []
    for name in run.score_names():
        matched = re.fullmatch(rf"step-(\d{{8,12}})-{split}-(\d{{1,9}})", name)
        values = run.scores(name) if matched else None
        if matched is None or values is None or values.get("measures") != VERSION:
            continue
        try:
            scores = tuple(scores_in(values))
        except GanariumError:
            continue
        if not all(map(_is_sound, scores)):
            continue
        found.append(StoredScores(int(matched[1]), split, int(matched[2]), scores))
    return sorted(found, key=lambda each: (each.step, each.n), reverse=True)


def _is_sound(score: Score) -> bool:
    """Return whether the fields of a score read from a file have the right types."""
    numbers = [score.value, score.n, *(one for one in (score.floor, score.error) if one is not None)]
    texts = (score.name, score.note, score.against)
    degraded = [*score.controls.values()] if isinstance(score.controls, Mapping) else [None]
    return all(type(one) in (int, float) for one in [*numbers, *degraded]) and all(
        isinstance(one, str) for one in texts
    )


def _name(step: int, n: int, split: Split, features: NetworkFile | None) -> str:
    """Return the name under which scores are stored."""
    return f"step-{step:08d}-{split}-{n}" + (f"-{features.name}" if features is not None else "")


def _key(run: Run, reference: Reference) -> dict[str, Any]:
    """Return what scores depend on: the version of the measures, the data, and registered metrics."""
    key: dict[str, Any] = {
        "measures": VERSION,
        "trained_on": run.provenance.data_hash,
        "against": against_of(reference),
    }
    return key | ({"metrics": names} if (names := metric_names()) else {})


def scores_in(values: Mapping[str, Any]) -> list[Score]:
    """Parse the scores in the content of a stored file."""
    return [Score.from_dict(one) for one in values["scores"]]
