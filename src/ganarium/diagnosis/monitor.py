"""Snapshots of a generator during training: cheap statistics of a small sample."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment, RecordConfig
from ganarium.core.errors import EmptySplitError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import to_bytes
from ganarium.data.checks.sample import sampled
from ganarium.data.datasets import ImageSet, PointSet, random_rows
from ganarium.data.load import load_data
from ganarium.evaluation.features.base import Extractor, Reading
from ganarium.evaluation.features.cache import reading_of
from ganarium.evaluation.pictures import extractors_for
from ganarium.evaluation.samples import order
from ganarium.metrics.dispersion import core_within, distance_between, distance_within, mean_distance
from ganarium.metrics.histogram import class_histogram
from ganarium.metrics.neighbours import nearest, nearest_other
from ganarium.runs.events import Event, Line, Look
from ganarium.training.sampler import Sampler
from ganarium.training.translations import Translations
from ganarium.training.visits import MoreAtFirst, Visits
from ganarium.training.weights import Weights

MOST = 255  # largest value of a byte
SAMPLES = 256  # minimum number of samples of one snapshot
OF_A_KIND, MOST_SAMPLES = 20, 1_024  # samples of one snapshot per kind, and the maximum
REAL = 1_000  # real samples to compare with
LEARNED = 10_000  # maximum number of training samples, chosen at random, for nearest-neighbour search
CLUSTERS = 10  # clusters of real samples without classes or modes
ALONG = 8  # features for clustering: the last, with the most variance; with all 64, one cluster is the rest
DIRECTIONS = 2  # number of features for the mean position: the last features again
SEED = 20_000  # far from the seeds that users choose; each snapshot has its own samples
DIGITS, HUGE = 5, 1e30  # significant digits and largest magnitude of logged numbers


@dataclass(frozen=True)
class SnapshotReference:
    """Properties of the real samples that snapshots are compared with.

    reader: the name of what reads samples: points [n, d], or pictures uint8 [n, C, H, W]
    sorts: what a kind is: "class", "mode" or "cluster"
    learned: the reading of training samples, [m, d], in random order
    centres: centres of the kinds, [K, d] of the last `ALONG` features; None if the reader knows classes
    unseen: the reading of held-out real samples; None if there are none
    middle: share of values that are neither darkest nor brightest; None for points
    asked: classes to request in turn from a generator that knows the data's labels, int64 [n], in the data's shares
    classes: the names of these classes
    """

    reader: str
    sorts: str
    read: Callable[[Tensor], Reading]
    learned: Reading
    centres: Tensor | None = None
    unseen: Reading | None = None
    middle: float | None = None
    asked: Tensor | None = None
    classes: tuple[str, ...] = ()

    def counts(self, kinds: Tensor) -> Tensor:
        """Return the number of samples of each kind, int64 [K]."""
        of = self.learned.probabilities if self.centres is None else self.centres.T
        assert of is not None
        return class_histogram(kinds, of.shape[1])

    def kinds(self, reading: Reading) -> Tensor:
        """Return the kind of each sample, int64 [n]."""
        if self.centres is None:
            return reading.labels
        apart = torch.cdist(reading.features[:, -ALONG:], self.centres, compute_mode="donot_use_mm_for_euclid_dist")
        return apart.argmin(1)

    def apart(self, reading: Reading) -> float:
        """Return the energy distance from real samples, divided by the mean distance of two real samples."""
        between = distance_between(self.some.features, reading.features)
        return (2 * between - mean_distance(reading.features)) / self.spread - 1

    def place(self, reading: Reading) -> Tensor:
        """Return the mean position relative to real samples, in their standard deviations along each direction."""
        real, made = (each.features[:, -DIRECTIONS:] for each in (self.some, reading))
        return (made.mean(0) - real.mean(0)) / real.std(0).clamp_min(torch.finfo(torch.float32).tiny)

    @cached_property
    def some(self) -> Reading:
        """Return the reading of a subset of the training samples, for statistics over pairs."""
        return self.learned.at(torch.arange(min(REAL, len(self.learned))))

    @cached_property
    def due(self) -> Tensor:
        """Return the share of each kind in the data, [K]."""
        return self.counts(self.kinds(self.learned)) / len(self.learned)

    @property
    def samples(self) -> int:
        """Return the number of samples of one snapshot: more for many kinds, so that none is missing by chance."""
        return max(SAMPLES, min(OF_A_KIND * len(self.due), MOST_SAMPLES))

    @cached_property
    def spread(self) -> float:
        """Return the mean distance of two real samples."""
        return mean_distance(self.some.features)

    def nearness(self, reading: Reading) -> float | None:
        """Return the relative distance to the nearest training samples, after Alaa et al. 2022.

        The distance of a sample to its nearest training sample is divided by the distance of that one to its own
        nearest. The result is the median over samples, divided by that of unseen samples; None without these. It does
        not depend on the density of the samples, so that a single kind is not mistaken for copies.
        """
        return self._loneliness(reading) / self.usual if self.usual else None

    @cached_property
    def usual(self) -> float | None:
        """Return the median relative distance of unseen samples to their nearest training samples, or None."""
        return None if self.unseen is None else self._loneliness(self.unseen)

    def _loneliness(self, reading: Reading) -> float:
        distances, which = nearest(self.learned.features, reading.features)
        others = nearest_other(self.learned.features, which).clamp_min(torch.finfo(torch.float32).tiny)
        return (distances / others).median().item()

    @cached_property
    def core_k(self) -> Tensor:
        """Return the median distance from the median of each kind, [K]; NaN where there are few."""
        return core_within(self.some.features, self.kinds(self.some), len(self.due))

    @cached_property
    def within_k(self) -> Tensor:
        """Return the mean distance of two samples of each kind, [K]; NaN where there are none."""
        return distance_within(self.some.features, self.kinds(self.some), len(self.due))


class Watch:
    """An observer that takes snapshots of the generator at regular steps."""

    def __init__(self, experiment: Experiment, known: SnapshotReference) -> None:
        self.every, self.known = visits_of(experiment.record), known

    def receive(self, line: Line) -> None:
        """Ignore log lines."""

    def visit(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """Yield the snapshot at this step; of the averaged generator, it has only the distance from the data."""
        assert isinstance(sampler, Sampler)
        averaged = self._made(step, sampler, "ema") if "ema" in sampler.weights else None
        yield look(step, self._made(step, sampler, "raw"), self.known, averaged)

    def _made(self, step: int, sampler: Sampler, weights: Weights) -> Tensor:
        """Return samples in the reader's format; latents and classes do not depend on the weights."""
        n, asked = self.known.samples, self.known.asked if sampler.classes == self.known.classes else None
        turns = None if asked is None else asked[torch.arange(n) % len(asked)].tolist()
        names = None if turns is None else [sampler.classes[number] for number in turns]
        made = sampler.sample(n, seed=SEED + step, label=names, weights=weights)
        return made if len(sampler.shape) == 1 else to_bytes(made)


