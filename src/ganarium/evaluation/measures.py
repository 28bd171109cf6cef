"""Measures that compare the features of generated and real images."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from ganarium.evaluation.samples import FeatureSets, shuffled
from ganarium.metrics.classifier_two_sample import area_error, two_sample_auc
from ganarium.metrics.estimate import error_over_blocks, jackknifed, mean, share, share_error
from ganarium.metrics.frechet import Moments, dealt_moments, extrapolated_frechet, frechet_distance, moments
from ganarium.metrics.interval import Estimate
from ganarium.metrics.mean_discrepancy import blockwise_kernel_distance, kernel_distance, mean_within
from ganarium.metrics.memorization import authentic, copied_share, nearer_share
from ganarium.metrics.nearest_neighbours import kth_distances, nearest
from ganarium.metrics.precision_recall import manifold_scores
from ganarium.metrics.prediction_entropies import classifier_score
from ganarium.metrics.sliced import DIRECTIONS, fixed_directions, sliced_wasserstein, sorted_along
from ganarium.metrics.validation import fixed_order

BLOCKS = 10  # number of blocks for the standard error of the kernel distance
PARTS = 5  # parts of the rows, each with its own manifold
NEIGHBOURS = 5  # rank of the neighbour that defines the radius of each ball of the manifold
WIDEST_EXTRAPOLATED = 512  # features; with 2,048 the 180 Fréchet distances would take half an hour


@dataclass(frozen=True)
class Measure:
    """One or more numbers, computed together from the features of generated and real images.

    notes: description of each number, by its name
    compute: function from the features to the numbers, in the order of their names
    floor_from: the real images that replace the generated ones to compute the floor: as many "training" images, or
        "held-out" images for measures of memorization
    """

    notes: Mapping[str, str]
    compute: Callable[[FeatureSets], tuple[Estimate, ...]]
    floor_from: Literal["training", "held-out"] = "training"


def frechet(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute the Fréchet distance of the features."""
    real = sets.real.features
    known = moments(real)
    return (jackknifed(lambda rows: frechet_distance(real, rows, known), shuffled(sets.fake.features, "fake")),)


