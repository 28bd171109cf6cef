"""The signs by which a run's health is told: each a course of one number, made of what was recorded alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from ganarium.judgement.diagnosis.evidence import Course, Evidence, Numbers
from ganarium.runs.events import Look

SPANS, LOOKS = 5, 3  # that one value of a sign is taken over, so that none rests on a moment
CHANGES = 4  # from look to look, that one value of a sign of oscillation is taken over
FEWEST = 2  # spans that a lead is taken over in a run that has no more yet
DUE = 3.0  # samples that a kind must be due in so many looks for its absence to say something
DUE_AT_ONCE = 12.0  # the same of one look: of more kinds, which are due less often, some are absent by chance
NEAR = 0.3  # `apart` below which samples are near the data, whatever the discriminator says
CHANCE = 0.05  # `apart` that chance makes of so few samples, about
CHANCE_WITHIN = 0.3  # the same of the logarithm of `within`
ECHO = 0.4  # of a course, at least, where it comes again
TINY = float(np.finfo(np.float64).tiny)


def kinds(evidence: Evidence) -> Course:
    """How many kinds are made at once, as the exponential of their entropy, over the same of the data."""
    looks = ((look.step, np.array(look.counts, np.float64), np.array(look.due)) for look in evidence.looks)
    return Course.of((step, _effective(got) / _effective(due)) for step, got, due in looks).trailing(LOOKS, np.median)


def rarest(evidence: Evidence) -> Course:
    """Of the kind that is made least: as many samples as it may have, luck aside, over those that are due."""
    return Course.of((step, float(_most(got, due).min())) for step, got, due in _pooled(evidence))


def absent(evidence: Evidence) -> Course:
    """The same as `rarest` of each look alone, of kinds that are due often enough to be missed in one."""
    looks = ((look.step, np.array(look.counts, np.float64), np.array(look.due)) for look in evidence.looks)
    often = ((step, got, due * got.sum()) for step, got, due in looks if due.max() * got.sum() >= DUE_AT_ONCE)
    return Course.of((step, float(_most(got, due, DUE_AT_ONCE).min())) for step, got, due in often)


def spread(evidence: Evidence) -> Course:
    """Distance of two samples, over that of two real ones."""
    return _of_looks(evidence, "spread")


def within(evidence: Evidence) -> Course:
    """Distance of two samples of one kind, over that of two real ones."""
    return _of_looks(evidence, "within")


def core(evidence: Evidence) -> Course:
    """Median distance of a kind's samples from their median, over that of real ones."""
    return _of_looks(evidence, "core")


def middle(evidence: Evidence) -> Course:
    """Share of values that are neither darkest nor brightest, over that of real pictures."""
    return _of_looks(evidence, "middle")


def apart(evidence: Evidence) -> Course:
    """Energy distance from real samples, over the distance of two of these."""
    return _of_looks(evidence, "apart")


def averaged(evidence: Evidence) -> Course:
    """How much farther from the data samples of the averaged generator are than those of the newest weights."""
    gaps = ((look.step, look.averaged - look.apart) for look in evidence.looks if look.averaged is not None)
    return Course.of(gaps).trailing(LOOKS, np.median)


def nearness(evidence: Evidence) -> Course:
    """Distance to the nearest training sample, over that of unseen real ones."""
    return _of_looks(evidence, "nearest")


def turnover(evidence: Evidence) -> Course:
    """Share of samples that are of another kind than one look earlier, beyond what chance makes of as many."""
    counts = [(look.step, np.array(look.counts)) for look in evidence.looks]
    changes = Course.of((step, _change(old, new)) for (_, old), (step, new) in pairwise(counts))
    return changes.trailing(CHANGES, np.mean)


def wandering(evidence: Evidence) -> Course:
    """How far samples went, on average, from one look to the next, in standard deviations of real ones."""
    places = [(look.step, np.array(look.centre)) for look in evidence.looks]
    ways = Course.of((step, float(np.linalg.norm(new - old))) for (_, old), (step, new) in pairwise(places))
    return ways.trailing(CHANGES, np.mean)


def lead(evidence: Evidence) -> Course:
    """Share of pairs of a real and a generated picture of which the real one is judged higher."""
    return evidence.mean("judged.lead").trailing(SPANS, np.median, FEWEST)


