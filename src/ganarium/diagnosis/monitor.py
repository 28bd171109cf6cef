"""Snapshots of a generator during training: cheap statistics of a small sample.

A group is a class, mode or cluster of samples.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import final

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment, RecordConfig
from ganarium.core.errors import EmptySplitError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import blocks_of, to_bytes
from ganarium.data.checks.helpers import random_sample
from ganarium.data.datasets import ImageSet, PointSet, random_rows
from ganarium.data.load import load_data
from ganarium.evaluation.features.base import Extractor, ExtractorOutput
from ganarium.evaluation.features.cache import cached_features
from ganarium.evaluation.images import extractors_for
from ganarium.metrics.histograms import class_histogram
from ganarium.metrics.nearest_neighbours import nearest, nearest_other
from ganarium.metrics.pairwise_distances import core_within, distance_between, distance_within, mean_distance
from ganarium.metrics.principal_axes import principal_axes
from ganarium.metrics.validation import fixed_order
from ganarium.runs.events import Event, Snapshot
from ganarium.training.observers import Interval, MoreAtFirst, Observer
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations
from ganarium.training.weights import Weights

BRIGHTEST = 255
SAMPLES = 256  # minimum number of samples of one snapshot
PER_GROUP, MOST_SAMPLES = 20, 1_024  # samples per group in one snapshot, and the maximum in total
REAL = 1_000  # real samples to compare with
TRAIN = 10_000  # maximum number of training samples, chosen at random, for nearest-neighbour search
CLUSTERS = 10  # number of clusters for data without classes or modes
CLUSTERED = 8  # features for clustering: the last have the most variance; with all 64, one cluster collects the rest
DIRECTIONS = 2  # number of features for the mean position, again the last ones
SEED = 20_000  # far from the seeds that users choose; each snapshot has its own samples
DIGITS, HUGE = 5, 1e30  # significant digits and largest magnitude of logged numbers


@dataclass(frozen=True)
class SnapshotReference:
    """Properties of the real samples that snapshots are compared with.

    extractor: name of the extractor; "law" or "points" for points
    sorts: the type of the groups: "class", "mode" or "cluster"
    extract: function from samples, points [n, d] or images uint8 [n, C, H, W], to features
    train: features of training samples, [m, d], in random order
    centres: centres of the groups, [K, d] of the last `CLUSTERED` features; None if the extractor knows classes
    held_out: features of held-out real samples; None if there are none
    mid_grey: share of pixel values that are neither 0 nor 255; None for points
    requested: classes to request in turn from a class-conditional generator, int64 [n], with the shares that they
        have in the data
    classes: the names of these classes
    """

    extractor: str
    sorts: str
    extract: Callable[[Tensor], ExtractorOutput]
    train: ExtractorOutput
    centres: Tensor | None = None
    held_out: ExtractorOutput | None = None
    mid_grey: float | None = None
    requested: Tensor | None = None
    classes: tuple[str, ...] = ()

    def counts(self, groups: Tensor) -> Tensor:
        """Return the number of samples of each group, int64 [K]."""
        per_group = self.train.probabilities if self.centres is None else self.centres.T
        assert per_group is not None
        return class_histogram(groups, per_group.shape[1])

    def groups(self, output: ExtractorOutput) -> Tensor:
        """Return the group of each sample, int64 [n]."""
        if self.centres is None:
            return output.labels
        features = output.features[:, -CLUSTERED:]
        return torch.cdist(features, self.centres, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)

    def distance(self, output: ExtractorOutput) -> float:
        """Return the energy distance from real samples, divided by the mean distance between two real samples."""
        between = distance_between(self.some.features, output.features)
        return (2 * between - mean_distance(output.features)) / self.spread - 1

    def centre(self, output: ExtractorOutput) -> Tensor:
        """Return the offset of the mean from that of real samples, in standard deviations of real samples."""
        real, fake = (each.features[:, -DIRECTIONS:] for each in (self.some, output))
        return (fake.mean(0) - real.mean(0)) / real.std(0).clamp_min(torch.finfo(torch.float32).tiny)

    @cached_property
    def some(self) -> ExtractorOutput:
        """Return the features of a subset of the training samples, for statistics over pairs."""
        return self.train.at(torch.arange(min(REAL, len(self.train))))

    @cached_property
    def shares(self) -> Tensor:
        """Return the share of each group in the data, [K]."""
        return self.counts(self.groups(self.train)) / len(self.train)

    @property
    def samples(self) -> int:
        """Return the number of samples per snapshot, which grows with the number of groups."""
        return max(SAMPLES, min(PER_GROUP * len(self.shares), MOST_SAMPLES))

    @cached_property
    def spread(self) -> float:
        """Return the mean distance between two real samples."""
        return mean_distance(self.some.features)

    def training_distance(self, output: ExtractorOutput) -> float | None:
        """Return the relative distance to the nearest training samples, after Alaa et al. 2022.

        The distance of a sample to its nearest training sample is divided by the distance of that training sample to
        its own nearest neighbour. The result is the median over samples, divided by the same median over held-out
        samples; None without held-out samples. The result does not depend on the density of the samples, so that a
        single class is not mistaken for copies.
        """
        return self._relative_distance(output) / self.held_out_distance if self.held_out_distance else None

    @cached_property
    def held_out_distance(self) -> float | None:
        """Return the median relative distance of held-out samples to their nearest training samples, or None."""
        return None if self.held_out is None else self._relative_distance(self.held_out)

    def _relative_distance(self, output: ExtractorOutput) -> float:
        distances, which = nearest(self.train.features, output.features)
        others = nearest_other(self.train.features, which).clamp_min(torch.finfo(torch.float32).tiny)
        return (distances / others).median().item()

    @cached_property
    def core_k(self) -> Tensor:
        """Return the median distance of each group's samples from their median, [K]; NaN for small groups."""
        return core_within(self.some.features, self.groups(self.some), len(self.shares))

    @cached_property
    def within_k(self) -> Tensor:
        """Return the mean distance between two samples of each group, [K]; NaN for fewer than two samples."""
        return distance_within(self.some.features, self.groups(self.some), len(self.shares))


