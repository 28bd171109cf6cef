"""Measures that compare the features of generated and real pictures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal
from ganarium.evaluation.samples import Sides, order, shuffled
from ganarium.metrics.classifier_score import classifier_score
from ganarium.metrics.estimate import Estimate, error_over_blocks, jackknifed, mean, share, share_error
from ganarium.metrics.frechet import Moments, dealt_moments, extrapolated_frechet, frechet_distance, moments
from ganarium.metrics.kernel import blockwise_kernel_distance, kernel_distance, mean_within
from ganarium.metrics.manifold import manifold_scores
from ganarium.metrics.memorization import authentic, copied_share, nearer_share
from ganarium.metrics.neighbours import kth_distances, nearest
from ganarium.metrics.sliced import sliced_wasserstein, sorted_along
from ganarium.metrics.two_sample import area_error, two_sample_auc

DIRECTIONS = 64
BLOCKS = 10  # blocks for the error of the kernel distance
PARTS = 5  # parts of the rows, each with its own manifold
NEIGHBOURS = 5  # neighbour that defines the radius of a ball of the manifold
WIDEST_EXTRAPOLATED = 512  # features; with 2,048 the 180 Fréchet distances would take half an hour


@dataclass(frozen=True)
class Measure:
    """One or several numbers that are computed together.

    notes: what each number is, by its name
    of: function from the sides to the numbers, in the order of their names
    stands_in: which real pictures replace the generated ones to compute the floor: "training" pictures, as many as
        generated, or "held-out" ones for measures of memorization
    """

    notes: Mapping[str, str]
    of: Callable[[Sides], tuple[Estimate, ...]]
    stands_in: Literal["training", "held-out"] = "training"


def frechet(sides: Sides) -> tuple[Estimate, ...]:
    """Compute the Fréchet distance of the features."""
    real = sides.real.features
    known = moments(real)
    return (jackknifed(lambda rows: frechet_distance(real, rows, known), shuffled(sides.fake.features, "fake")),)


def frechet_infinity(sides: Sides) -> tuple[Estimate, ...]:
    """Compute the Fréchet distance extrapolated to infinitely many pictures on both sides."""
    real = sides.real.features
    real_order = order(len(real), "real")

    @cache
    def known(most: int) -> list[Moments]:
        return dealt_moments(real, real_order, most)

    def distance(rows: Tensor) -> float:
        known_of_real = known(min(len(real), len(rows)))
        return extrapolated_frechet(real, rows, order(len(rows), "fake"), real_order, known_of_real)

    return (jackknifed(distance, shuffled(sides.fake.features, "fake"), groups=5),)


def kernel(sides: Sides) -> tuple[Estimate, ...]:
    """Compute the kernel distance over all pairs; its error is that of the mean over blocks."""
    real, fake = shuffled(sides.real.features, "real"), shuffled(sides.fake.features, "fake")
    size = min(len(real), len(fake)) // BLOCKS
    blocks = min(len(real), len(fake)) // size if size else 0

    def within_blocks() -> Tensor:
        return torch.stack([mean_within(rows) for rows in torch.split(real, size)[:blocks]])

    within = sides.cached("kernel-within", lambda: mean_within(real))
    value = kernel_distance(real, fake, within_real=within)
    withins = sides.cached(f"kernel-within-{blocks}-of-{size}", within_blocks).unbind() if size > 1 else None
    return (Estimate(value, blockwise_kernel_distance(real, fake, size, withins).error),)


def manifold(sides: Sides) -> tuple[Estimate, ...]:
    """Compute precision, recall, density and coverage.

    Identical values in all blocks would give an error of 0, so the error is at least that of a share of independent
    cases.
    """

    def four(real: Tensor, fake: Tensor, reach: Tensor) -> Tensor:
        return torch.tensor(manifold_scores(real, fake, NEIGHBOURS, reach_real=reach), dtype=torch.float64)

    def reach_in_blocks() -> Tensor:
        return torch.cat([kth_distances(rows, NEIGHBOURS) for rows in real.tensor_split(PARTS)])

    real, fake = shuffled(sides.real.features, "real"), shuffled(sides.fake.features, "fake")
    reach = sides.cached(f"reach-{NEIGHBOURS}", lambda: kth_distances(real, NEIGHBOURS))
    values = manifold_scores(real, fake, NEIGHBOURS, reach_real=reach)
    within = sides.cached(f"reach-{NEIGHBOURS}-in-{PARTS}", reach_in_blocks)
    errors = error_over_blocks(four, real, fake, within, blocks=PARTS).tolist()
    cases = {"precision": len(fake), "recall": len(real), "coverage": len(real)}
    least = [share_error(value, cases[name]) if name in cases else 0.0 for name, value in values._asdict().items()]
    return tuple(Estimate(value, max(error, low)) for value, error, low in zip(values, errors, least, strict=True))


def two_sample(sides: Sides) -> tuple[Estimate, ...]:
    """Compute how well a classifier separates real and generated pictures."""
    real, fake = sides.real.features, sides.fake.features
    return (two_sample_auc(real, fake, order(len(real), "real"), order(len(fake), "fake")),)


def sliced(sides: Sides) -> tuple[Estimate, ...]:
    """Compute the sliced Wasserstein distance along fixed random directions."""
    real = sides.real.features
    directions = Streams(0).at("judgement.directions", normal(DIRECTIONS, real.shape[1]), 0)
    fake = shuffled(sides.fake.features, "fake")
    known = sides.cached(f"sorted-along-{DIRECTIONS}", lambda: sorted_along(real, directions))
    return (jackknifed(lambda rows: sliced_wasserstein(real, rows, directions, sorted_real=known), fake, groups=5),)


def memory(sides: Sides) -> tuple[Estimate, ...]:
    """Compute authenticity, nearness to the training pictures, and the share of copies of them."""
    train, held_out = sides.train().features, sides.usual()
    distances, which = nearest(train, sides.fake.features)
    genuine = share(authentic(train, distances, which))
    nearer = nearer_share(held_out, distances)
    return (
        genuine,
        Estimate(nearer, area_error(nearer, len(held_out), len(distances))),
        copied_share(held_out, distances),
    )


def certainty(sides: Sides) -> tuple[Estimate, ...]:
    """Compute the scores that depend only on the classifier's probabilities."""
    probabilities = sides.fake.probabilities
    assert probabilities is not None
    probabilities = shuffled(probabilities, "fake")
    score = jackknifed(lambda rows: classifier_score(rows).score, probabilities)
    marginal = jackknifed(lambda rows: classifier_score(rows).marginal_entropy, probabilities)
    conditional = jackknifed(lambda rows: classifier_score(rows).conditional_entropy, probabilities)
    return score, marginal, conditional, mean(probabilities.amax(1))


