"""Checks that an experiment's settings meet the requirements of its remedies.

Training rejects an experiment with an unmet requirement, and the diagnosis does not suggest such an experiment.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ganarium.config.experiment import Experiment
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.registry import Requires
from ganarium.config.remedies import remedy_entry
from ganarium.config.remedies.augmentation import PackingConfig
from ganarium.config.remedies.regularization import FINEST_IN_BF16, SquaredGradientConfig

WITHOUT_LABELS = "use a game without labels, such as game=synthesis game.conditional=false"


@dataclass(frozen=True)
class Requirement:
    """Condition for one field of `Requires`, and the error message for experiments that do not meet the condition.

    The message, `sentence`, names the remedy, the conflicting setting and the fix. The placeholders are `name`,
    `experiment` and `objectives` (the objectives based on probabilities).
    """

    met: Callable[[Experiment], bool]
    sentence: str


REQUIREMENTS: Mapping[str, Requirement] = {
    "unconditional": Requirement(
        lambda experiment: not experiment.game.class_conditional,
        "remedies.{name} stores images without their labels, but game={experiment.game.kind} is class-conditional; "
        f"{WITHOUT_LABELS}",
    ),
    "no_classes": Requirement(
        lambda experiment: not experiment.game.class_conditional and not experiment.game.predicts_classes,
        "remedies.{name} gives one logit for several images, but game={experiment.game.kind} needs one logit per "
        f"label; {WITHOUT_LABELS}",
    ),
    "images": Requirement(
        lambda experiment: not experiment.data.holds_points,
        "remedies.{name} needs images, but data={experiment.data.kind} contains points; use remedies.instance_noise",
    ),
    "probabilities": Requirement(
        lambda experiment: experiment.objective.probabilities,
        "remedies.{name} needs an objective that treats sigmoid(logit) as a probability, but "
        "objective={experiment.objective.kind} does not; use objective={objectives}",
    ),
    "signed_logits": Requirement(
        lambda experiment: experiment.objective.signed_logits,
        "remedies.{name} adapts to the share of real images with logits above 0, which is meaningless for "
        "objective={experiment.objective.kind}; use objective=non-saturating or hinge, or least-squares with "
        "objective.a=-1",
    ),
    "latents": Requirement(
        lambda experiment: not experiment.game.translates,
        "remedies.{name} perturbs latents, but game={experiment.game.kind} has no latents; use a game that generates "
        "images from latents, such as game=synthesis",
    ),
    "nonzero_initial_weights": Requirement(
        lambda experiment: not experiment.discriminator.zero_initial_weights,
        "remedies.{name} divides weights by their largest singular value, but discriminator="
        "{experiment.discriminator.kind} has layers whose weights start at 0; use discriminator=conv or "
        "discriminator=dense, or use remedies.r1 instead",
    ),
    "independent_samples": Requirement(
        lambda experiment: not experiment.discriminator.may_cross_samples,
        "remedies.{name} needs the gradient for each image alone, but the discriminator's logits depend on the rest "
        "of the batch; use discriminator.norm=none or instance, and discriminator.batch_features=none",
    ),
}
UNLESS_NEUTRAL = {"nonzero_initial_weights"}  # requirements that do not apply to a remedy with neutral settings


def unmet(experiment: Experiment, *, crosses_samples: bool | None = None) -> Iterator[str]:
    """Yield one message for each unmet requirement of a remedy, naming the setting and the fix.

    crosses_samples: whether a layer of the discriminator depends on the rest of the batch, if known from the network;
        by default, inferred from the settings
    """
    for name, settings in experiment.remedies.items():
        for kind in required(remedy_entry(name, settings).requires):
            if kind in UNLESS_NEUTRAL and not acts(experiment, name):
                continue
            if kind == "independent_samples" and crosses_samples is not None:
                met = not crosses_samples
            else:
                met = REQUIREMENTS[kind].met(experiment)
            if not met:
                yield REQUIREMENTS[kind].sentence.format(name=name, experiment=experiment, objectives=_objectives())
    yield from _excluded(experiment)
    yield from _unsupported_values(experiment)


def required(requires: Requires) -> Iterator[str]:
    """Iterate over the names of the `Requires` fields that are set, in the order of the checks."""
    return (kind for kind in REQUIREMENTS if getattr(requires, kind))


def acts(experiment: Experiment, name: str) -> bool:
    """Return whether a remedy is present with settings that are not neutral."""
    settings = experiment.remedies.get(name)
    neutral = remedy_entry(name, settings).neutral or {}
    return settings is not None and any(getattr(settings, key) != value for key, value in neutral.items())


def _objectives() -> str:
    return " or ".join(kind for kind, entry in OBJECTIVES.items() if entry.settings.probabilities)


def _excluded(experiment: Experiment) -> Iterator[str]:
    """Yield a message for each pair of incompatible remedies."""
    for name, settings in experiment.remedies.items():
        for other, reason in remedy_entry(name, settings).requires.excludes.items():
            if other in experiment.remedies:
                yield f"remedies.{name} and remedies.{other} exclude each other because {reason}; remove one of them"


def _unsupported_values(experiment: Experiment) -> Iterator[str]:
    """Yield a message for each remedy setting that conflicts with other settings."""
    batch, rule = experiment.train.batch, experiment.update
    for name, settings in experiment.remedies.items():
        if isinstance(settings, SquaredGradientConfig):
            step = settings.differences
            if experiment.engine.precision == "bf16" and 0 < step < FINEST_IN_BF16:
                yield (
                    f"remedies.{name}.differences={step:g} is too small for engine.precision=bf16, whose rounding "
                    f"errors would exceed the differences; use {FINEST_IN_BF16:g} or more, or engine.precision=fp32"
                )
            if settings.every > 1 and not rule.even_updates:
                yield (
                    f"remedies.{name}.every={settings.every} skips discriminator updates, but the "
                    f"updates of update={rule.kind} differ in number or purpose; use remedies.{name}.every=1 or "
                    "update=alternating"
                )
        if isinstance(settings, PackingConfig) and batch % settings.pictures:
            multiple = -(-batch // settings.pictures) * settings.pictures
            yield (
                f"train.batch={batch} is not a multiple of remedies.{name}.pictures={settings.pictures}; use "
                f"train.batch={multiple}"
            )
