"""Looks at what a run makes while it trains: few samples, a few numbers, little time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ganarium.core.config import Experiment, Record
from ganarium.core.errors import EmptySplitError
from ganarium.core.streams import Streams
from ganarium.data.check.sample import sampled
from ganarium.data.feed import to_bytes
from ganarium.data.sets import ImageSet, PointSet, random_rows
from ganarium.judgement.features.base import Extractor, Reading
from ganarium.judgement.features.kept import reading_of
from ganarium.judgement.material import order
from ganarium.judgement.pictures import extractors_for
from ganarium.metrics.histogram import class_histogram
from ganarium.metrics.neighbours import nearest, nearest_other
from ganarium.metrics.spread import core_within, distance_between, distance_within, mean_distance
from ganarium.runs.events import Event, Line, Look
from ganarium.training.assemble import load_data
from ganarium.training.kept import Weights
from ganarium.training.sampler import Sampler
from ganarium.training.translations import Translations
from ganarium.training.visits import MoreAtFirst, Visits

MOST = 255  # of a byte
SAMPLES = 256  # of one look, at least
OF_A_KIND, MOST_SAMPLES = 20, 1_024  # samples of one look for each kind that there is, up to so many
REAL = 1_000  # real ones beside them
LEARNED = 10_000  # training samples, drawn at random where there are more, among which the nearest is sought
CLUSTERS = 10  # of real samples whose kinds nobody knows
ALONG = 8  # features that clusters are made by: the last, in which samples vary most; by all 64 one cluster is the rest
DIRECTIONS = 2  # in which it is told where samples lie: the last features again
SEED = 20_000  # apart from the seeds that people look at; each look has samples of its own
DIGITS, HUGE = 5, 1e30  # of what is written down: its digits, and its largest number


@dataclass(frozen=True)
class Known:
    """What looks need to know of the real samples.

    reader: the name of what reads samples: points [n, d], or pictures uint8 [n, C, H, W]
    sorts: what kinds are: "class", "mode" or "cluster"
    learned: of training samples, [m, d], in a random order
    centres: of the kinds, [K, d] of the last `ALONG` features; None where the reader knows classes
    unseen: real samples beside those; None where there are none
    middle: share of values that are neither darkest nor brightest; None of points
    asked: classes to ask a generator for that is told the data's labels, int64 [n], in the shares of the data; in turn
    classes: what these are called
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
        """How many samples are of each kind, int64 [K]."""
        of = self.learned.probabilities if self.centres is None else self.centres.T
        assert of is not None
        return class_histogram(kinds, of.shape[1])

    def kinds(self, reading: Reading) -> Tensor:
        """int64 [n]"""
        if self.centres is None:
            return reading.labels
        apart = torch.cdist(reading.features[:, -ALONG:], self.centres, compute_mode="donot_use_mm_for_euclid_dist")
        return apart.argmin(1)

    def apart(self, reading: Reading) -> float:
        """Energy distance from real samples, over the mean distance of two of these."""
        between = distance_between(self.some.features, reading.features)
        return (2 * between - mean_distance(reading.features)) / self.spread - 1

    def place(self, reading: Reading) -> Tensor:
        """Where samples lie on average, beside real ones: in standard deviations of these, of each direction."""
        real, made = (each.features[:, -DIRECTIONS:] for each in (self.some, reading))
        return (made.mean(0) - real.mean(0)) / real.std(0).clamp_min(torch.finfo(torch.float32).tiny)

    @cached_property
    def some(self) -> Reading:
        """Of as many training samples as stand for all where pairs are counted."""
        return self.learned.at(torch.arange(min(REAL, len(self.learned))))

    @cached_property
    def due(self) -> Tensor:
        """Shares of the kinds, [K]."""
        return self.counts(self.kinds(self.learned)) / len(self.learned)

    @property
    def samples(self) -> int:
        """Return the number of samples of one look, which grows with the number of kinds."""
        return max(SAMPLES, min(OF_A_KIND * len(self.due), MOST_SAMPLES))

    @cached_property
    def spread(self) -> float:
        """Mean distance of two real samples."""
        return mean_distance(self.some.features)

    def nearness(self, reading: Reading) -> float | None:
        """Distance to the nearest training sample, over the distance of that one to its own nearest (Alaa et al. 2022).

        The median over samples, over that of unseen ones; None where there are none. Wherever samples lie dense it is
        the same, so that a single kind is not taken for copies.
        """
        return self._loneliness(reading) / self.usual if self.usual else None

    @cached_property
    def usual(self) -> float | None:
        """That of unseen samples."""
        return None if self.unseen is None else self._loneliness(self.unseen)

    def _loneliness(self, reading: Reading) -> float:
        distances, which = nearest(self.learned.features, reading.features)
        others = nearest_other(self.learned.features, which).clamp_min(torch.finfo(torch.float32).tiny)
        return (distances / others).median().item()

    @cached_property
    def core_k(self) -> Tensor:
        """Median distance from the median of each kind, [K]; NaN where there are few."""
        return core_within(self.some.features, self.kinds(self.some), len(self.due))

    @cached_property
    def within_k(self) -> Tensor:
        """The same of two of one kind, [K]; NaN where there are none."""
        return distance_within(self.some.features, self.kinds(self.some), len(self.due))


