"""Scores of points: against their law if it is known, else against held-out points."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, combinations_with_replacement
from math import isfinite

import torch
from torch import Tensor

from ganarium.core.progress import track
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import PointSet
from ganarium.evaluation.baselines import floors_found
from ganarium.evaluation.features.base import Reading
from ganarium.evaluation.measures import POINTS, POINTS_TOLD_APART, Measure
from ganarium.evaluation.samples import Made, RealPoints, Sides, named, shuffled
from ganarium.evaluation.scores import Score
from ganarium.metrics.estimate import jackknifed, share_error
from ganarium.metrics.modes import DISC, ModeReport, mode_report
from ganarium.metrics.neighbours import nearest
from ganarium.metrics.sliced import sliced_wasserstein

DIRECTIONS = 64
DEGREE = 4  # maximum degree of the polynomial features for the two-sample classifier
MOST = 10_000  # maximum number of held-out points
SHARES = ("high-quality", "high-quality-box")
NOTES = {
    "modes": "modes with a sample within 3σ, higher is better",
    "modes-half-full": "modes with half of their share of samples within 3σ, higher is better",
    "high-quality": f"share of samples within 3σ of a mode; {DISC:.3f} of the law itself, more is too narrow",
    "high-quality-box": "the same with each coordinate within 3σ, higher is better up to the law's own",
    "mode-kl": "KL of the modes' histogram to equal shares, in nats, lower is better",
    "mode-spread": "mean over modes of the samples' standard deviation in σ, 1 at best",
}


def judge_points(made: Made, data: PointSet) -> Iterator[Score]:
    """Yield the scores of n points; the floors are those of n new points of the law (PacGAN uses n = 2,500)."""
    law, n = data.known_law, len(made)
    fresh, other = (law.place(Streams(seed).all_at("judgement.law", law.draws(n), 0)) for seed in (0, 1))
    against = named(data, "law")
    found_distance = jackknifed(lambda rows: distance(other, rows), shuffled(made.samples, "fake"))
    usual = distance(other, fresh)
    note = "sliced Wasserstein distance to fresh points of the law, lower is better"
    yield Score("sliced/law", found_distance.value, usual, n, note, found_distance.error, against)
    if len(law.modes):
        found, floor = (numbers(mode_report(law.modes, law.sigma, points)) for points in (made.samples, fresh))
        for name, note in NOTES.items():
            if not isfinite(found[name]):  # no sample is near a mode
                continue
            error = share_error(found[name], n) if name in SHARES else None
            yield Score(f"{name}/law", found[name], floor[name], n, note, error, against)


def judge_own_points(made: Made, real: RealPoints) -> Iterator[Score]:
    """Yield the scores of n points by the measures that need no law; only the sliced distance if `quick`."""
    measures = POINTS[:1] if real.quick else POINTS
    yield from _measured(measures, _sides(made, real, _as_they_are), real, "points")
    if not real.quick:
        yield from _measured([POINTS_TOLD_APART], _sides(made, real, partial(_powers, real)), real, f"degree-{DEGREE}")


def _measured(measures: Sequence[Measure], sides: Sides, real: RealPoints, reader: str) -> Iterator[Score]:
    for measure in track("measuring points", measures, len(measures)):
        floors = floors_found(measure, sides)
        for (name, note), found in zip(measure.notes.items(), measure.of(sides), strict=True):
            n = len(sides.fake)
            yield Score(f"{name}/{reader}", found.value, floors[name], n, note, found.error, real.against)


def _sides(made: Made, real: RealPoints, lift: Callable[[Tensor], Tensor]) -> Sides:
    train, held_out, fake = (
        Reading(lift(points)) for points in (real.train.fixed, real.held_out.subset(MOST).fixed, made.samples)
    )
    return Sides(held_out, fake, lambda: train, lambda: nearest(train.features, held_out.features)[0], train.subset)


def _as_they_are(points: Tensor) -> Tensor:
    return points


def _powers(real: RealPoints, points: Tensor) -> Tensor:
    """Return all products of up to `DEGREE` coordinates, standardized by the training points: float64 [n, k]."""
    trained_on = real.train.fixed.double()
    scale = trained_on.std(0).clamp_min(torch.finfo(torch.float64).tiny)
    columns = ((points.double() - trained_on.mean(0)) / scale).unbind(1)
    chosen = chain.from_iterable(combinations_with_replacement(columns, k) for k in range(1, DEGREE + 1))
    return torch.stack([torch.stack(each).prod(0) for each in chosen], 1)


def numbers(report: ModeReport) -> dict[str, float]:
    """Return a report as numbers named as in `NOTES`; without two points at a mode there is no spread."""
    return {
        "modes": report.captured,
        "modes-half-full": report.half_captured,
        "high-quality": report.in_disc,
        "high-quality-box": report.in_box,
        "mode-kl": report.kl,
        "mode-spread": report.spread_k.nanmean().item(),
    }


def distance(real: Tensor, fake: Tensor) -> float:
    """Return the sliced Wasserstein distance of two samples of points."""
    directions = Streams(0).at("judgement.directions", normal(DIRECTIONS, real.shape[1]), 0)
    return sliced_wasserstein(real, fake, directions)
