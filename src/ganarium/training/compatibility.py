"""Checks of whether the parts of an experiment are compatible."""

from collections.abc import Mapping

from ganarium.config.experiment import Experiment
from ganarium.config.games import GameConfig, InfoConfig, SynthesisConfig
from ganarium.config.layers import LatentConfig
from ganarium.config.networks import GENERATORS
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.remedies import REMEDIES
from ganarium.config.remedies.augmentation import PackingConfig
from ganarium.config.remedies.regularization import FINEST_IN_BF16, SquaredSlopeConfig
from ganarium.core.errors import SettingsError
from ganarium.data.datasets import ImageSet, PairSet, Source
from ganarium.training.player import Player
from ganarium.training.remedies.base import Remedy

SPOILED = (
    ("image_pool", "latent_consistency", "pictures that are remembered have no latent of their own to be moved"),
    ("label_smoothing", "label_noise", "a smoothed label that is exchanged lies beyond 0 and 1"),
)
UNEVEN = ("extragradient", "adaptive")  # every second update is a look-ahead; the number of updates per step varies


def check(experiment: Experiment, source: Source) -> None:
    """Raise `SettingsError` with the reason if parts of an experiment are incompatible."""
    game, generator, data = experiment.game, experiment.generator, source.name
    if isinstance(source, PairSet) and not game.translates:
        ways = "or name the folder of one domain as data.folder" if source.origin else "or game=paired"
        raise SettingsError(f"data={data} holds two domains for translation: use game=cycle, {ways}")
    if game.translates and not isinstance(source, PairSet):
        raise SettingsError(
            f"game={game.kind} translates between two domains and data={data} has one: use "
            "data=pairs, or a folder with trainA and trainB"
        )
    if generator.translates != game.translates:
        needs = [name for name, entry in GENERATORS.items() if entry.settings.translates == game.translates]
        raise SettingsError(
            f"generator={generator.kind} {'translates' if generator.translates else 'does not translate'} pictures: "
            f"game={game.kind} needs generator={' or '.join(needs)}"
        )
    if game.labelled and not source.classes:
        raise SettingsError(f"data={data} has no labels{_why_none(source)}: {_without_labels(game)}")
    if isinstance(game, InfoConfig) and isinstance(generator, LatentConfig) and game.continuous > generator.latent:
        raise SettingsError(
            f"game.continuous={game.continuous}: the latent has {generator.latent} numbers; use a smaller one, or "
            f"generator.latent={game.continuous} or more"
        )
    _check_remedies(experiment, source)


def _check_remedies(experiment: Experiment, source: Source) -> None:
    """Raise `SettingsError` if a remedy is incompatible with the other parts."""
    game, data = experiment.game, source.name
    for name in experiment.remedies:
        remedy: type[Remedy] = REMEDIES[name].load()
        if game.told(source.classes) and not remedy.conditional:
            raise SettingsError(
                f"remedies.{name} does not keep labels with its pictures: use a game without labels, as "
                "game=synthesis game.conditional=false"
            )
        if not remedy.apart and (game.told(source.classes) or game.reads_classes):
            raise SettingsError(
                f"remedies.{name} has one verdict for several pictures, and game={game.kind} needs one for each label: "
                "use a game without labels, as game=synthesis game.conditional=false"
            )
        if remedy.pictorial and len(source.shape) == 1:
            raise SettingsError(
                f"remedies.{name} changes pictures, and data={data} holds points: use remedies.instance_noise"
            )
        if remedy.probabilities and not experiment.objective.probabilities:
            able = [kind for kind, entry in OBJECTIVES.items() if entry.settings.probabilities]
            raise SettingsError(
                f"remedies.{name} is about what the discriminator thinks probable, and objective="
                f"{experiment.objective.kind} has no probabilities: use objective={' or '.join(able)}"
            )
        if remedy.signs and not experiment.objective.signs:
            raise SettingsError(
                f"remedies.{name} follows how sure the discriminator is of real pictures by the signs of its logits, "
                f"and those of objective={experiment.objective.kind} say nothing: use objective=non-saturating or hinge"
                ", or least-squares with objective.a=-1"
            )
        if remedy.latents and game.translates:
            raise SettingsError(
                f"remedies.{name} moves latents, and game={game.kind} has none: use a game that generates, as "
                "game=synthesis"
            )
    for name, remedy_settings in experiment.remedies.items():
        step = getattr(remedy_settings, "differences", 0)
        if experiment.engine.precision == "bf16" and 0 < step < FINEST_IN_BF16:
            raise SettingsError(
                f"remedies.{name}.differences={step:g} is too fine for engine.precision=bf16, which would see its own "
                f"rounding: use {FINEST_IN_BF16:g} or more, or engine.precision=fp32"
            )
    _check_together(experiment)
    _check_packs(experiment)


def _check_packs(experiment: Experiment) -> None:
    """Raise `SettingsError` if the batch size is not a multiple of the pack size."""
    packing = experiment.remedies.get("packing")
    if isinstance(packing, PackingConfig) and experiment.train.batch % packing.pictures:
        whole = -(-experiment.train.batch // packing.pictures) * packing.pictures
        raise SettingsError(
            f"train.batch={experiment.train.batch}: packs of remedies.packing.pictures={packing.pictures} do not fill "
            f"it; use train.batch={whole}"
        )


def _check_together(experiment: Experiment) -> None:
    """Raise `SettingsError` if remedies are incompatible with each other or with the update rule."""
    for one, other, why in SPOILED:
        if one in experiment.remedies and other in experiment.remedies:
            raise SettingsError(f"remedies.{one} and remedies.{other}: {why}; leave one of them out")
    for name, remedy in experiment.remedies.items():
        if isinstance(remedy, SquaredSlopeConfig) and remedy.every > 1 and experiment.update.kind in UNEVEN:
            raise SettingsError(
                f"remedies.{name}.every={remedy.every}: update={experiment.update.kind} does not make so many even "
                f"updates a step; use remedies.{name}.every=1 or update=alternating"
            )


def refuse_slopes_across(remedies: Mapping[str, Remedy], discriminator: Player) -> None:
    """Raise `SettingsError` if a remedy bounds the slope at each picture but a layer sees the rest of the batch."""
    for name, remedy in remedies.items():
        if remedy.alone and any(network.crosses_samples for network in discriminator.networks.values()):
            raise SettingsError(
                f"remedies.{name} is about the slope at each picture, and a layer of the discriminator looks at the "
                "rest of the batch: use discriminator.norm=none or instance, and discriminator.batch_features=none"
            )


def _why_none(source: Source) -> str:
    """Return in parentheses why a user's pictures have no labels; an empty string if unknown."""
    why = source.origin.unlabelled if isinstance(source, ImageSet) and source.origin else ""
    return f" ({why})" if why else ""


def _without_labels(game: GameConfig) -> str:
    return "use game.conditional=false" if isinstance(game, SynthesisConfig) else "use game=synthesis or game=info"
