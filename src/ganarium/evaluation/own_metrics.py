"""Scores of user-defined metrics."""

import logging
from collections.abc import Callable, Iterator
from math import isfinite, prod

import numpy as np
import torch
from torch import Tensor

from ganarium.config.metrics import MetricEntry, Takes, own_metrics
from ganarium.core.errors import failure
from ganarium.core.progress import track
from ganarium.core.random_streams import seeded
from ganarium.evaluation.samples import shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import jackknifed
from ganarium.metrics.interval import Estimate


def score_own_metrics(
    takes: Takes,
    samples: Callable[[], tuple[Tensor, Tensor, Tensor]],
    extractor: str,
    against: str,
    reported: set[str],
) -> Iterator[Score]:
    """Yield the values of all registered metrics that take these arguments; skip those that fail, with a warning.

    samples: returns features, images or points: real ones [n, …], generated ones [m, …], and m other real ones, from
        which the score of real data is computed
    reported: warnings that were logged for other extractors, which are not repeated
    """
    metrics = own_metrics(takes)
    if not metrics:
        return
    real, fake, stand_in = samples()
    for metric in track("computing your metrics", metrics, len(metrics)):
        try:
            value, floor = _computed(metric, real, fake, stand_in)
        except Exception as error:  # whatever a user's function raises
            warning = f"metric {metric.name}: left out, because it failed: {failure(error)}"
            if warning not in reported:
                reported.add(warning)
                logging.getLogger("ganarium").warning("%s", warning)
            continue
        yield Score(f"{metric.full_name}/{extractor}", value.value, floor, len(fake), metric.note, value.error, against)


def _computed(metric: MetricEntry, real: Tensor, fake: Tensor, stand_in: Tensor) -> tuple[Estimate, float]:
    """Return the value with its standard error, and the value for other real rows."""
    real = shuffled(real, "real")
    value = jackknifed(lambda rows: _value(metric, real, rows), shuffled(fake, "fake"))
    return value, _value(metric, real, shuffled(stand_in, "fake"))


def _value(metric: MetricEntry, real: Tensor, rows: Tensor) -> float:
    assert metric.code is not None
    with torch.no_grad(), seeded(0):
        returned = metric.code(real.clone(), rows.clone())  # the function may change its arguments
    if isinstance(returned, Tensor | np.ndarray) and prod(returned.shape) != 1:
        raise ValueError(f"it returned shape {tuple(returned.shape)}; return one number")
    value = float(returned)
    if not isfinite(value):
        raise ValueError(f"it returned {value}")
    return value
