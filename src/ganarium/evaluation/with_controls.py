"""Scores of samples together with the scores of controls, which are samples with known faults."""

from dataclasses import replace
from functools import partial
from hashlib import sha256
from math import isfinite

from ganarium.core.progress import subtask
from ganarium.evaluation.baselines import kept_numbers
from ganarium.evaluation.controls import Control, controls_for
from ganarium.evaluation.evaluate import judge, scored
from ganarium.evaluation.samples import Made, Real, RealPoints, Samples, Standard
from ganarium.evaluation.scores import Score


def judge_beside_controls(made: Samples, by: Standard) -> list[Score]:
    """Score samples as `judge` does, and add the scores of as many samples with each fault, cached per data set."""
    scores = list(judge(made, by))
    found = {
        name: kept_numbers(f"{name}-{_same(made, by, scores)}", partial(_numbers, name, make, by))
        for name, make in controls_for(made, by).items()
    }
    return [
        replace(score, controls={name: numbers[score.name] for name, numbers in found.items() if score.name in numbers})
        for score in scores
    ]


def _numbers(name: str, make: Control, by: Standard) -> dict[str, float]:
    """Return the scores of a control by name, omitting those without a value."""
    with subtask(f"control {name}, once for these data"):
        return {score.name: float(score.value) for score in scored(make(), by) if isfinite(score.value)}


def _same(made: Samples, by: Standard, scores: list[Score]) -> str:
    """Return a cache key for controls: data, readers, number of samples, and whether labels are requested."""
    learned = by.train.hash if isinstance(by, Real | RealPoints) else ""
    asked = isinstance(made, Made) and made.asked is not None
    by_whom = sorted({(score.name.partition("/")[2], score.against) for score in scores})
    return sha256(repr((learned, by_whom, len(made), asked)).encode()).hexdigest()[:24]
