"""Signals of a run's health: time series of one number each, computed from the log alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from ganarium.diagnosis.series import Course, Evidence, Numbers
from ganarium.runs.events import Look

SPANS, LOOKS = 5, 3  # number of spans and snapshots per value of a signal, so that none depends on a single one
CHANGES = 4  # changes between snapshots per value of an oscillation signal
FEWEST = 2  # minimum number of spans for `lead` at the start of a run
DUE = 3.0  # minimum expected samples of a kind in `LOOKS` snapshots for its absence to be significant
DUE_AT_ONCE = 12.0  # the same for one snapshot; with more and rarer kinds, some are absent by chance
NEAR = 0.3  # `apart` below which samples are near the data, whatever the discriminator says
CHANCE = 0.05  # approximate `apart` by chance for this number of samples
CHANCE_WITHIN = 0.3  # the same for the logarithm of `within`
ECHO = 0.4  # minimum autocorrelation of a periodic series
TINY = float(np.finfo(np.float64).tiny)


def kinds(evidence: Evidence) -> Course:
    """Return the effective number of kinds (exponential of the entropy) generated at once, relative to the data's."""
    looks = ((look.step, np.array(look.counts, np.float64), np.array(look.due)) for look in evidence.looks)
    return Course.of((step, _effective(got) / _effective(due)) for step, got, due in looks).trailing(LOOKS, np.median)


def rarest(evidence: Evidence) -> Course:
    """Return the upper confidence limit of the rarest kind's samples, relative to the expected number."""
    return Course.of((step, float(_most(got, due).min())) for step, got, due in _pooled(evidence))


def absent(evidence: Evidence) -> Course:
    """Return the value of `rarest` for each snapshot alone, over kinds frequent enough to be missed in one."""
    looks = ((look.step, np.array(look.counts, np.float64), np.array(look.due)) for look in evidence.looks)
    often = ((step, got, due * got.sum()) for step, got, due in looks if due.max() * got.sum() >= DUE_AT_ONCE)
    return Course.of((step, float(_most(got, due, DUE_AT_ONCE).min())) for step, got, due in often)


def spread(evidence: Evidence) -> Course:
    """Return the distance of two samples, relative to that of two real ones."""
    return _of_looks(evidence, "spread")


def within(evidence: Evidence) -> Course:
    """Return the distance of two samples of one kind, relative to that of two real ones."""
    return _of_looks(evidence, "within")


def core(evidence: Evidence) -> Course:
    """Return the median distance of a kind's samples from their median, relative to that of real ones."""
    return _of_looks(evidence, "core")


def middle(evidence: Evidence) -> Course:
    """Return the share of values that are neither darkest nor brightest, relative to that of real pictures."""
    return _of_looks(evidence, "middle")


def apart(evidence: Evidence) -> Course:
    """Return the energy distance from real samples, relative to the distance of two real ones."""
    return _of_looks(evidence, "apart")


def averaged(evidence: Evidence) -> Course:
    """Return how much farther from the data the averaged generator's samples are than those of the newest weights."""
    gaps = ((look.step, look.averaged - look.apart) for look in evidence.looks if look.averaged is not None)
    return Course.of(gaps).trailing(LOOKS, np.median)


def nearness(evidence: Evidence) -> Course:
    """Return the distance to the nearest training sample, relative to that of unseen real ones."""
    return _of_looks(evidence, "nearest")


def turnover(evidence: Evidence) -> Course:
    """Return the share of samples that changed kind since the previous snapshot, minus the share expected by chance."""
    counts = [(look.step, np.array(look.counts)) for look in evidence.looks]
    changes = Course.of((step, _change(old, new)) for (_, old), (step, new) in pairwise(counts))
    return changes.trailing(CHANGES, np.mean)


def wandering(evidence: Evidence) -> Course:
    """Return how far samples moved, on average, between snapshots, in standard deviations of real ones."""
    places = [(look.step, np.array(look.centre)) for look in evidence.looks]
    ways = Course.of((step, float(np.linalg.norm(new - old))) for (_, old), (step, new) in pairwise(places))
    return ways.trailing(CHANGES, np.mean)


def lead(evidence: Evidence) -> Course:
    """Return the share of pairs of a real and a generated picture in which the real one is rated higher."""
    return evidence.mean("judged.lead").trailing(SPANS, np.median, FEWEST)


def unanswered(evidence: Evidence) -> Course:
    """Return the certainty of the discriminator's ranking, minus the generator's progress in the newest snapshots.

    0 at chance, 1 where every pair is ranked correctly; low where samples are near the data. The certainty is squared,
    so that `overlooked` and this signal exclude each other: no discriminator is both too weak and too strong.
    """
    far = _apart(evidence)
    past = far.trailing(LOOKS, lambda window: float(window[:-1].mean()))
    ahead = lead(evidence).at(past.steps)
    now, before = far.at(ahead.steps).values, past.at(ahead.steps).values
    nearer = ((before - now) / before.clip(CHANCE)).clip(0)
    sure = (2 * ahead.values - 1).clip(0) ** 2
    return Course(ahead.steps, np.minimum(sure, now / NEAR) - nearer)


def overlooked(evidence: Evidence) -> Course:
    """Return the share of pairs ranked wrongly, relative to chance; low where samples are near the data."""
    far = apart(evidence)
    ahead = lead(evidence).at(far.steps)
    far = far.at(ahead.steps)
    return Course(ahead.steps, np.minimum(2 * (1 - ahead.values), far.values / NEAR))


def fading(evidence: Evidence) -> Course:
    """Return the norm of the generator's gradient, relative to its largest value so far."""
    norm = evidence.mean("gradient.generator").trailing(SPANS, np.median)
    return Course(norm.steps, norm.values / np.maximum.accumulate(norm.values).clip(TINY))


