"""Rules of the diagnosis: the signals, thresholds and explanation of each finding.

benchmarks/doctor tunes the thresholds on one half of a set of runs; results/doctor.md lists their error rates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ganarium.diagnosis import signals
from ganarium.diagnosis.series import GroupedEvents, Series, Signal

MIN_STEPS = 400  # steps that the values of a signal must cover, because the first steps of a run prove nothing
LEARNING_STEPS = 1_000  # the same for signals that every run triggers at first
IRREVERSIBLE = (signals.non_finite, signals.data_faults)  # no later step can undo these


@dataclass(frozen=True)
class Criterion:
    """A threshold for a signal, with the text that reports values beyond the threshold.

    text: a clause, with {value} for the number; may also use {auc}, the discriminator's AUC, and {group} and {groups},
        the word for a class, mode or cluster
    number_format: format of the number and the threshold
    min_values: number of consecutive values that must be beyond the threshold
    min_steps: number of steps that these values must cover, so that the first steps of a run do not suffice
    """

    signal: Signal
    threshold: float
    above: bool
    text: str
    number_format: str = ".0%"
    min_values: int = 1
    min_steps: int = MIN_STEPS

    @property
    def limit(self) -> str:
        """Return the threshold and its direction as text, for example "above 0.44"."""
        return f"{'above' if self.above else 'below'} {format(self.threshold, self.number_format)}"

    def clause(self, value: float, **words: str) -> str:
        """Return the clause for a value, with the threshold unless the threshold is 0."""
        number = format(value, self.number_format)
        clause = self.text.format(value=number, **words)
        if not self.threshold:
            return clause
        return f"{clause} ({'' if '{value}' in self.text else f'{number}, '}alarm {self.limit})"

    def is_beyond(self, value: float) -> bool:
        """Return whether a value is beyond the threshold."""
        return value > self.threshold if self.above else value < self.threshold

    def since(self, series: Series) -> int | None:
        """Return the step since which the value has been beyond the threshold; None if the newest value is not.

        Non-finite values are beyond any threshold.
        """
        within = series.values <= self.threshold if self.above else series.values >= self.threshold
        before = np.flatnonzero(within)
        first = before[-1] + 1 if len(before) else 0
        return int(series.steps[first]) if first < len(series) else None

    def is_certain(self, series: Series, since: int, history: GroupedEvents) -> bool:
        """Return whether the signal has been beyond the threshold for enough values and enough steps."""
        count = int((series.steps >= since).sum())
        if self.signal in IRREVERSIBLE:
            return count >= self.min_values
        return count >= self.min_values and history.step - self.signal.window_start(history, since) >= self.min_steps


@dataclass(frozen=True)
class Rule:
    """A rule that defines a finding: criteria, title and explanation.

    criteria: criteria, any one of which is sufficient
    meaning: one sentence that explains the term
    hides: names of rules that add no information when this rule applies
    applies_to: function that returns whether the rule applies to a run; if not, its signals are not listed
    """

    name: str
    title: str
    criteria: tuple[Criterion, ...]
    meaning: str
    hides: tuple[str, ...] = ()
    applies_to: Callable[[GroupedEvents], bool] = lambda _: True


def below(
    signal: Signal,
    threshold: float,
    text: str,
    number_format: str = ".0%",
    min_values: int = 1,
    min_steps: int = MIN_STEPS,
) -> Criterion:
    """Return a criterion that is met by values below the threshold."""
    return Criterion(signal, threshold, False, text, number_format, min_values, min_steps)


def above(
    signal: Signal,
    threshold: float,
    text: str,
    number_format: str = ".0%",
    min_values: int = 1,
    min_steps: int = MIN_STEPS,
) -> Criterion:
    """Return a criterion that is met by values above the threshold."""
    return Criterion(signal, threshold, True, text, number_format, min_values, min_steps)


def has_average(history: GroupedEvents) -> bool:
    """Return whether the snapshots include an averaged generator."""
    return any(snapshot.averaged is not None for snapshot in history.snapshots)


RULES = (  # most severe first, and causes before their effects
    Rule(
        "divergence",
        "divergence",
        (
            above(signals.non_finite, 0, "training stopped because a loss or weight was not finite", ".0f"),
            above(signals.loss_size, 300.0, "the magnitude of the larger loss is {value}", ".3g"),
            above(signals.sample_spread, 8.0, "two samples differ {value} times as much as two real ones", ".3g"),
            above(signals.data_distance, 4.0, "the distance to real data is {value}", ".3g"),
        ),
        "Weights or losses grow without bound; more steps will not recover the run.",
        (
            *("constant", "collapse", "partial-collapse", "low-diversity"),
            *("discriminator-too-strong", "generator-too-strong", "poor-average"),
        ),
    ),
    Rule(
        "data-problem",
        "data problem",
        (above(signals.data_faults, 0, "the data check found severe faults: {value}", ".0f"),),
        "What looks like a training problem may be a problem of the data; check the data first.",
    ),
    Rule(
        "constant",
        "constant or saturated output",
        (
            below(signals.sample_spread, 0.03, "two samples differ only {value} as much as two real ones", ".2%"),
            below(signals.mid_grey, 0.02, "the share of mid-grey pixels is {value} of that in real images", ".2%"),
        ),
        "The generator's last layer is saturated: latents hardly change the output, and hardly any gradient passes.",
        ("collapse", "partial-collapse", "low-diversity", "vanishing-gradients"),
    ),
    Rule(
        "memorization",
        "memorization",
        (
            below(
                signals.training_distance,
                0.75,
                "the distance to the training data is {value} of that of held-out samples",
                min_values=3,
            ),
        ),
        "The generator produces exact or near copies of training samples.",
        ("low-diversity",),
    ),
    Rule(
        "vanishing-gradients",
        "vanishing generator gradients",
        (
            below(signals.generator_gradient, 1e-2, "the generator's gradient is {value} of its maximum", ".1e"),
            above(signals.dead_layers, 0, "layers that receive no gradient: {value}", ".0f"),
        ),
        "The generator receives no usable gradient, so it does not improve, whatever the losses are.",
    ),
    Rule(
        "generator-too-strong",
        "discriminator too weak",
        (
            below(
                signals.discriminator_auc,
                0.42,
                "the discriminator ranks real above generated in {value} of pairs, where 50% is chance",
                min_values=3,
                min_steps=600,
            ),
            above(
                signals.discriminator_weakness,
                0.42,
                "the discriminator ranks real above generated in {auc} of pairs, though samples are far from the data",
                ".2f",
                min_values=2,
                min_steps=LEARNING_STEPS,
            ),
        ),
        "The discriminator cannot keep up, so the generator learns to fool it instead of learning the data.",
    ),
    Rule(
        "discriminator-too-strong",
        "discriminator too strong",
        (
            above(
                signals.discriminator_advantage,
                0.44,
                "the discriminator ranks real above generated in {auc} of pairs and the generator hardly improves",
                ".2f",
                min_values=2,
            ),
        ),
        "The discriminator separates the samples so well that its gradient hardly guides the generator.",
    ),
    Rule(
        "collapse",
        "mode collapse",
        (
            below(signals.class_coverage, 0.5, "only {value} of the {groups} are generated", min_values=2),
            below(
                signals.sample_spread, 0.25, "two samples differ only {value} as much as two real ones", min_values=2
            ),
        ),
        "The generator produces a few outputs that fool the discriminator, and hardly anything else.",
        ("partial-collapse", "low-diversity"),
    ),
    Rule(
        "oscillation",
        "oscillation",
        (
            above(
                signals.class_changes,
                0.25,
                "{value} of the samples change their {group} from one snapshot to the next",
                min_values=2,
                min_steps=2 * LEARNING_STEPS,
            ),
            above(
                signals.sample_drift,
                0.6,
                "samples move by {value} standard deviations of the data from one snapshot to the next",
                ".2f",
                min_values=2,
                min_steps=2 * LEARNING_STEPS,
            ),
        ),
        "The generator moves from class to class and the discriminator follows; neither converges.",
    ),
    Rule(
        "partial-collapse",
        "partial mode collapse",
        (
            below(
                signals.rarest_class,
                0.3,
                "the rarest {group} appears at most {value} as often as in the data",
                min_values=2,
                min_steps=LEARNING_STEPS,
            ),
            below(
                signals.rarest_class_at_once,
                0.25,
                "in one snapshot the rarest {group} appears at most {value} as often as in the data",
                min_values=2,
                min_steps=LEARNING_STEPS,
            ),
        ),
        "Some parts of the data are hardly ever generated.",
    ),
    Rule(
        "low-diversity",
        "low diversity within classes",
        (
            below(
                signals.class_diversity,
                0.75,
                "two samples of one {group} differ only {value} as much as two real ones",
                min_values=3,
            ),
            below(
                signals.core_diversity,
                0.55,
                "half of the samples of a {group} lie within a radius that is {value} of that in the data",
                min_values=3,
            ),
        ),
        "Every class is generated, but with nearly the same sample each time.",
    ),
    Rule(
        "poor-average",
        "averaged generator worse than the newest weights",
        (
            above(
                signals.average_excess,
                0.2,
                "the averaged generator's distance to real data is larger by {value}",
                ".2f",
                min_values=2,
            ),
        ),
        "Samples and scores use the average by default; it covers too few steps, or incompatible weights.",
        applies_to=has_average,
    ),
)
IMPROVING = above(
    signals.improvement, 0.2, "the newest snapshots are {value} closer to the data than the previous ones"
)