def unanswered(evidence: Evidence) -> Course:
    """Return how sure the discriminator's ranking is, minus how much nearer to the data the generator came.

    0 at chance, 1 where every pair is ranked right; low where samples are near the data. Squared, so that what is
    `overlooked` is never unanswered: no discriminator is both too weak and too strong.
    """
    far = _apart(evidence)
    past = far.trailing(LOOKS, lambda window: float(window[:-1].mean()))
    ahead = lead(evidence).at(past.steps)
    now, before = far.at(ahead.steps).values, past.at(ahead.steps).values
    nearer = ((before - now) / before.clip(CHANCE)).clip(0)
    sure = (2 * ahead.values - 1).clip(0) ** 2
    return Course(ahead.steps, np.minimum(sure, now / NEAR) - nearer)


def overlooked(evidence: Evidence) -> Course:
    """Return the share of wrongly ranked pairs relative to chance; low where samples are near the data."""
    far = apart(evidence)
    ahead = lead(evidence).at(far.steps)
    far = far.at(ahead.steps)
    return Course(ahead.steps, np.minimum(2 * (1 - ahead.values), far.values / NEAR))


def fading(evidence: Evidence) -> Course:
    """Norm of the generator's gradient, over the largest that it had."""
    norm = evidence.mean("gradient.generator").trailing(SPANS, np.median)
    return Course(norm.steps, norm.values / np.maximum.accumulate(norm.values).clip(TINY))


def dead(evidence: Evidence) -> Course:
    """Layers, of either player, to which no gradient came."""
    silent = [{name for name, norm in one.gradients.items() if norm == 0} for one in evidence.layers]
    ends = range(SPANS, len(silent) + 1)
    return Course.of((evidence.layers[end - 1].step, len(set.intersection(*silent[end - SPANS : end]))) for end in ends)


def losses(evidence: Evidence) -> Course:
    """Size of the larger loss."""
    generator, discriminator = (evidence.mean(side) for side in ("generator", "discriminator"))
    larger = np.maximum(np.abs(generator.values), np.abs(discriminator.values))
    return Course(generator.steps, larger).trailing(SPANS, np.median)


def breaks(evidence: Evidence) -> Course:
    """Whether the run stopped since a number was not finite."""
    return Course.of([(evidence.step, evidence.ended == "diverged")])


def faults(evidence: Evidence) -> Course:
    """Grave faults that the check of its data found."""
    return Course.of([(0, len(evidence.remarks))])


def gain(evidence: Evidence) -> Course:
    """How much nearer to the data samples came from so many looks to as many more, in parts of how far they were.

    Nearer as a whole, or in the distance of two samples of one kind, whichever is more.
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
    """The step around which samples were nearest to the data."""
    course = evidence.scores if len(evidence.scores) >= LOOKS else apart(evidence)
    return int(course.steps[course.values.argmin()]) if len(course) else None


def period(evidence: Evidence) -> float | None:
    """Steps after which the generator's loss comes again, by its autocorrelation; None where it does not."""
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
    """Samples of each kind in the newest looks, and those that were due."""
    return _together(evidence.looks[-LOOKS:])


MADE_OF: Mapping[Callable[[Evidence], Course], str] = {
    lead: "spans",
    fading: "spans",
    losses: "spans",
    dead: "layers",
}  # the others are of looks


def window_start(sign: Callable[[Evidence], Course], evidence: Evidence, step: int) -> int:
    """Return the first of the steps whose looks or spans made a sign's value at a step."""
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
    """(step, samples of each kind, samples that were due) of so many looks together."""
    for end in range(LOOKS, len(evidence.looks) + 1):
        some = evidence.looks[end - LOOKS : end]
        yield some[-1].step, *_together(some)


def _together(looks: Sequence[Look]) -> tuple[Numbers, Numbers]:
    """Samples of each kind in several looks, and those that were due."""
    got: Numbers = np.array([look.counts for look in looks], dtype=np.float64).sum(axis=0)
    return got, got.sum() * np.array(looks[-1].due)


def _effective(counts: Numbers) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def _most(got: Numbers, due: Numbers, enough: float = DUE) -> Numbers:
    """The upper end of the 95 % interval of each kind's share, over what is due, of kinds that could be missed."""
    asked = due >= min(enough, due.max())
    most: Numbers = (got[asked] + 2 * np.sqrt(got[asked] + 1)) / due[asked]
    return most


def _change(old: Numbers, new: Numbers) -> float:
    """Total variation of two histograms, less what two samples of one law differ by on average."""
    shares = (old + new) / (old.sum() + new.sum())
    chance = np.sqrt(shares * (1 - shares) / np.pi * (1 / old.sum() + 1 / new.sum()) * 2).sum() / 2
    return float(np.abs(old / old.sum() - new / new.sum()).sum() / 2 - chance)