FRECHET = Measure({"frechet": "Fréchet distance of features, lower is better"}, frechet)
FEATURES = (
    FRECHET,
    Measure({"kernel-distance": "squared kernel distance, unbiased, 0 at best and maybe below"}, kernel),
    Measure(
        {"two-sample": "how often a classifier ranks a real picture above a generated one; 0.5 at best"}, two_sample
    ),
)
INFINITY = Measure(
    {"frechet-infinity": "Fréchet distance of endlessly many pictures, by extrapolation, lower is better"},
    frechet_infinity,
)
MORE = (
    Measure({"sliced": "sliced Wasserstein distance, lower is better"}, sliced),
    Measure(
        {
            "precision": "share of pictures that lie among real ones, higher is better",
            "recall": "share of real pictures that lie among generated ones, higher is better",
            "density": "how densely real pictures surround generated ones, 1 at best",
            "coverage": "share of real pictures with a generated one nearby, higher is better",
        },
        manifold,
    ),
    Measure(
        {
            "authenticity": "share of pictures that are not near-copies of a training one; as real ones at best",
            "nearer-to-training": "chance of lying nearer to training pictures than unseen real ones, 0.5 is usual",
            "copy-rate": "share of copies of training pictures beyond what unseen real ones show, 0 at best",
        },
        memory,
        stands_in="held-out",
    ),
)


def measures_of(width: int) -> list[Measure]:
    """Return all measures for `width` features; more than 512 exclude the extrapolated Fréchet distance."""
    extrapolated = [INFINITY] if width <= WIDEST_EXTRAPOLATED else []
    return [*FEATURES, *extrapolated, *MORE]


def of_points(measure: Measure) -> Measure:
    """Return the measure with notes that say point instead of picture."""
    notes = {name: note.replace("picture", "point") for name, note in measure.notes.items()}
    return replace(measure, notes=notes)


POINTS = tuple(map(of_points, MORE))  # computed from the coordinates of points
POINTS_TOLD_APART = of_points(FEATURES[2])
CERTAINTY = Measure(
    {
        "classifier-score": "exp(marginal − conditional entropy), from 1 to the number of classes, higher is better",
        "marginal-entropy": "entropy of all answers together, in nats, higher is better",
        "conditional-entropy": "mean entropy of an answer, in nats, lower is better",
        "confidence": "mean probability of the likeliest class, higher is better",
    },
    certainty,
)
