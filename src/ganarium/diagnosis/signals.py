"""Signals of a run's health, each a time series computed from the log alone.

A group is a class, mode or cluster of samples, depending on the data.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from ganarium.diagnosis.series import GroupedEvents, Numbers, Series, Signal
from ganarium.runs.events import Snapshot

SPANS, SNAPSHOTS = 5, 3  # spans and snapshots per value of a signal, so that no value depends on a single one
CHANGES = 4  # changes between snapshots per value of an oscillation signal
FEWEST = 2  # minimum number of spans for the discriminator's AUC at the start of a run
EXPECTED = 3.0  # minimum expected samples of a group in `SNAPSHOTS` snapshots for its absence to be significant
EXPECTED_AT_ONCE = 12.0  # the same for one snapshot; with more and rarer groups, some are absent by chance
NEAR = 0.3  # distance below which samples count as near the data, regardless of the discriminator
CHANCE = 0.05  # approximate distance of a perfect generator, due to the limited number of samples
CHANCE_WITHIN = 0.3  # the same for the logarithm of the diversity within a group
PERIODIC = 0.4  # minimum autocorrelation of a periodic series
TINY = float(np.finfo(np.float64).tiny)


def signal(
    title: str, meaning: str, recorded: str = "snapshots", width: int | None = None
) -> Callable[[Callable[[GroupedEvents], Series]], Signal]:
    """Return a decorator that turns a function into a signal named after it."""
    usual = SNAPSHOTS if recorded == "snapshots" else SPANS

    def decorate(compute: Callable[[GroupedEvents], Series]) -> Signal:
        return Signal(compute.__name__.replace("_", "-"), title, meaning, compute, recorded, width or usual)

    return decorate


@signal("class coverage", "Effective number of classes in one snapshot, relative to the data; 1 is ideal.")
def class_coverage(history: GroupedEvents) -> Series:
    """Return the exponentiated entropy of the group shares in one snapshot, relative to that of the data."""
    counted = ((one.step, np.array(one.counts, np.float64), np.array(one.due)) for one in history.snapshots)
    ratios = ((step, _effective(got) / _effective(expected)) for step, got, expected in counted)
    return Series.of(ratios).trailing(SNAPSHOTS, np.median)


@signal("rarest class share", "Upper 95 % limit of the rarest class's share, relative to the data; 1 is ideal.")
def rarest_class(history: GroupedEvents) -> Series:
    """Return the upper confidence limit of the rarest group's size, relative to the expected size."""
    return Series.of((step, float(_upper_limits(got, due).min())) for step, got, due in _pooled(history))


@signal(
    "rarest class share in one snapshot",
    "Upper 95 % limit of the rarest class's share in one snapshot, among classes that are frequent enough.",
)
def rarest_class_at_once(history: GroupedEvents) -> Series:
    """Return `rarest_class` for single snapshots, over groups frequent enough for their absence to be significant."""
    counted = ((one.step, np.array(one.counts, np.float64), np.array(one.due)) for one in history.snapshots)
    often = ((step, got, due * got.sum()) for step, got, due in counted if due.max() * got.sum() >= EXPECTED_AT_ONCE)
    return Series.of((step, float(_upper_limits(got, due, EXPECTED_AT_ONCE).min())) for step, got, due in often)


@signal("sample spread vs data", "Mean distance between two samples, relative to two real ones; 1 is ideal.")
def sample_spread(history: GroupedEvents) -> Series:
    """Return the mean distance between two samples, relative to that between two real samples."""
    return _of_snapshots(history, "spread")


@signal("diversity within a class", "Distance between two samples of a class, relative to real ones; 1 is ideal.")
def class_diversity(history: GroupedEvents) -> Series:
    """Return the mean distance between two samples of a group, relative to that of real samples."""
    return _of_snapshots(history, "within")


@signal("core diversity within a class", "Diversity of the half of a class that is closest to the class's median.")
def core_diversity(history: GroupedEvents) -> Series:
    """Return the median distance of a group's samples from their median, relative to that of real samples."""
    return _of_snapshots(history, "core")


@signal("share of mid-grey pixels", "Share of pixel values other than 0 and 255, relative to real images; 1 is ideal.")
def mid_grey(history: GroupedEvents) -> Series:
    """Return the share of pixel values other than 0 and 255, relative to that of real images."""
    return _of_snapshots(history, "middle")


@signal("distance to real data", f"Energy distance to real samples, normalized by their spread; {CHANCE} is perfect.")
def data_distance(history: GroupedEvents) -> Series:
    """Return the energy distance from real samples, relative to the mean distance between two real samples."""
    return _of_snapshots(history, "apart")