def visits_of(record: RecordConfig) -> Visits:
    """Return when snapshots are taken: at even intervals, or more often at first."""
    return MoreAtFirst(record.looks) if record.early_looks and record.looks else record.looks


def look(step: int, made: Tensor, known: SnapshotReference, averaged: Tensor | None = None) -> Look:
    """Return the snapshot of generated samples compared with the known real ones.

    averaged: samples of the averaged generator, if there is one
    """
    reading = known.read(made)
    kinds = known.kinds(reading)
    counts = known.counts(kinds)
    spread = mean_distance(reading.features)
    nearness = known.nearness(reading)
    return Look(
        step,
        known.reader,
        n=len(made),
        counts=counts.tolist(),
        due=[_short(share) for share in known.due.tolist()],
        spread=_short(spread / known.spread),
        sorts=known.sorts,
        within=_mean(distance_within(reading.features, kinds, len(counts)) / known.within_k, counts),
        apart=_short(known.apart(reading)),
        centre=[_short(place) for place in known.place(reading).tolist()],
        nearest=None if nearness is None else _short(nearness),
        middle=None if known.middle is None else _short(_middle(made) / known.middle),
        averaged=None if averaged is None else _short(known.apart(known.read(averaged))),
        core=_median(core_within(reading.features, kinds, len(counts)) / known.core_k),
    )