@final
class Monitor(Observer):
    """An observer that takes snapshots of the generator at regular steps."""

    essential = True

    def __init__(self, experiment: Experiment, reference: SnapshotReference) -> None:
        self.every, self.reference = monitor_schedule(experiment.record), reference

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """Yield the snapshot at this step; for the averaged generator, only the distance from the data is recorded."""
        assert isinstance(sampler, Sampler)
        averaged = self._generate(step, sampler, "ema") if "ema" in sampler.weights else None
        yield take_snapshot(step, self._generate(step, sampler, "raw"), self.reference, averaged)

    def _generate(self, step: int, sampler: Sampler, weights: Weights) -> Tensor:
        """Return samples in the extractor's format; latents and classes do not depend on the weights."""
        n, requested = self.reference.samples, self.reference.requested
        names = None
        if requested is not None and sampler.classes == self.reference.classes:
            names = [sampler.classes[number] for number in requested[torch.arange(n) % len(requested)].tolist()]
        samples = sampler.sample(n, seed=SEED + step, labels=names, weights=weights)
        return samples if len(sampler.shape) == 1 else to_bytes(samples)


def monitor_schedule(record: RecordConfig) -> Interval:
    """Return the schedule of snapshots: equal intervals, or shorter intervals at first."""
    return MoreAtFirst(record.monitor_every) if record.monitor_early and record.monitor_every else record.monitor_every


def take_snapshot(step: int, samples: Tensor, reference: SnapshotReference, averaged: Tensor | None = None) -> Snapshot:
    """Return a snapshot: statistics of generated samples, compared with those of real samples.

    averaged: samples of the averaged generator, if there is one
    """
    output = reference.extract(samples)
    groups = reference.groups(output)
    counts = reference.counts(groups)
    spread = mean_distance(output.features)
    nearest_training = reference.training_distance(output)
    return Snapshot(
        step,
        reference.extractor,
        n=len(samples),
        counts=counts.tolist(),
        due=[_rounded(share) for share in reference.shares.tolist()],
        spread=_rounded(spread / reference.spread),
        sorts=reference.sorts,
        within=_mean(distance_within(output.features, groups, len(counts)) / reference.within_k, counts),
        apart=_rounded(reference.distance(output)),
        centre=[_rounded(place) for place in reference.centre(output).tolist()],
        nearest=None if nearest_training is None else _rounded(nearest_training),
        middle=None if reference.mid_grey is None else _rounded(_mid_grey(samples) / reference.mid_grey),
        averaged=None if averaged is None else _rounded(reference.distance(reference.extract(averaged))),
        core=_median(core_within(output.features, groups, len(counts)) / reference.core_k),
    )