@signal(
    "moving average vs newest weights",
    "The averaged generator's distance to real data minus that of the newest weights.",
)
def average_excess(history: GroupedEvents) -> Series:
    """Return the averaged generator's distance to real data minus that of the newest weights."""
    gaps = ((one.step, one.averaged - one.apart) for one in history.snapshots if one.averaged is not None)
    return Series.of(gaps).trailing(SNAPSHOTS, np.median)


@signal(
    "distance to training data", "Distance to the nearest training sample, relative to held-out samples; 1 is ideal."
)
def training_distance(history: GroupedEvents) -> Series:
    """Return the distance to the nearest training sample, relative to that of held-out samples."""
    return _of_snapshots(history, "nearest")


@signal(
    "class changes between snapshots",
    "Share of samples that change class between snapshots, beyond chance; 0 is ideal.",
    width=CHANGES + 1,
)
def class_changes(history: GroupedEvents) -> Series:
    """Return the share of samples that changed group since the previous snapshot, minus that expected by chance."""
    counts = [(one.step, np.array(one.counts)) for one in history.snapshots]
    changes = Series.of((step, _change(old, new)) for (_, old), (step, new) in pairwise(counts))
    return changes.trailing(CHANGES, np.mean)


@signal(
    "sample drift",
    "Movement of the mean sample between snapshots, in standard deviations of real samples.",
    width=CHANGES + 1,
)
def sample_drift(history: GroupedEvents) -> Series:
    """Return the movement of the mean sample between snapshots, in standard deviations of real samples."""
    places = [(one.step, np.array(one.centre)) for one in history.snapshots]
    moves = Series.of((step, float(np.linalg.norm(new - old))) for (_, old), (step, new) in pairwise(places))
    return moves.trailing(CHANGES, np.mean)


@signal(
    "discriminator AUC",
    "Share of real-generated pairs in which the real sample gets the higher logit; 0.5 is chance.",
    "spans",
)
def discriminator_auc(history: GroupedEvents) -> Series:
    """Return the share of real-generated pairs in which the real sample gets the higher logit."""
    return history.mean("judged.lead").trailing(SPANS, np.median, FEWEST)


@signal(
    "discriminator advantage",
    "Certainty of the discriminator's ranking minus the generator's recent progress; 0 is ideal.",
)
def discriminator_advantage(history: GroupedEvents) -> Series:
    """Return the certainty of the discriminator's ranking, minus the generator's progress in the newest snapshots.

    0 at chance, 1 where every pair is ranked correctly; low where samples are near the data. The certainty is squared,
    so that `discriminator_weakness` and this signal exclude each other: no discriminator is both too weak and too
    strong.
    """
    distance = _distance(history)
    past = distance.trailing(SNAPSHOTS, lambda window: float(window[:-1].mean()))
    auc = discriminator_auc(history).at(past.steps)
    now, before = distance.at(auc.steps).values, past.at(auc.steps).values
    progress = ((before - now) / before.clip(CHANCE)).clip(0)
    certainty = (2 * auc.values - 1).clip(0) ** 2
    return Series(auc.steps, np.minimum(certainty, now / NEAR) - progress)


@signal(
    "discriminator weakness", "Share of pairs ranked wrongly, relative to chance, while samples are far from the data."
)
def discriminator_weakness(history: GroupedEvents) -> Series:
    """Return the share of pairs ranked wrongly, relative to chance; low when samples are near the data."""
    distance = data_distance(history)
    auc = discriminator_auc(history).at(distance.steps)
    distance = distance.at(auc.steps)
    return Series(auc.steps, np.minimum(2 * (1 - auc.values), distance.values / NEAR))


@signal(
    "generator gradient vs its maximum",
    "Norm of the generator's gradient, relative to its largest value in this run.",
    "spans",
)
def generator_gradient(history: GroupedEvents) -> Series:
    """Return the norm of the generator's gradient, relative to its largest value so far."""
    norm = history.mean("gradient.generator").trailing(SPANS, np.median)
    return Series(norm.steps, norm.values / np.maximum.accumulate(norm.values).clip(TINY))


@signal("layers without gradient", "Number of layers of both networks whose gradient stays exactly 0.", "layers")
def dead_layers(history: GroupedEvents) -> Series:
    """Return the number of layers of both networks that receive no gradient."""
    silent = [{name for name, norm in one.gradients.items() if norm == 0} for one in history.layers]
    ends = range(SPANS, len(silent) + 1)
    return Series.of((history.layers[end - 1].step, len(set.intersection(*silent[end - SPANS : end]))) for end in ends)


@signal("loss size", "Magnitude of the larger of the two players' losses.", "spans")
def loss_size(history: GroupedEvents) -> Series:
    """Return the magnitude of the larger loss."""
    generator, discriminator = (history.mean(player) for player in ("generator", "discriminator"))
    larger = np.maximum(np.abs(generator.values), np.abs(discriminator.values))
    return Series(generator.steps, larger).trailing(SPANS, np.median)