def dead(evidence: Evidence) -> Course:
    """Return the number of layers, of either player, that receive no gradient."""
    silent = [{name for name, norm in one.gradients.items() if norm == 0} for one in evidence.layers]
    ends = range(SPANS, len(silent) + 1)
    return Course.of((evidence.layers[end - 1].step, len(set.intersection(*silent[end - SPANS : end]))) for end in ends)


def losses(evidence: Evidence) -> Course:
    """Return the magnitude of the larger loss."""
    generator, discriminator = (evidence.mean(side) for side in ("generator", "discriminator"))
    larger = np.maximum(np.abs(generator.values), np.abs(discriminator.values))
    return Course(generator.steps, larger).trailing(SPANS, np.median)


def breaks(evidence: Evidence) -> Course:
    """Return whether the run stopped because a number was not finite."""
    return Course.of([(evidence.step, evidence.ended == "diverged")])


def faults(evidence: Evidence) -> Course:
    """Return the number of serious faults that the data check found."""
    return Course.of([(0, len(evidence.remarks))])


def gain(evidence: Evidence) -> Course:
    """Return the relative reduction of the distance from the data between consecutive groups of snapshots.

    The larger of two reductions: of the overall distance, and of the deviation of the distance within a kind.
    """
    whole = _gained(_apart(evidence), CHANCE)
    odds = ((look.step, abs(float(np.log(max(look.within, TINY))))) for look in evidence.looks if look.within)
    kind = _gained(Course.of(odds), CHANCE_WITHIN)
    return Course(whole.steps, np.maximum(whole.values, kind.values)) if len(kind) == len(whole) else whole


def _gained(far: Course, chance: float) -> Course:
    means = far.trailing(LOOKS, np.mean)
    before, now = means.values[:-LOOKS], means.values[LOOKS:]
    return Course(means.steps[LOOKS:], (before - now) / before.clip(chance))


def best(evidence: Evidence) -> int | None:
    """Return the step around which samples were nearest to the data."""
    course = evidence.scores if len(evidence.scores) >= LOOKS else apart(evidence)
    return int(course.steps[course.values.argmin()]) if len(course) else None


def period(evidence: Evidence) -> float | None:
    """Return the period of the generator's loss in steps, by its autocorrelation; None if it is not periodic."""
    course = evidence.mean("generator")
    values = course.values[-(len(course) // 2) :]
    if len(values) < 2 * SPANS:
        return None
    x = np.arange(len(values))
    values = values - np.polyval(np.polyfit(x, values, 1), x)
    echo = np.correlate(values, values, "full")[len(values) - 1 :][: len(values) // 2]
    echo = echo / echo[0].clip(TINY)
    peaks = [i for i in range(2, len(echo) - 1) if echo[i - 1] < echo[i] >= echo[i + 1] and echo[i] > ECHO]
    return peaks[0] * float(np.median(np.diff(course.steps))) if peaks else None


def newest_kinds(evidence: Evidence) -> tuple[Numbers, Numbers]:
    """Return the number of samples of each kind in the newest snapshots, and the expected numbers."""
    return _together(evidence.looks[-LOOKS:])


MADE_OF: Mapping[Callable[[Evidence], Course], str] = {
    lead: "spans",
    fading: "spans",
    losses: "spans",
    dead: "layers",
}  # all others use snapshots


def window_start(sign: Callable[[Evidence], Course], evidence: Evidence, step: int) -> int:
    """Return the first step of the snapshots or spans that contribute to a signal's value at a step."""
    recorded = MADE_OF.get(sign, "looks")
    steps = [one.step for one in getattr(evidence, recorded) if one.step <= step]
    width = CHANGES + 1 if sign in (turnover, wandering) else LOOKS if recorded == "looks" else SPANS
    return steps[-width:][0] if steps else step


def _apart(evidence: Evidence) -> Course:
    return Course.of((look.step, look.apart) for look in evidence.looks)


def _of_looks(evidence: Evidence, name: str) -> Course:
    numbers = ((look.step, getattr(look, name)) for look in evidence.looks)
    return Course.of((step, number) for step, number in numbers if number is not None).trailing(LOOKS, np.median)


def _pooled(evidence: Evidence) -> Iterator[tuple[int, Numbers, Numbers]]:
    """Yield (step, samples of each kind, expected samples) of `LOOKS` consecutive snapshots together."""
    for end in range(LOOKS, len(evidence.looks) + 1):
        some = evidence.looks[end - LOOKS : end]
        yield some[-1].step, *_together(some)


def _together(looks: Sequence[Look]) -> tuple[Numbers, Numbers]:
    """Return the number of samples of each kind in several snapshots, and the expected numbers."""
    got: Numbers = np.array([look.counts for look in looks], dtype=np.float64).sum(axis=0)
    return got, got.sum() * np.array(looks[-1].due)


def _effective(counts: Numbers) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _most(got: Numbers, due: Numbers, enough: float = DUE) -> Numbers:
    """Return the upper 95 % limit of each kind's share over the expected one, for kinds expected often enough."""
    asked = due >= min(enough, due.max())
    most: Numbers = (got[asked] + 2 * np.sqrt(got[asked] + 1)) / due[asked]
    return most


def _change(old: Numbers, new: Numbers) -> float:
    """Return the total variation of two histograms, minus the average for two samples of one distribution."""
    shares = (old + new) / (old.sum() + new.sum())
    chance = np.sqrt(shares * (1 - shares) / np.pi * (1 / old.sum() + 1 / new.sum()) * 2).sum() / 2
    return float(np.abs(old / old.sum() - new / new.sum()).sum() / 2 - chance)
