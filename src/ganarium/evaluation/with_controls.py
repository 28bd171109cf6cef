"""Scores beside what spoilt samples get: each control is scored as if it had been generated."""

from dataclasses import replace
from functools import partial
from hashlib import sha256
from math import isfinite

from ganarium.core.progress import within
from ganarium.evaluation.baselines import kept_numbers
from ganarium.evaluation.controls import Control, controls_for
from ganarium.evaluation.evaluate import judge, scored
from ganarium.evaluation.samples import Made, Real, RealPoints, Samples, Standard
from ganarium.evaluation.scores import Score


def judge_beside_controls(made: Samples, by: Standard) -> list[Score]:
    """As `judge`, with what as many samples of each known fault get; those are scored once for given data."""
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
    """A control's scores by name, those without a number left out."""
    with within(f"control {name}, once for these data"):
        return {score.name: float(score.value) for score in scored(make(), by) if isfinite(score.value)}


def _same(made: Samples, by: Standard, scores: list[Score]) -> str:
    """One text wherever controls get the same numbers: by data, readers, number of samples, labels asked for or not."""
    learned = by.train.hash if isinstance(by, Real | RealPoints) else ""
    asked = isinstance(made, Made) and made.asked is not None
    by_whom = sorted({(score.name.partition("/")[2], score.against) for score in scores})
    return sha256(repr((learned, by_whom, len(made), asked)).encode()).hexdigest()[:24]