class Watch:
    """An observer that looks at what a run makes, every so many steps."""

    def __init__(self, experiment: Experiment, known: Known) -> None:
        self.every, self.known = visits_of(experiment.record), known

    def receive(self, line: Line) -> None:
        """Lines are nothing to it."""

    def visit(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:
        """The look at this step; of the averaged generator, if there is one, only how far it is from the data."""
        assert isinstance(sampler, Sampler)
        averaged = self._made(step, sampler, "ema") if "ema" in sampler.weights else None
        yield look(step, self._made(step, sampler, "raw"), self.known, averaged)

    def _made(self, step: int, sampler: Sampler, weights: Weights) -> Tensor:
        """Samples as the reader of the known ones takes them; the same latents and classes whatever the weights."""
        n, asked = self.known.samples, self.known.asked if sampler.classes == self.known.classes else None
        turns = None if asked is None else asked[torch.arange(n) % len(asked)].tolist()
        names = None if turns is None else [sampler.classes[number] for number in turns]
        made = sampler.sample(n, seed=SEED + step, label=names, weights=weights)
        return made if len(sampler.shape) == 1 else to_bytes(made)


def visits_of(record: Record) -> Visits:
    """When looks are taken: at even intervals, or more often at first."""
    return MoreAtFirst(record.looks) if record.early_looks and record.looks else record.looks


def look(step: int, made: Tensor, known: Known, averaged: Tensor | None = None) -> Look:
    """Describe samples beside the known ones; `averaged` are samples of the averaged generator, if there is one."""
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
    """The observer for runs of an experiment; None where looks are not wanted, or nothing can be read or set beside."""
    source = load_data(experiment.data) if experiment.record.looks else None
    known = None
    if isinstance(source, PointSet) and (source.points is None or _vary(source.points)):
        known = known_points(source) if source.law is not None else known_own_points(experiment, source)
    elif isinstance(source, ImageSet) and _vary(source.images) and (extractors := extractors_for(source)):
        known = known_pictures(experiment, source, extractors[0])
    return Watch(experiment, known) if known and known.spread > 0 else None


def known_points(source: PointSet) -> Known:
    """Kinds are the modes of the points' law, or clusters where it has none."""
    law = source.known_law
    fresh = law.place(Streams(1).all_at("looks.law", law.draws(REAL), 0))
    points = fresh if source.points is None else source.points[random_rows(len(source), min(LEARNED, len(source)))]
    learned = Reading(points)
    centres = law.modes.float() if len(law.modes) else _clusters(fresh)
    unseen = None if source.points is None else Reading(fresh)
    sorts = "mode" if len(law.modes) else "cluster"
    return Known("law", sorts, Reading, learned, centres, unseen)


def known_own_points(experiment: Experiment, source: PointSet) -> Known:
    """Kinds are clusters of the training points."""
    learned = Reading(source.subset(LEARNED).fixed)
    try:
        held_out = load_data(experiment.data, "validation")
        assert isinstance(held_out, PointSet)
        unseen = Reading(held_out.subset(REAL).fixed)
    except EmptySplitError:
        unseen = None
    return Known("points", "cluster", Reading, learned, _clusters(learned.features), unseen)


def known_pictures(experiment: Experiment, source: ImageSet, extractor: Extractor) -> Known:
    """Kinds are the classes that a reader knows, or clusters of what it sees."""
    some = _some(source, LEARNED)
    rows = order(len(some), "looks")  # files often come sorted by class
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
    return Known(extractor.name, sorts, extractor.read, learned, centres, unseen, middle, asked, source.classes)


def _vary(rows: Tensor) -> bool:
    """Whether there are two different ones."""
    return bool((rows != rows[:1]).any())


def _some(pictures: ImageSet, n: int) -> ImageSet:
    return sampled(pictures, n * pictures.images[0].numel())


def _clusters(features: Tensor) -> Tensor:
    """Centres of k-means, from k-means++'s start (Richardson & Weiss 2018, §3.1); fewer where samples are few."""
    from scipy.cluster.vq import kmeans2  # 24 MB, which runs with classes or modes need not hold

    k = min(CLUSTERS, len(features))
    centres, _ = kmeans2(features[:, -ALONG:].double().numpy(), k, minit="++", seed=0)
    return torch.from_numpy(centres).to(features)


def _middle(pictures: Tensor) -> float:
    return ((pictures > 0) & (pictures < MOST)).float().mean().item()


def _mean(values_k: Tensor, counts_k: Tensor) -> float | None:
    """Mean over samples of what their kinds have, of kinds that have a number."""
    weights = counts_k * values_k.isfinite()
    return _short((weights * values_k.nan_to_num()).sum().item() / weights.sum().item()) if weights.any() else None


def _median(values_k: Tensor) -> float | None:
    """Median over kinds that have a number."""
    known = values_k[values_k.isfinite()]
    return _short(known.median().item()) if len(known) else None


def _short(number: float) -> float:
    """As the log can hold it."""
    return float(f"{min(max(number, -HUGE), HUGE):.{DIGITS}g}")
