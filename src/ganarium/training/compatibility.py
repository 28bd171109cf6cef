"""Checks that the parts of an experiment are compatible with each other and with the data."""

from collections.abc import Iterator

from ganarium.config.experiment import Experiment
from ganarium.config.games import GameConfig, InfoConfig, SynthesisConfig
from ganarium.config.layers import LatentConfig
from ganarium.config.networks import GENERATORS, DenseDiscriminatorConfig
from ganarium.config.requirements import unmet
from ganarium.core.errors import SettingsError
from ganarium.data.datasets import ImageSet, PairSet, Source
from ganarium.training.player import Player


def check(experiment: Experiment, source: Source) -> None:
    """Raise `SettingsError` with the reason if parts of an experiment are incompatible."""
    game, generator, data = experiment.game, experiment.generator, source.name
    if isinstance(source, PairSet) and not game.translates:
        others = "or give the folder of one domain as data.folder" if source.origin else "or game=paired"
        raise SettingsError(f"data={data} contains two domains for translation: use game=cycle, {others}")
    if game.translates and not isinstance(source, PairSet):
        raise SettingsError(
            f"game={game.kind} translates between two domains, but data={data} has only one: use "
            "data=pairs, or a folder with trainA and trainB"
        )
    if generator.translates != game.translates:
        needs = [name for name, entry in GENERATORS.items() if entry.settings.translates == game.translates]
        raise SettingsError(
            f"generator={generator.kind} {'translates' if generator.translates else 'does not translate'} images, but "
            f"game={game.kind} needs generator={' or '.join(needs)}"
        )
    if game.labelled and not source.classes:
        raise SettingsError(f"data={data} has no labels{_why_none(source)}: {_without_labels(game)}")
    discriminator = experiment.discriminator
    if isinstance(discriminator, DenseDiscriminatorConfig) and discriminator.fourier_octaves and len(source.shape) > 1:
        raise SettingsError(
            f"discriminator.fourier_octaves={discriminator.fourier_octaves} needs points, but data={data} contains "
            "images: use discriminator.fourier_octaves=0"
        )
    if isinstance(game, InfoConfig) and isinstance(generator, LatentConfig) and game.continuous > generator.latent:
        raise SettingsError(
            f"game.continuous={game.continuous}: the latent has {generator.latent} dimensions; use a lower value, or "
            f"generator.latent={game.continuous} or more"
        )
    # whether layers of the discriminator depend on the rest of the batch is known only once they are built
    _refuse(unmet(experiment, crosses_samples=False))


def check_discriminator(experiment: Experiment, discriminator: Player) -> None:
    """Raise `SettingsError` if a remedy is incompatible with the layers of the discriminator."""
    crosses = any(network.crosses_samples for network in discriminator.networks.values())
    _refuse(unmet(experiment, crosses_samples=crosses))


def _refuse(reasons: Iterator[str]) -> None:
    """Raise `SettingsError` with the first reason, if any."""
    for reason in reasons:
        raise SettingsError(reason)


def _why_none(source: Source) -> str:
    """Return the reason why a user's images lack labels, in parentheses; an empty string if unknown."""
    why = source.origin.unlabelled if isinstance(source, ImageSet) and source.origin else ""
    return f" ({why})" if why else ""


def _without_labels(game: GameConfig) -> str:
    return "use game.conditional=false" if isinstance(game, SynthesisConfig) else "use game=synthesis or game=info"
