"""Scores of pictures: by features, by classes and by similarity."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.progress import track
from ganarium.core.random_streams import Streams, permutation
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.baselines import floors_of, kept_numbers
from ganarium.evaluation.features.base import Extractor
from ganarium.evaluation.features.classifier import SHIPPED, load_classifier
from ganarium.evaluation.features.random_convolutions import SMALLEST, RandomConvolutions
from ganarium.evaluation.measures import CERTAINTY, FEATURES, FRECHET, Measure, measures_of
from ganarium.evaluation.samples import Made, Real, Sides, shuffled, sides_of
from ganarium.evaluation.scores import Score
from ganarium.metrics.estimate import Estimate, jackknifed, mean, share
from ganarium.metrics.histogram import class_histogram, histogram_kl, kl_floor, missing_classes
from ganarium.metrics.ssim import WINDOW, pairwise_similarity

MISSING = 0.1  # a class is missing if its share is below this fraction of its expected share
PAIRS = 2_000
SIMILARITY = "similarity"


def judge_pictures(made: Made, real: Real) -> Iterator[Score]:
    """Yield the scores of n generated pictures, usually 10,000; distances for different n are not comparable."""
    extractors = [*extractors_for(real.train), *real.beside]
    for extractor in extractors[:1] if real.quick else extractors:
        thorough = not real.quick and (extractor is extractors[0] or extractor in real.beside)
        sides = sides_of(extractor, made, real, whole=thorough)
        knows_classes = sides.fake.probabilities is not None
        if real.quick:
            measures: Sequence[Measure] = [FRECHET]
        else:
            measures = measures_of(sides.fake.features.shape[1]) if thorough else FEATURES
        yield from measured(measures, extractor, sides, real)
        if knows_classes:
            yield from class_scores(extractor, sides, made, real)
            yield from measured([CERTAINTY], extractor, sides, real)
    if not real.quick:
        yield from similarity(made, real)


def extractors_for(train: ImageSet) -> list[Extractor]:
    """Return the shipped classifier for the data, if there is one, and features without classes."""
    extractors: list[Extractor] = [load_classifier(train.name)] if train.name in SHIPPED else []
    if min(train.shape[1:]) >= SMALLEST:
        extractors.append(RandomConvolutions(train))
    return extractors


def measured(measures: Sequence[Measure], extractor: Extractor, sides: Sides, real: Real) -> Iterator[Score]:
    """Yield a score for each number of the measures, with its floor."""
    for measure in track(f"measuring by {extractor.name}", measures, len(measures)):
        floors = floors_of(measure, extractor, sides, real)
        for (name, note), found in zip(measure.notes.items(), measure.of(sides), strict=True):
            full = f"{name}/{extractor.name}"
            yield Score(full, found.value, floors[name], len(sides.fake), note, found.error, real.against)


def class_scores(extractor: Extractor, sides: Sides, made: Made, real: Real) -> Iterator[Score]:
    """Yield scores of the class distribution, and of whether the requested classes were generated."""
    n, labels = len(made), sides.fake.labels
    due = class_histogram(labels_of(real.held_out), len(real.held_out.classes))
    counts = class_histogram(labels, len(due))
    kl = jackknifed(lambda some: histogram_kl(class_histogram(some, len(due)), due), shuffled(labels, "fake"))
    yield Score(
        f"class-kl/{extractor.name}",
        kl.value,
        kl_floor(int((due > 0).sum()), n),
        n,
        "KL of the class histogram to the data's, in nats, lower is better; floor (K − 1)/(2n)",
        kl.error,
        real.against,
        tuple(counts.tolist()),
    )
    yield Score(
        f"missing-classes/{extractor.name}",
        float(missing_classes(counts, due, MISSING)),
        float(missing_classes(class_histogram(sides.real.labels, len(due)), due, MISSING)),
        n,
        "classes with less than a tenth of their share, lower is better",
        against=real.against,
    )
    if made.asked is not None:
        if made.asked.shape != labels.shape or made.asked.is_floating_point():
            raise InputError(
                f"labels of shape {tuple(made.asked.shape)} and type {made.asked.dtype} for {n} pictures: "
                "give one whole number a picture"
            )
        obeyed = share(labels == made.asked.cpu())
        yield Score(
            f"label-accuracy/{extractor.name}",
            obeyed.value,
            share(sides.real.labels == labels_of(real.held_out)).value,
            n,
            "share of pictures read as the class asked for, higher is better",
            obeyed.error,
            real.against,
        )


def similarity(made: Made, real: Real) -> Iterator[Score]:
    """Yield the mean similarity of two pictures: of the same class if classes were requested, else of any two."""
    pictures = made.samples
    if min(pictures.shape[2:]) < 2 * WINDOW or len(pictures) < 2:
        return
    told = made.asked is not None
    value = _similarity(pictures, made.asked)

    def find() -> dict[str, float]:
        return {SIMILARITY: _similarity(real.held_out.images, labels_of(real.held_out) if told else None).value}

    known = kept_numbers(f"{SIMILARITY}-{'by-class' if told else 'of-any'}-{real.held_out.hash[:16]}", find)
    floor = known[SIMILARITY] if SIMILARITY in known else find()[SIMILARITY]
    which = "pictures of one class" if told else "pictures"
    note = f"how alike two {which} look, from 0 to 1; as real ones at best, higher is too little variety"
    yield Score(f"{SIMILARITY}/ssim-7", value.value, floor, len(pictures), note, value.error, real.against)


def _similarity(pictures: Tensor, labels: Tensor | None) -> Estimate:
    pairs = pairs_of(len(pictures)) if labels is None else pairs_within(labels)
    return mean(pairwise_similarity(pictures, pairs))


def pairs_of(n: int) -> Tensor:
    """Return at most `PAIRS` pairs of rows [k, 2]; each row is in at most one, so the pairs are independent."""
    order = Streams(0).at("judgement.pairs", permutation(n), 0)
    return order[: n - n % 2].view(-1, 2)[:PAIRS]


def pairs_within(labels: Tensor) -> Tensor:
    """Return at most `PAIRS` pairs of rows with equal labels [k, 2]; each row is in at most one pair."""
    order = Streams(0).at("judgement.pairs", permutation(len(labels)), 0)
    of_label = [order[labels[order] == label] for label in torch.unique(labels)]
    pairs = torch.cat([rows[: len(rows) - len(rows) % 2].view(-1, 2) for rows in of_label])
    return pairs[Streams(0).at("judgement.pairs.few", permutation(len(pairs)), 0)][:PAIRS]


def labels_of(data: ImageSet) -> Tensor:
    """Return the labels. Raises `InputError` for data without labels."""
    if data.labels is None:
        raise InputError(f"{data.name} has no labels: judge classes against a labelled split")
    return data.labels
