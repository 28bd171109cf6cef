"""Checks of what remedies require from the rest of an experiment, on settings alone.

Training refuses an experiment with an unmet requirement; advice does not suggest it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ganarium.config.experiment import Experiment
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.registry import Requires
from ganarium.config.remedies import REMEDIES
from ganarium.config.remedies.augmentation import PackingConfig
from ganarium.config.remedies.regularization import FINEST_IN_BF16, SquaredGradientConfig

WITHOUT_LABELS = "use a game without labels, such as game=synthesis game.conditional=false"


@dataclass(frozen=True)
class Requirement:
    """One field of `Requires`: whether an experiment meets it, and the sentence for one that does not.

    The sentence names the remedy, the setting that conflicts with it, and the fix; its placeholders are `name`,
    `experiment` and `objectives` (those with probabilities).
    """

    met: Callable[[Experiment], bool]
    sentence: str


REQUIREMENTS: Mapping[str, Requirement] = {
    "unconditional": Requirement(
        lambda experiment: not experiment.game.class_conditional,
        "remedies.{name} stores images without their labels, and game={experiment.game.kind} is class-conditional: "
        f"{WITHOUT_LABELS}",
    ),
    "no_classes": Requirement(
        lambda experiment: not experiment.game.class_conditional and not experiment.game.predicts_classes,
        "remedies.{name} gives one logit for several images, and game={experiment.game.kind} needs one for each "
        f"label: {WITHOUT_LABELS}",
    ),
    "images": Requirement(
        lambda experiment: not experiment.data.holds_points,
        "remedies.{name} needs images, and data={experiment.data.kind} holds points: use remedies.instance_noise",
    ),
    "probabilities": Requirement(
        lambda experiment: experiment.objective.probabilities,
        "remedies.{name} needs an objective whose logits are those of probabilities, and "
        "objective={experiment.objective.kind} has none: use objective={objectives}",
    ),
    "signed_logits": Requirement(
        lambda experiment: experiment.objective.signed_logits,
        "remedies.{name} adapts to the share of real images with logits above 0, which means nothing for "
        "objective={experiment.objective.kind}: use objective=non-saturating or hinge, or least-squares with "
        "objective.a=-1",
    ),
    "latents": Requirement(
        lambda experiment: not experiment.game.translates,
        "remedies.{name} perturbs latents, and game={experiment.game.kind} has none: use a game that generates from "
        "latents, such as game=synthesis",
    ),
    "nonzero_initial_weights": Requirement(
        lambda experiment: not experiment.discriminator.zero_initial_weights,
        "remedies.{name} divides weights by their largest singular value, and discriminator="
        "{experiment.discriminator.kind} has layers whose weights start at 0: use discriminator=conv or "
        "discriminator=dense, or remedies.r1",
    ),
    "independent_samples": Requirement(
        lambda experiment: not experiment.discriminator.may_cross_samples,
        "remedies.{name} needs the gradient at each image, and a layer of the discriminator depends on the rest of the "
        "batch: use discriminator.norm=none or instance, and discriminator.batch_features=none",
    ),
}
UNLESS_NEUTRAL = {"nonzero_initial_weights"}  # requirements of what a remedy does, not of its presence


def unmet(experiment: Experiment, *, crosses_samples: bool | None = None) -> Iterator[str]:
    """Yield one message for each unmet requirement of a remedy, with the setting and the fix.

    crosses_samples: whether a layer of the discriminator depends on the rest of the batch, if its networks are built;
        by default, whether one may, by the settings
    """
    for name in experiment.remedies:
        for kind in required(REMEDIES[name].requires):
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
    """Yield the names of the fields of `Requires` that are set, in the order in which they are checked."""
    return (kind for kind in REQUIREMENTS if getattr(requires, kind))


def acts(experiment: Experiment, name: str) -> bool:
    """Return whether a remedy is present and not at its neutral settings."""
    settings, neutral = experiment.remedies.get(name), REMEDIES[name].neutral or {}
    return settings is not None and any(getattr(settings, key) != value for key, value in neutral.items())


def _objectives() -> str:
    return " or ".join(kind for kind, entry in OBJECTIVES.items() if entry.settings.probabilities)


def _excluded(experiment: Experiment) -> Iterator[str]:
    """Yield messages for pairs of remedies that exclude each other."""
    for name in experiment.remedies:
        for other, reason in REMEDIES[name].requires.excludes.items():
            if other in experiment.remedies:
                yield f"remedies.{name} and remedies.{other} exclude each other: {reason}; remove one of them"


def _unsupported_values(experiment: Experiment) -> Iterator[str]:
    """Yield messages for values of remedies that other settings do not support."""
    batch, rule = experiment.train.batch, experiment.update
    for name, settings in experiment.remedies.items():
        if isinstance(settings, SquaredGradientConfig):
            step = settings.differences
            if experiment.engine.precision == "bf16" and 0 < step < FINEST_IN_BF16:
                yield (
                    f"remedies.{name}.differences={step:g} is too small for engine.precision=bf16, whose rounding "
                    f"errors would exceed the differences: use {FINEST_IN_BF16:g} or more, or engine.precision=fp32"
                )
            if settings.every > 1 and not rule.even_updates:
                yield (
                    f"remedies.{name}.every={settings.every} skips discriminator updates, and those of "
                    f"update={rule.kind} differ in number or purpose: use remedies.{name}.every=1 or "
                    "update=alternating"
                )
        if isinstance(settings, PackingConfig) and batch % settings.pictures:
            multiple = -(-batch // settings.pictures) * settings.pictures
            yield (
                f"train.batch={batch} is not a multiple of remedies.{name}.pictures={settings.pictures}: use "
                f"train.batch={multiple}"
            )