def monitor_for(experiment: Experiment) -> Monitor | None:
    """Return the monitor for an experiment; None if snapshots are disabled or the data do not support them."""
    source = load_data(experiment.data) if experiment.record.monitor_every else None
    reference = None
    if isinstance(source, PointSet) and (source.points is None or _vary(source.points)):
        reference = law_reference(source) if source.law is not None else point_reference(experiment, source)
    elif isinstance(source, ImageSet) and _vary(source.images) and (extractors := extractors_for(source)):
        reference = image_reference(experiment, source, extractors[0])
    return Monitor(experiment, reference) if reference and reference.spread > 0 else None


def law_reference(source: PointSet) -> SnapshotReference:
    """Return the reference for points from a known distribution; groups are its modes, or clusters if it has none."""
    law = source.known_law
    fresh = law.place(Streams(1).all_at("looks.law", law.draws(REAL), 0))
    points = fresh if source.points is None else source.points[random_rows(len(source), min(TRAIN, len(source)))]
    centres = law.modes.float() if len(law.modes) else _clusters(fresh)
    held_out = None if source.points is None else ExtractorOutput(fresh)
    sorts = "mode" if len(law.modes) else "cluster"
    return SnapshotReference("law", sorts, ExtractorOutput, ExtractorOutput(points), centres, held_out)


def point_reference(experiment: Experiment, source: PointSet) -> SnapshotReference:
    """Return the reference for user-supplied points; groups are clusters of the training points.

    The features are the coordinates or, for more than two, coordinates along the principal axes of the training points.
    """
    some = source.subset(TRAIN).fixed
    extract = partial(_along, principal_axes(some).flip(1)) if some.shape[1] > 2 else ExtractorOutput
    train = extract(some)
    try:
        points = load_data(experiment.data, "validation")
        assert isinstance(points, PointSet)
        held_out = extract(points.subset(REAL).fixed)
    except EmptySplitError:
        held_out = None
    return SnapshotReference("points", "cluster", extract, train, _clusters(train.features), held_out)


def image_reference(experiment: Experiment, source: ImageSet, extractor: Extractor) -> SnapshotReference:
    """Return the reference for images; groups are the extractor's classes, or clusters of its features."""
    some = _some(source, TRAIN)
    rows = fixed_order(len(some), "looks")  # files are often sorted by class
    train = cached_features(extractor, some).at(rows)
    centres = _clusters(train.features) if train.probabilities is None else None
    try:
        images = load_data(experiment.data, "validation")
        assert isinstance(images, ImageSet)
        held_out = cached_features(extractor, _some(images, REAL))
    except EmptySplitError:
        held_out = None
    return SnapshotReference(
        extractor.name,
        "cluster" if centres is not None else "class",
        extractor.extract,
        train,
        centres,
        held_out,
        mid_grey=_mid_grey(some.images) or None,
        requested=None if some.labels is None else some.labels[rows][torch.arange(SAMPLES) % len(some)],
        classes=source.classes,
    )


def _along(axes: Tensor, points: Tensor) -> ExtractorOutput:
    """Return the coordinates of points [n, d] along orthonormal axes [d, d], the columns of a matrix."""
    return ExtractorOutput(points @ axes)


def _vary(rows: Tensor) -> bool:
    """Return whether at least two rows differ."""
    return any(bool((block != rows[:1]).any()) for block in blocks_of(rows, 10_000))


def _some(source: ImageSet, n: int) -> ImageSet:
    return random_sample(source, n * source.images[0].numel())


def _clusters(features: Tensor) -> Tensor:
    """Return the k-means centres, initialized by k-means++ (Richardson & Weiss 2018, §3.1); at most one per sample."""
    from scipy.cluster.vq import kmeans2  # imported here: runs with classes or modes do not need its 24 MB

    k = min(CLUSTERS, len(features))
    centres, _ = kmeans2(features[:, -CLUSTERED:].double().numpy(), k, minit="++", seed=0)
    return torch.from_numpy(centres).to(features)


def _mid_grey(images: Tensor) -> float:
    return ((images > 0) & (images < BRIGHTEST)).float().mean().item()


def _mean(values_k: Tensor, counts_k: Tensor) -> float | None:
    """Return the mean of the groups' finite values, weighted by the number of samples."""
    weights = counts_k * values_k.isfinite()
    return _rounded((weights * values_k.nan_to_num()).sum().item() / weights.sum().item()) if weights.any() else None


def _median(values_k: Tensor) -> float | None:
    """Return the median of the groups' finite values."""
    known = values_k[values_k.isfinite()]
    return _rounded(known.median().item()) if len(known) else None


def _rounded(number: float) -> float:
    """Round and clamp a number for the log."""
    return float(f"{min(max(number, -HUGE), HUGE):.{DIGITS}g}")
