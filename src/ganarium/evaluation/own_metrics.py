"""Scores of user-defined metrics."""

import logging
from collections.abc import Callable, Iterator
from math import isfinite

import torch
from torch import Tensor

from ganarium.config.metrics import MetricEntry, Takes, own_metrics
from ganarium.core.errors import failure
from ganarium.core.progress import track
from ganarium.core.random_streams import seeded
from ganarium.evaluation.samples import shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import Estimate, jackknifed


def score_own_metrics(
    takes: Takes, samples: Callable[[], tuple[Tensor, Tensor, Tensor]], extractor: str, against: str
) -> Iterator[Score]:
    """Yield the values of all registered metrics that take these arguments; skip those that fail, with a warning.

    samples: returns features, images or points: real ones [n, …], generated ones [m, …], and m other real ones, from
        which the score of real data is computed
    """
    metrics = own_metrics(takes)
    if not metrics:
        return
    real, fake, stand_in = samples()
    for metric in track("computing your metrics", metrics, len(metrics)):
        try:
            value, floor = _computed(metric, real, fake, stand_in)
        except Exception as error:  # user code may raise anything
            logging.getLogger("ganarium").warning(
                "metric %s: left out, because it failed: %s", metric.name, failure(error)
            )
            continue
        yield Score(f"{metric.full_name}/{extractor}", value.value, floor, len(fake), metric.note, value.error, against)


def _computed(metric: MetricEntry, real: Tensor, fake: Tensor, stand_in: Tensor) -> tuple[Estimate, float]:
    """Return the value with its standard error, and the value for other real rows."""
    real = shuffled(real, "real")  # also copies the rows, which the function might change
    value = jackknifed(lambda rows: _value(metric, real, rows), shuffled(fake, "fake"))
    return value, _value(metric, real, shuffled(stand_in, "fake"))


def _value(metric: MetricEntry, real: Tensor, rows: Tensor) -> float:
    assert metric.code is not None
    with torch.no_grad(), seeded(0):
        value = float(metric.code(real, rows))
    if not isfinite(value):
        raise ValueError(f"it returned {value}")
    return value