def frechet_infinity(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute the Fréchet distance extrapolated to infinitely many real and generated images."""
    real = sets.real.features
    real_order = fixed_order(len(real), "real")

    @cache
    def known(most: int) -> list[Moments]:
        return dealt_moments(real, real_order, most)

    def distance(rows: Tensor) -> float:
        known_of_real = known(min(len(real), len(rows)))
        return extrapolated_frechet(real, rows, None, real_order, known_of_real)

    return (jackknifed(distance, shuffled(sets.fake.features, "fake"), groups=5),)


def kernel(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute the kernel distance over all pairs, with the standard error of its mean over blocks."""
    real, fake = shuffled(sets.real.features, "real"), shuffled(sets.fake.features, "fake")
    size = min(len(real), len(fake)) // BLOCKS
    blocks = min(len(real), len(fake)) // size if size else 0

    def within_blocks() -> Tensor:
        return torch.stack([mean_within(rows) for rows in torch.split(real, size)[:blocks]])

    within = sets.cached("kernel-within", lambda: mean_within(real))
    value = kernel_distance(real, fake, within_real=within)
    withins = sets.cached(f"kernel-within-{blocks}-of-{size}", within_blocks).unbind() if size > 1 else None
    return (Estimate(value, blockwise_kernel_distance(real, fake, size, withins).error),)


def manifold(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute precision, recall, density and coverage.

    Identical values in all blocks would give an error of 0, so the error is at least the standard error of a
    share of independent cases.
    """

    def scores(real: Tensor, fake: Tensor, reach: Tensor) -> Tensor:
        return torch.tensor(manifold_scores(real, fake, NEIGHBOURS, reach_real=reach), dtype=torch.float64)

    def reach_in_blocks() -> Tensor:
        return torch.cat([kth_distances(rows, NEIGHBOURS) for rows in real.tensor_split(PARTS)])

    real, fake = shuffled(sets.real.features, "real"), shuffled(sets.fake.features, "fake")
    reach = sets.cached(f"reach-{NEIGHBOURS}", lambda: kth_distances(real, NEIGHBOURS))
    values = manifold_scores(real, fake, NEIGHBOURS, reach_real=reach)
    within = sets.cached(f"reach-{NEIGHBOURS}-in-{PARTS}", reach_in_blocks)
    errors = error_over_blocks(scores, real, fake, within, blocks=PARTS).tolist()
    cases = {"precision": len(fake), "recall": len(real), "coverage": len(real)}
    least = [share_error(value, cases[name]) if name in cases else 0.0 for name, value in values._asdict().items()]
    return tuple(Estimate(value, max(error, low)) for value, error, low in zip(values, errors, least, strict=True))


def two_sample(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute the AUC of a classifier that separates real from generated images."""
    real, fake = sets.real.features, sets.fake.features
    return (two_sample_auc(real, fake),)


def sliced(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute the sliced Wasserstein distance along fixed random directions."""
    real = sets.real.features
    directions = fixed_directions(DIRECTIONS, real.shape[1])
    fake = shuffled(sets.fake.features, "fake")
    known = sets.cached(f"sorted-along-{DIRECTIONS}", lambda: sorted_along(real, directions))
    return (jackknifed(lambda rows: sliced_wasserstein(real, rows, directions, sorted_real=known), fake, groups=5),)


def memorization(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute authenticity, nearness to the training images, and the copy rate."""
    train, held_out = sets.train().features, sets.held_out_distances()
    distances, which = nearest(train, sets.fake.features)
    genuine = share(authentic(train, distances, which))
    nearer = nearer_share(held_out, distances)
    return (
        genuine,
        Estimate(nearer, area_error(nearer, len(held_out), len(distances))),
        copied_share(held_out, distances),
    )


def classifier_statistics(sets: FeatureSets) -> tuple[Estimate, ...]:
    """Compute the scores that depend only on the classifier's probabilities."""
    probabilities = sets.fake.probabilities
    assert probabilities is not None
    probabilities = shuffled(probabilities, "fake")
    score = jackknifed(lambda rows: classifier_score(rows).score, probabilities)
    marginal = jackknifed(lambda rows: classifier_score(rows).marginal_entropy, probabilities)
    conditional = jackknifed(lambda rows: classifier_score(rows).conditional_entropy, probabilities)
    return score, marginal, conditional, mean(probabilities.amax(1))


FRECHET = Measure({"frechet": "Fréchet distance of features, lower is better"}, frechet)
BASIC = (
    FRECHET,
    Measure({"kernel-distance": "squared kernel distance, unbiased, 0 is best (may be negative)"}, kernel),
    Measure({"two-sample": "AUC of a classifier that separates real from generated images, 0.5 is best"}, two_sample),
)
EXTRAPOLATED = Measure(
    {"frechet-infinity": "Fréchet distance extrapolated to infinite samples, lower is better"},
    frechet_infinity,
)
ADDITIONAL = (
    Measure({"sliced": "sliced Wasserstein distance, lower is better"}, sliced),
    Measure(
        {
            "precision": "share of generated images that lie among real ones, higher is better",
            "recall": "share of real images that lie among generated ones, higher is better",
            "density": "density of real images around generated ones, 1 is best",
            "coverage": "share of real images with a generated one nearby, higher is better",
        },
        manifold,
    ),
    Measure(
        {
            "authenticity": "share of images that are not near-copies of a training image, "
            "best at the value for real data",
            "nearer-to-training": "chance of being closer to the training data than a held-out image, 0.5 is expected",
            "copy-rate": "share of copies of training images beyond that of held-out images, 0 is best",
        },
        memorization,
        floor_from="held-out",
    ),
)


def measures_of(width: int) -> list[Measure]:
    """Return all measures for `width` features; omit the extrapolated Fréchet distance for more than 512 features."""
    extrapolated = [EXTRAPOLATED] if width <= WIDEST_EXTRAPOLATED else []
    return [*BASIC, *extrapolated, *ADDITIONAL]


def of_points(measure: Measure) -> Measure:
    """Return the measure with "image" replaced by "point" in its notes."""
    notes = {name: note.replace("image", "point") for name, note in measure.notes.items()}
    return replace(measure, notes=notes)


POINTS = tuple(map(of_points, ADDITIONAL))  # computed from the coordinates of points
POINTS_TWO_SAMPLE = of_points(BASIC[2])
CLASSIFIER_STATISTICS = Measure(
    {
        "classifier-score": "exp(class entropy − prediction entropy), at most the number of classes, higher is better",
        "marginal-entropy": "class entropy: entropy of the mean prediction, in nats, higher is better",
        "conditional-entropy": "prediction entropy: mean entropy of a prediction, in nats, lower is better",
        "confidence": "classifier confidence: mean probability of the most likely class, higher is better",
    },
    classifier_statistics,
)