@signal("non-finite values", "1 if training stopped because a loss or a weight was not finite.")
def non_finite(history: GroupedEvents) -> Series:
    """Return 1 if the run stopped because a loss or weight was not finite, else 0."""
    return Series.of([(history.step, history.ended == "diverged")])


@signal("data faults", "Number of severe faults that the data check found.")
def data_faults(history: GroupedEvents) -> Series:
    """Return the number of severe faults that the data check found."""
    return Series.of([(0, len(history.data_faults))])


@signal(
    "recent improvement", "Relative reduction of the distance to real data from the previous to the newest snapshots."
)
def improvement(history: GroupedEvents) -> Series:
    """Return the relative reduction of the distance from the data between consecutive sets of snapshots.

    The larger of two reductions: that of the overall distance, and that of the error in diversity within groups.
    """
    whole = _reduction(_distance(history), CHANCE)
    odds = ((one.step, abs(float(np.log(max(one.within, TINY))))) for one in history.snapshots if one.within)
    within = _reduction(Series.of(odds), CHANCE_WITHIN)
    return Series(whole.steps, np.maximum(whole.values, within.values)) if len(within) == len(whole) else whole


def best_step(history: GroupedEvents) -> int | None:
    """Return the step around which samples were closest to the data."""
    course = history.scores if len(history.scores) >= SNAPSHOTS else data_distance(history)
    return int(course.steps[course.values.argmin()]) if len(course) else None


def loss_period(history: GroupedEvents) -> float | None:
    """Return the period of the generator's loss in steps, from the autocorrelation; None if there is no period."""
    course = history.mean("generator")
    values = course.values[-(len(course) // 2) :]
    if len(values) < 2 * SPANS:
        return None
    x = np.arange(len(values))
    values = values - np.polyval(np.polyfit(x, values, 1), x)
    echo = np.correlate(values, values, "full")[len(values) - 1 :][: len(values) // 2]
    echo = echo / echo[0].clip(TINY)
    peaks = [i for i in range(2, len(echo) - 1) if echo[i - 1] < echo[i] >= echo[i + 1] and echo[i] > PERIODIC]
    return peaks[0] * float(np.median(np.diff(course.steps))) if peaks else None


def newest_counts(history: GroupedEvents) -> tuple[Numbers, Numbers]:
    """Return the number of samples of each group in the newest snapshots, and the expected numbers."""
    return _sum_counts(history.snapshots[-SNAPSHOTS:])


def _reduction(distance: Series, chance: float) -> Series:
    means = distance.trailing(SNAPSHOTS, np.mean)
    before, now = means.values[:-SNAPSHOTS], means.values[SNAPSHOTS:]
    return Series(means.steps[SNAPSHOTS:], (before - now) / before.clip(chance))


def _distance(history: GroupedEvents) -> Series:
    return Series.of((one.step, one.apart) for one in history.snapshots)


def _of_snapshots(history: GroupedEvents, name: str) -> Series:
    numbers = ((one.step, getattr(one, name)) for one in history.snapshots)
    return Series.of((step, number) for step, number in numbers if number is not None).trailing(SNAPSHOTS, np.median)


def _pooled(history: GroupedEvents) -> Iterator[tuple[int, Numbers, Numbers]]:
    """Yield (step, samples per group, expected samples per group), summed over `SNAPSHOTS` snapshots."""
    for end in range(SNAPSHOTS, len(history.snapshots) + 1):
        some = history.snapshots[end - SNAPSHOTS : end]
        yield some[-1].step, *_sum_counts(some)


def _sum_counts(snapshots: Sequence[Snapshot]) -> tuple[Numbers, Numbers]:
    """Return the number of samples of each group in several snapshots, and the expected numbers."""
    got: Numbers = np.array([one.counts for one in snapshots], dtype=np.float64).sum(axis=0)
    return got, got.sum() * np.array(snapshots[-1].due)


def _effective(counts: Numbers) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _upper_limits(got: Numbers, due: Numbers, enough: float = EXPECTED) -> Numbers:
    """Return the upper 95 % limit of each group's share, relative to the expected share, for frequent groups."""
    often = due >= min(enough, due.max())
    limits: Numbers = (got[often] + 2 * np.sqrt(got[often] + 1)) / due[often]
    return limits


def _change(old: Numbers, new: Numbers) -> float:
    """Return the total variation of two histograms, minus the mean for two samples of one distribution."""
    shares = (old + new) / (old.sum() + new.sum())
    chance = np.sqrt(shares * (1 - shares) / np.pi * (1 / old.sum() + 1 / new.sum()) * 2).sum() / 2
    return float(np.abs(old / old.sum() - new / new.sum()).sum() / 2 - chance)
