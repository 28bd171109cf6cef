"""Rules of the diagnosis: the signals of each finding, their thresholds, and what the finding means.

benchmarks/doctor sets the thresholds on one half of a population of runs; results/doctor.md has their error rates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganarium.diagnosis import signals
from ganarium.diagnosis.series import Course, Evidence

Sign = Callable[[Evidence], Course]

HOLD = 400  # steps that the values of a signal must cover, because the first steps of a run prove nothing
SETTLING = 1_000  # the same for signals that every run shows while it learns
AT_ONCE = (signals.breaks, signals.faults)  # faults that no later step can undo


@dataclass(frozen=True)
class Criterion:
    """A threshold for a signal.

    says: a clause with {} for the number, which is formatted with `form`
    lasting: how many consecutive values must be beyond the threshold
    hold: how many steps these must cover, so that the first steps of a run do not trigger it
    """

    sign: Sign
    threshold: float
    above: bool
    says: str
    form: str = ".0%"
    lasting: int = 1
    hold: int = HOLD

    @property
    def name(self) -> str:
        """Return the name of the signal."""
        return self.sign.__name__

    def clause(self, value: float) -> str:
        """Return the clause for a value, with the threshold."""
        return f"{self.says.format(format(value, self.form))} (threshold {format(self.threshold, self.form)})"

    def since(self, course: Course) -> int | None:
        """Return the step since which the value has been beyond the threshold; None if the newest value is not.

        A number that is not finite is beyond any threshold.
        """
        within = course.values <= self.threshold if self.above else course.values >= self.threshold
        before = np.flatnonzero(within)
        first = before[-1] + 1 if len(before) else 0
        return int(course.steps[first]) if first < len(course) else None

    def is_sure(self, course: Course, since: int, evidence: Evidence) -> bool:
        """Return whether the threshold has been exceeded for long enough, in snapshots or spans and in steps."""
        lasted = int((course.steps >= since).sum())
        if self.sign in AT_ONCE:
            return lasted >= self.lasting
        return lasted >= self.lasting and evidence.step - signals.window_start(self.sign, evidence, since) >= self.hold


@dataclass(frozen=True)
class Rule:
    """The definition of one finding.

    criteria: any one of them is sufficient
    meaning: one sentence that explains the term
    hides: rules that add nothing when this one applies
    concerns: whether the rule is applicable to a run; if not, the rule and its signals are not mentioned
    """

    name: str
    title: str
    criteria: tuple[Criterion, ...]
    meaning: str
    hides: tuple[str, ...] = ()
    concerns: Callable[[Evidence], bool] = lambda _: True


def below(sign: Sign, threshold: float, says: str, form: str = ".0%", lasting: int = 1, hold: int = HOLD) -> Criterion:
    """Return a criterion that values below the threshold meet."""
    return Criterion(sign, threshold, False, says, form, lasting, hold)


def above(sign: Sign, threshold: float, says: str, form: str = ".0%", lasting: int = 1, hold: int = HOLD) -> Criterion:
    """Return a criterion that values above the threshold meet."""
    return Criterion(sign, threshold, True, says, form, lasting, hold)


def keeps_average(evidence: Evidence) -> bool:
    """Return whether the snapshots include an averaged generator."""
    return any(look.averaged is not None for look in evidence.looks)


RULES = (  # most serious first, and causes before their effects
    Rule(
        "divergence",
        "divergence",
        (
            above(signals.breaks, 0, "numbers that were not finite stopped it", ".0f"),
            above(signals.losses, 300.0, "a loss is {} in size", ".3g"),
            above(signals.spread, 8.0, "samples lie {} times as far apart as real ones", ".3g"),
            above(signals.apart, 4.0, "samples are {} times as far from the data as these are wide", ".3g"),
        ),
        "Weights or losses grow without bound; more steps do not bring the run back.",
        (
            *("constant", "collapse", "missing-kinds", "sameness", "discriminator-too-strong", "generator-too-strong"),
            "poor-average",
        ),
    ),
    Rule(
        "data-problem",
        "a problem of the data",
        (above(signals.faults, 0, "grave faults that the check of its data found: {}", ".0f"),),
        "What looks like a fault of the training may be what the data are like; look at them first.",
    ),
    Rule(
        "constant",
        "constant or saturated output",
        (
            below(signals.spread, 0.03, "two samples differ by {} of what two real ones do", ".2%"),
            below(signals.middle, 0.02, "of values between darkest and brightest there are {} of the usual", ".2%"),
        ),
        "The generator's last layer is pinned: hardly any latent changes the picture, and hardly any gradient passes.",
        ("collapse", "missing-kinds", "sameness", "vanishing-gradients"),
    ),
    Rule(
        "memorization",
        "memorization",
        (
            below(
                signals.nearness,
                0.75,
                "the nearest training sample lies at {} of the distance that is usual",
                lasting=3,
            ),
        ),
        "What is made are copies of the training samples, or nearly so.",
        ("sameness",),
    ),
    Rule(
        "vanishing-gradients",
        "vanishing generator gradients",
        (
            below(signals.fading, 1e-2, "the generator's gradient is {} of what it was", ".1e"),
            above(signals.dead, 0, "layers that get no gradient at all: {}", ".0f"),
        ),
        "Nothing tells the generator which way is better, so it stands still whatever the losses say.",
    ),
    Rule(
        "generator-too-strong",
        "the discriminator is too weak",
        (
            below(signals.lead, 0.42, "it ranks {} of pairs right, where half is chance", lasting=3, hold=600),
            above(
                signals.overlooked,
                0.42,
                "it ranks pairs nearly at chance, though samples are far from the data: {}, where 1 is chance",
                ".2f",
                lasting=2,
                hold=SETTLING,
            ),
        ),
        "The generator fools a discriminator that cannot follow, and learns what fools it instead of the data.",
    ),
    Rule(
        "discriminator-too-strong",
        "the discriminator is too strong",
        (above(signals.unanswered, 0.44, "its lead, less what the generator came nearer by, is {}", ".3g", lasting=2),),
        "It tells real from generated without effort, so that its gradient says little of what to do better.",
    ),
    Rule(
        "collapse",
        "mode collapse",
        (
            below(signals.kinds, 0.5, "{} of the data's kinds are made", lasting=2),
            below(signals.spread, 0.25, "two samples differ by {} of what two real ones do", lasting=2),
        ),
        "The generator found a few things that pass, and makes hardly anything else.",
        ("missing-kinds", "sameness"),
    ),
    Rule(
        "oscillation",
        "oscillation",
        (
            above(
                signals.turnover,
                0.25,
                "from look to look {} of samples change their kind",
                lasting=2,
                hold=2 * SETTLING,
            ),
            above(
                signals.wandering,
                0.6,
                "from look to look samples go {} standard deviations of the data",
                ".2f",
                lasting=2,
                hold=2 * SETTLING,
            ),
        ),
        "The generator goes from kind to kind and the discriminator runs after it; neither settles.",
    ),
    Rule(
        "missing-kinds",
        "partial mode collapse",
        (
            below(
                signals.rarest, 0.3, "the rarest kind is made at most {} as often as is due", lasting=2, hold=SETTLING
            ),
            below(
                signals.absent,
                0.25,
                "in one look the rarest kind is made at most {} as often as is due",
                lasting=2,
                hold=SETTLING,
            ),
        ),
        "Some of what the data have is hardly ever made.",
    ),
    Rule(
        "sameness",
        "no diversity within a kind",
        (
            below(signals.within, 0.75, "two samples of one kind differ by {} of what two real ones do", lasting=3),
            below(signals.core, 0.55, "half of a kind's samples lie within {} of the usual distance", lasting=3),
        ),
        "Every kind is made, but each as nearly one sample.",
    ),
    Rule(
        "poor-average",
        "the averaged generator is worse than the newest weights",
        (
            above(
                signals.averaged,
                0.2,
                "its samples are {} times the data's own width farther from the data",
                ".2f",
                lasting=2,
            ),
        ),
        "Samples and scores take the average unless told otherwise; it is too young, or what it averages does not mix.",
        concerns=keeps_average,
    ),
)
IMPROVING = above(signals.gain, 0.2, "samples came {} nearer to the data from some looks to the next")
