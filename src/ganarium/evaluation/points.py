"""Scores of points, against their true distribution if it is known, else against held-out points."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain, combinations_with_replacement
from math import comb, isfinite

import torch
from torch import Tensor

from ganarium.core.progress import track
from ganarium.core.random_streams import Streams
from ganarium.data.datasets import PointLaw, PointSet
from ganarium.evaluation.baselines import compute_floors
from ganarium.evaluation.features.base import ExtractorOutput
from ganarium.evaluation.measures import POINTS, POINTS_TWO_SAMPLE, Measure
from ganarium.evaluation.own_metrics import score_own_metrics
from ganarium.evaluation.samples import FeatureSets, Generated, PointReference, reference_name, shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import jackknifed, share_error
from ganarium.metrics.mode_coverage import DISC, ModeReport, mode_report
from ganarium.metrics.nearest_neighbours import nearest
from ganarium.metrics.sliced import sliced_wasserstein

MOST_FEATURES = {4: 200, 3: 200, 2: 500}  # by degree of the polynomial features for the two-sample classifier
MOST = 10_000  # maximum number of held-out points
SHARES = ("high-quality", "high-quality-box")
NOTES = {
    "modes": "number of modes with at least one sample within 3σ, higher is better",
    "modes-half-full": "number of modes with at least half of their share of samples within 3σ, higher is better",
    "high-quality": f"share of samples within 3σ of a mode; expected for real data: {DISC:.3f}, more is too narrow",
    "high-quality-box": "share of samples with each coordinate within 3σ of a mode, best at the value for real data",
    "mode-kl": "KL divergence of the mode histogram from equal shares, in nats, lower is better",
    "mode-spread": "mean over modes of the samples' standard deviation in σ, 1 is best",
}


def score_points(generated: Generated, data: PointSet) -> Iterator[Score]:
    """Yield the scores of n points, with the scores of n new real points as floors (PacGAN uses n = 2,500)."""
    law, n = data.known_law, len(generated)
    fresh, other = (law.place(Streams(seed).all_at("judgement.law", law.draws(n), 0)) for seed in (0, 1))
    against = reference_name(data, "law")
    sliced = jackknifed(lambda rows: sliced_wasserstein(other, rows), shuffled(generated.samples, "fake"))
    note = "sliced Wasserstein distance to new points of the true distribution, lower is better"
    yield Score("sliced/law", sliced.value, sliced_wasserstein(other, fresh), n, note, sliced.error, against)
    if len(law.modes):
        values, floor = (numbers(mode_report(law.modes, law.sigma, points)) for points in (generated.samples, fresh))
        spread = jackknifed(partial(_spread, law), shuffled(generated.samples, "fake"))
        errors = {"mode-spread": spread.error} if isfinite(spread.error) else {}
        for name, note in NOTES.items():
            if not isfinite(values[name]):  # no sample is near a mode
                continue
            error = share_error(values[name], n) if name in SHARES else errors.get(name)
            yield Score(f"{name}/law", values[name], floor[name], n, note, error, against)
    yield from score_own_metrics("features", lambda: (other, generated.samples, fresh), "law", against, set())


def score_user_points(generated: Generated, reference: PointReference) -> Iterator[Score]:
    """Yield the scores of n points whose distribution is unknown; only the sliced distance if `quick`."""
    measures = POINTS[:1] if reference.quick else POINTS
    yield from _score_measures(measures, _feature_sets(generated, reference, _identity), reference, "points")
    if not reference.quick:
        name, terms = polynomial_terms(*reference.train.shape)
        sets = _feature_sets(generated, reference, partial(_polynomials, reference, terms))
        yield from _score_measures([POINTS_TWO_SAMPLE], sets, reference, name)
        own = partial(_point_samples, generated, reference)
        yield from score_own_metrics("features", own, "points", reference.against, set())


def polynomial_terms(dimensions: int) -> tuple[str, list[tuple[int, ...]]]:
    """Return the name of the polynomial features of points, and the coordinates whose product is each feature.

    These are all products of up to 4 coordinates, of fewer in high dimensions, or coordinates and their squares.

    >>> polynomial_terms(1)
    ('degree-4', [(0,), (0, 0), (0, 0, 0), (0, 0, 0, 0)])
    >>> {d: (polynomial_terms(d)[0], len(polynomial_terms(d)[1])) for d in (2, 8, 30, 64)}
    {2: ('degree-4', 14), 8: ('degree-3', 164), 30: ('degree-2', 495), 64: ('squares', 128)}
    """
    for degree, most in MOST_FEATURES.items():
        if comb(dimensions + degree, degree) - 1 <= most:
            products = (combinations_with_replacement(range(dimensions), k) for k in range(1, degree + 1))
            return f"degree-{degree}", [*chain.from_iterable(products)]
    return "squares", [(axis,) * power for power in (1, 2) for axis in range(dimensions)]


def _point_samples(generated: Generated, reference: PointReference) -> tuple[Tensor, Tensor, Tensor]:
    """Return held-out, generated and training points."""
    train = reference.train.subset(len(generated)).fixed
    return reference.held_out.subset(MOST).fixed, generated.samples, train


def _score_measures(
    measures: Sequence[Measure], sets: FeatureSets, reference: PointReference, extractor: str
) -> Iterator[Score]:
    for measure in track("computing scores", measures, len(measures)):
        floors = compute_floors(measure, sets)
        for (name, note), each in zip(measure.notes.items(), measure.compute(sets), strict=True):
            n = len(sets.fake)
            yield Score(f"{name}/{extractor}", each.value, floors[name], n, note, each.error, reference.against)


def _feature_sets(generated: Generated, reference: PointReference, features: Callable[[Tensor], Tensor]) -> FeatureSets:
    points = reference.train.fixed, reference.held_out.subset(MOST).fixed, generated.samples
    train, held_out, fake = (ExtractorOutput(features(each)) for each in points)
    return FeatureSets(
        held_out, fake, lambda: train, lambda: nearest(train.features, held_out.features)[0], train.subset
    )


def _identity(points: Tensor) -> Tensor:
    return points


def _polynomials(reference: PointReference, terms: Sequence[tuple[int, ...]], points: Tensor) -> Tensor:
    """Return products of coordinates that are standardized by the training points: float64 [n, k]."""
    trained_on = reference.train.fixed.double()
    scale = trained_on.std(0).clamp_min(torch.finfo(torch.float64).tiny)
    columns = ((points.double() - trained_on.mean(0)) / scale).unbind(1)
    return torch.stack([torch.stack([columns[axis] for axis in term]).prod(0) for term in terms], 1)


def _spread(law: PointLaw, points: Tensor) -> float:
    """Return the mean over modes of the standard deviation of points, in σ; NaN if no mode has two or more points."""
    return numbers(mode_report(law.modes, law.sigma, points))["mode-spread"]


def numbers(report: ModeReport) -> dict[str, float]:
    """Return the numbers in a report, named as in `NOTES`; the spread is NaN if no mode has two or more points."""
    return {
        "modes": report.captured,
        "modes-half-full": report.half_captured,
        "high-quality": report.in_disc,
        "high-quality-box": report.in_box,
        "mode-kl": report.kl,
        "mode-spread": report.spread_k.nanmean().item(),
    }