def watch(experiment: Experiment) -> Watch | None:
    """Return the observer for runs of an experiment; None if snapshots are disabled or the data cannot be compared."""
    source = load_data(experiment.data) if experiment.record.looks else None
    known = None
    if isinstance(source, PointSet) and (source.points is None or _vary(source.points)):
        known = known_points(source) if source.law is not None else known_own_points(experiment, source)
    elif isinstance(source, ImageSet) and _vary(source.images) and (extractors := extractors_for(source)):
        known = known_pictures(experiment, source, extractors[0])
    return Watch(experiment, known) if known and known.spread > 0 else None


def known_points(source: PointSet) -> SnapshotReference:
    """Return the known properties of points; the kinds are the modes of their law, or clusters if it has none."""
    law = source.known_law
    fresh = law.place(Streams(1).all_at("looks.law", law.draws(REAL), 0))
    points = fresh if source.points is None else source.points[random_rows(len(source), min(LEARNED, len(source)))]
    learned = Reading(points)
    centres = law.modes.float() if len(law.modes) else _clusters(fresh)
    unseen = None if source.points is None else Reading(fresh)
    sorts = "mode" if len(law.modes) else "cluster"
    return SnapshotReference("law", sorts, Reading, learned, centres, unseen)


def known_own_points(experiment: Experiment, source: PointSet) -> SnapshotReference:
    """Return the known properties of a user's points; the kinds are clusters of the training points."""
    learned = Reading(source.subset(LEARNED).fixed)
    try:
        held_out = load_data(experiment.data, "validation")
        assert isinstance(held_out, PointSet)
        unseen = Reading(held_out.subset(REAL).fixed)
    except EmptySplitError:
        unseen = None
    return SnapshotReference("points", "cluster", Reading, learned, _clusters(learned.features), unseen)


def known_pictures(experiment: Experiment, source: ImageSet, extractor: Extractor) -> SnapshotReference:
    """Return the known properties of pictures; the kinds are the reader's classes, or clusters of its features."""
    some = _some(source, LEARNED)
    rows = order(len(some), "looks")  # files are often sorted by class
    learned = reading_of(extractor, some).at(rows)
    centres = _clusters(learned.features) if learned.probabilities is None else None
    try:
        held_out = load_data(experiment.data, "validation")
        assert isinstance(held_out, ImageSet)
        unseen = reading_of(extractor, _some(held_out, REAL))
    except EmptySplitError:
        unseen = None
    asked = None if some.labels is None else some.labels[rows][torch.arange(SAMPLES) % len(some)]
    sorts, middle = "cluster" if centres is not None else "class", _middle(some.images) or None
    classes = source.classes
    return SnapshotReference(extractor.name, sorts, extractor.read, learned, centres, unseen, middle, asked, classes)


def _vary(rows: Tensor) -> bool:
    """Return whether at least two rows differ."""
    return bool((rows != rows[:1]).any())


def _some(pictures: ImageSet, n: int) -> ImageSet:
    return sampled(pictures, n * pictures.images[0].numel())


def _clusters(features: Tensor) -> Tensor:
    """Return centres of k-means, initialized by k-means++ (Richardson & Weiss 2018, §3.1); fewer for few samples."""
    from scipy.cluster.vq import kmeans2  # 24 MB that runs with classes or modes do not need

    k = min(CLUSTERS, len(features))
    centres, _ = kmeans2(features[:, -ALONG:].double().numpy(), k, minit="++", seed=0)
    return torch.from_numpy(centres).to(features)


def _middle(pictures: Tensor) -> float:
    return ((pictures > 0) & (pictures < MOST)).float().mean().item()


def _mean(values_k: Tensor, counts_k: Tensor) -> float | None:
    """Return the mean over samples of the value of their kind, over kinds with a finite value."""
    weights = counts_k * values_k.isfinite()
    return _short((weights * values_k.nan_to_num()).sum().item() / weights.sum().item()) if weights.any() else None


def _median(values_k: Tensor) -> float | None:
    """Return the median over kinds with a finite value."""
    known = values_k[values_k.isfinite()]
    return _short(known.median().item()) if len(known) else None


def _short(number: float) -> float:
    """Return the number rounded and clamped for the log."""
    return float(f"{min(max(number, -HUGE), HUGE):.{DIGITS}g}")
