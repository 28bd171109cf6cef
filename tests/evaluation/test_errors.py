"""Standard errors say how much scores of other samples of one law differ, in simulated draws."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.random_streams import Streams, integers, normal, uniform
from ganarium.evaluation.features.base import ExtractorOutput
from ganarium.evaluation.images import pairs_of, pairs_within
from ganarium.evaluation.measures import ADDITIONAL, BASIC, CLASSIFIER_STATISTICS, EXTRAPOLATED, Measure
from ganarium.evaluation.samples import FeatureSets
from ganarium.evaluation.synthetic_images import _distance_error
from ganarium.metrics.classifier_two_sample import area_error
from ganarium.metrics.estimate import jackknifed, mean, share, share_error
from ganarium.metrics.histograms import class_histogram, corrected_kl, histogram_kl, purity
from ganarium.metrics.interval import Estimate
from ganarium.metrics.memorization import copied_share
from ganarium.metrics.nearest_neighbours import nearest
from ganarium.metrics.shapes.base import ShapeReading
from ganarium.metrics.shapes.property_distances import distances
from ganarium.metrics.ssim import pairwise_similarity

N, WIDTH, DRAWS = 200, 6, 40
LEAST, MOST = 0.7, 1.6  # of the spread over draws, which 40 of them know to ± 11 %
SLOW = ("frechet-infinity", "sliced", "precision")
WIDE = {  # errors that count the draws of the real samples as well, and are too large for the generated ones alone
    "kernel-distance": 8.0,  # that of the mean over blocks, near 0 far less sure than the distance over all pairs
    "two-sample": 2.5,
    "density": 3.5,
    "precision": 2.0,
    "recall": 2.0,
    "coverage": 2.0,
    "nearer-to-training": 2.0,
    "marginal-entropy": 2.5,  # near its greatest value, log K, the jackknife doubles the spread
    "copy-rate": 2.5,  # of one or two samples
}


def features(name: str, n: int, draw: int = 0) -> Tensor:
    return Streams(0).at(f"{name}.{n}", normal(n, WIDTH), draw)


def reading(rows: Tensor) -> ExtractorOutput:
    return ExtractorOutput(rows, (3 * rows[:, :5]).softmax(1))


TRAIN, REAL = reading(features("train", 500)), reading(features("real", N))
USUAL = nearest(TRAIN.features, REAL.features)[0]


def drawn(shift: float, draw: int) -> FeatureSets:
    """Generated samples of one law, beside the same real ones."""
    return FeatureSets(REAL, reading(features("fake", N, draw) + shift), lambda: TRAIN, lambda: USUAL, TRAIN.subset)


def ratio(found: Sequence[Estimate]) -> float:
    """How many times the spread over draws the reported error is."""
    values, errors = torch.tensor(found, dtype=torch.float64).unbind(1)
    return (errors.square().mean().sqrt() / values.std()).item()


def slow_if(name: str, measure: Measure) -> object:
    return pytest.param(measure, id=name, marks=[pytest.mark.slow] if name in SLOW else [])


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.3])
@pytest.mark.parametrize(
    "measure",
    [slow_if(next(iter(each.notes)), each) for each in [*BASIC, EXTRAPOLATED, *ADDITIONAL, CLASSIFIER_STATISTICS]],
)
def test_errors_of_measures_are_the_spread_over_draws_of_the_samples(measure: Measure, shift: float):
    found = zip(*[measure.compute(drawn(shift, draw)) for draw in range(DRAWS)], strict=True)
    for name, estimates in zip(measure.notes, found, strict=True):
        assert LEAST < ratio(estimates) < WIDE.get(name, MOST), name


@pytest.mark.parametrize("share_of_copies", [0.0, 0.005, 0.1])
def test_the_error_of_copies_is_the_spread_over_draws_even_where_none_is_found(share_of_copies: float):
    held_out = Streams(0).at("held out", uniform(4_000), 0)
    found = []
    for draw in range(100):
        fake, coins = (Streams(0).at(name, uniform(1_000), draw) for name in ("fake", "coins"))
        found.append(copied_share(held_out, torch.where(coins < share_of_copies, 0.0, fake)))
    assert all(estimate.error > 0 for estimate in found)
    assert 0.75 < ratio(found) < 1.6
    assert any(estimate.value <= 0 for estimate in found) == (share_of_copies < 0.1)


def pictures(draw: int) -> Tensor:
    """Smooth random pictures, some of which are like most others and some like none."""
    noise, dark = Streams(0).at("noise", uniform(120, 1, 18, 18), draw), Streams(0).at("dark", uniform(120), draw)
    return F.avg_pool2d(noise, 3, 1) * dark[:, None, None, None]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["whole numbers", "lengths"])
def test_the_error_of_a_distance_between_what_is_read_is_the_spread_over_draws(kind: str):
    def readings(draw: int, n: int, low: float) -> ShapeReading:
        values = (10 * Streams(0).at("values", uniform(n), draw).clamp_min(low)).numpy()
        whole = values.astype(np.int64) if kind == "whole numbers" else values.astype(np.float64)
        valid = (Streams(0).at("valid", uniform(n), draw) < 0.8).numpy()
        return ShapeReading(valid, np.full(n, ""), {kind: whole})

    real = readings(0, 2_000, 0.0)
    found = []
    for draw in range(1, 100):
        fake = readings(draw, 300, 0.3)
        error = _distance_error(kind, real, fake)
        assert error is not None
        found.append(Estimate(distances(real, fake)[kind], error))
    assert LEAST < ratio(found) < MOST
    few = ShapeReading(np.arange(300) < 19, fake.fault, fake.values)
    assert _distance_error(kind, real, few) is None, "19 valid images are too few"


def test_the_error_of_purity_is_the_spread_over_draws():
    found = []
    for draw in range(100):
        clusters, noise = (Streams(0).at(name, integers(500, high=5), draw) for name in ("clusters", "noise"))
        coins = Streams(0).at("coins", uniform(500), draw)
        rows = torch.stack([clusters, torch.where(coins < 0.6, clusters, noise)], 1)
        found.append(jackknifed(lambda some: purity(some[:, 0], some[:, 1]), rows))
    assert LEAST < ratio(found) < MOST


@pytest.mark.slow
@pytest.mark.parametrize("classes", [None, 3])
def test_the_error_of_similarity_is_the_spread_over_draws(classes: int | None):
    labels = None if classes is None else torch.arange(120) % classes
    pairs = pairs_of(120) if labels is None else pairs_within(labels)
    found = [mean(pairwise_similarity(pictures(draw), pairs)) for draw in range(60)]
    assert 0.8 < ratio(found) < 1.25


@pytest.mark.parametrize("pairs", [pairs_of(301), pairs_within(torch.arange(301) % 7)], ids=["any", "of one class"])
def test_no_picture_is_in_two_pairs(pairs: Tensor):
    assert len(pairs.unique()) == pairs.numel()
    assert len(pairs) >= 150 - 7


@pytest.mark.parametrize("probability", [0.002, 0.03, 0.5, 0.99])
def test_the_error_of_a_share_is_the_spread_over_draws_and_never_0(probability: float):
    found = [share(Streams(0).at("cases", uniform(1_000), draw) < probability) for draw in range(200)]
    assert 0.85 < ratio(found) < 1.25
    assert share_error(0, 100) == pytest.approx(share_error(1, 100)) == pytest.approx(0.5**0.5 / 100, rel=0.02)


def test_an_area_of_0_or_1_has_an_error_above_0():
    assert area_error(0, 200, 300) > 1e-4
    assert area_error(1, 200, 300) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("kl", [histogram_kl, corrected_kl])
@pytest.mark.parametrize("skewed", [False, True])
def test_the_error_of_a_class_histogram_is_the_spread_over_draws(kl: Callable[..., float], skewed: bool):
    due = torch.ones(10)

    def estimate(draw: int) -> Estimate:
        labels = Streams(0).at("labels", integers(1_000, high=14 if skewed else 10), draw) % 10
        return jackknifed(lambda some: kl(class_histogram(some, 10), due), labels)

    assert LEAST < ratio([estimate(draw) for draw in range(100)]) < 2
