"""Scores of images, based on features, classes and similarity."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.progress import track
from ganarium.core.random_streams import Streams, permutation
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.baselines import cached_floors, cached_numbers
from ganarium.evaluation.features.base import Extractor
from ganarium.evaluation.features.classifier import SHIPPED, load_classifier
from ganarium.evaluation.features.random_convolutions import SMALLEST, RandomConvolutions
from ganarium.evaluation.measures import BASIC, CLASSIFIER_STATISTICS, FRECHET, Measure, measures_of
from ganarium.evaluation.own_metrics import score_own_metrics
from ganarium.evaluation.samples import FeatureSets, Generated, ImageReference, extract_features, shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import jackknifed, mean, share, share_error
from ganarium.metrics.histograms import class_histogram, histogram_kl, kl_floor, matched_share, missing_classes, purity
from ganarium.metrics.interval import Estimate
from ganarium.metrics.ssim import WINDOW, pairwise_similarity

MISSING = 0.1  # a class is missing if its share is below this fraction of its expected share
PAIRS = 2_000
SIMILARITY = "similarity"
CODES: Mapping[str, tuple[Callable[[Tensor, Tensor], float], str]] = {
    "purity": (purity, "share of images whose class is the most frequent class of their code"),
    "code-accuracy": (matched_share, "share of images whose class is that of their code, with another class per code"),
}


def score_images(generated: Generated, reference: ImageReference) -> Iterator[Score]:
    """Yield the scores of n generated images, usually 10,000; distances for different n are not comparable."""
    extra = reference.extra_extractors
    extractors = [*extractors_for(reference.train), *extra]
    reported: set[str] = set()
    for extractor in extractors[:1] if reference.quick else extractors:
        thorough = not reference.quick and (extractor is extractors[0] or extractor in extra)
        sets = extract_features(extractor, generated, reference, whole=thorough)
        knows_classes = sets.fake.probabilities is not None
        if reference.quick:
            measures: Sequence[Measure] = [FRECHET]
        else:
            measures = measures_of(sets.fake.features.shape[1]) if thorough else BASIC
        yield from score_measures(measures, extractor, sets, reference)
        if knows_classes:
            yield from score_classes(extractor, sets, generated, reference)
            yield from score_codes(extractor, sets, generated, reference)
            yield from score_measures([CLASSIFIER_STATISTICS], extractor, sets, reference)
        if not reference.quick:
            own = partial(_feature_samples, sets)
            yield from score_own_metrics("features", own, extractor.name, reference.against, reported)
    if not reference.quick:
        yield from score_similarity(generated, reference)
        yield from score_own_metrics(
            "images", partial(_image_samples, generated, reference), "pixels", reference.against, reported
        )


def _feature_samples(sets: FeatureSets) -> tuple[Tensor, Tensor, Tensor]:
    """Return the features of held-out, generated and training images."""
    fake = sets.fake.features
    return sets.real.features, fake, sets.train_subset(len(fake)).features


def _image_samples(generated: Generated, reference: ImageReference) -> tuple[Tensor, Tensor, Tensor]:
    """Return held-out, generated and training images, float32 [n, C, H, W] in [0, 1]."""
    train = reference.train.subset(len(generated)).images
    return reference.held_out.images / 255, generated.samples / 255, train / 255


def extractors_for(train: ImageSet) -> list[Extractor]:
    """Return the extractors for the data: the shipped classifier, if there is one, and random convolutions."""
    extractors: list[Extractor] = [load_classifier(train.name)] if train.name in SHIPPED else []
    if min(train.shape[1:]) >= SMALLEST:
        extractors.append(RandomConvolutions(train))
    return extractors


def score_measures(
    measures: Sequence[Measure], extractor: Extractor, sets: FeatureSets, reference: ImageReference
) -> Iterator[Score]:
    """Yield the scores computed by the measures, each with its floor."""
    for measure in track(f"computing scores with {extractor.name}", measures, len(measures)):
        floors = cached_floors(measure, extractor, sets, reference)
        for (name, note), each in zip(measure.notes.items(), measure.compute(sets), strict=True):
            full = f"{name}/{extractor.name}"
            yield Score(full, each.value, floors[name], len(sets.fake), note, each.error, reference.against)


def score_classes(
    extractor: Extractor, sets: FeatureSets, generated: Generated, reference: ImageReference
) -> Iterator[Score]:
    """Yield scores of the class distribution, and the share of images that show the requested class."""
    n, labels, requested = len(generated), sets.fake.labels, generated.requested
    due = class_histogram(labels_of(reference.held_out), len(reference.held_out.classes))
    counts = class_histogram(labels, len(due))
    kl = jackknifed(lambda some: histogram_kl(class_histogram(some, len(due)), due), shuffled(labels, "fake"))
    yield Score(
        f"class-kl/{extractor.name}",
        kl.value,
        kl_floor(int((due > 0).sum()), n),
        n,
        "KL divergence from the data's class histogram, in nats, lower is better; for real data about (K − 1)/(2n)",
        kl.error,
        reference.against,
        tuple(counts.tolist()),
    )
    yield Score(
        f"missing-classes/{extractor.name}",
        float(missing_classes(counts, due, MISSING)),
        float(missing_classes(class_histogram(sets.real.labels, len(due)), due, MISSING)),
        n,
        "number of classes with less than a tenth of their share in the data, lower is better",
        against=reference.against,
    )
    if requested is not None:
        if requested.shape != labels.shape or requested.is_floating_point():
            raise InputError(
                f"labels have shape {tuple(requested.shape)} and type {requested.dtype} for {n} images; "
                "pass one integer per image"
            )
        accuracy = share(labels == requested.cpu())
        yield Score(
            f"label-accuracy/{extractor.name}",
            accuracy.value,
            share(sets.real.labels == labels_of(reference.held_out)).value,
            n,
            "share of images classified as the requested class, higher is better",
            accuracy.error,
            reference.against,
        )


def score_codes(
    extractor: Extractor, sets: FeatureSets, generated: Generated, reference: ImageReference
) -> Iterator[Score]:
    """Yield how well the values of a categorical code, learned without labels, separate the classes, if there is one.

    Identical values without each group would give an error of 0, so the error is at least that of a share. The floors
    are the values of real images that are grouped by their true labels.
    """
    if generated.codes is None:
        return
    n, known = len(generated), labels_of(reference.held_out)
    rows = shuffled(torch.stack([generated.codes.cpu(), sets.fake.labels.cpu()], 1), "fake")
    for name, (measure, note) in CODES.items():
        value = jackknifed(partial(_of_columns, measure), rows)
        yield Score(
            f"{name}/{extractor.name}",
            value.value,
            measure(known, sets.real.labels),
            n,
            f"{note}, higher is better",
            max(value.error, share_error(value.value, n)),
            reference.against,
        )


def _of_columns(measure: Callable[[Tensor, Tensor], float], rows: Tensor) -> float:
    return measure(rows[:, 0], rows[:, 1])


def score_similarity(generated: Generated, reference: ImageReference) -> Iterator[Score]:
    """Yield the mean similarity of two random images, which have the same class if classes were requested."""
    images = generated.samples
    if min(images.shape[2:]) < 2 * WINDOW or len(images) < 2:
        return
    by_class = generated.requested is not None
    value = _similarity(images, generated.requested)

    def compute() -> dict[str, float]:
        labels = labels_of(reference.held_out) if by_class else None
        return {SIMILARITY: _similarity(reference.held_out.images, labels).value}

    known = cached_numbers(
        f"{SIMILARITY}-{'by-class' if by_class else 'of-any'}-{reference.held_out.hash[:16]}", compute
    )
    floor = known[SIMILARITY] if SIMILARITY in known else compute()[SIMILARITY]
    which = "images of one class" if by_class else "images"
    note = f"mean similarity of two {which}, from 0 to 1; best at the value for real data, higher means low diversity"
    yield Score(f"{SIMILARITY}/ssim-7", value.value, floor, len(images), note, value.error, reference.against)


def _similarity(images: Tensor, labels: Tensor | None) -> Estimate:
    pairs = pairs_of(len(images)) if labels is None else pairs_within(labels)
    return mean(pairwise_similarity(images, pairs))


def pairs_of(n: int) -> Tensor:
    """Return at most `PAIRS` pairs of rows [k, 2]; each row is in at most one pair, so pairs are independent."""
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
        raise InputError(f"{data.name} has no labels; class scores need a labelled split")
    return data.labels
