"""Construction of networks, games, remedies and players from the names in an experiment; no other module does this."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from ganarium.config.experiment import Experiment
from ganarium.config.games import GAMES
from ganarium.config.given import copied, given_object
from ganarium.config.layers import (
    DiscriminatorConfig,
    GeneratorConfig,
    ImageDiscriminatorConfig,
    LatentConfig,
    SharedChannelsConfig,
)
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.config.remedies import REMEDIES, remedy_entry
from ganarium.config.remedies.augmentation import PackingConfig
from ganarium.config.updates import UPDATES
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import Feed
from ganarium.data.datasets import Source
from ganarium.data.own_augmentation import Augmented, refuse_irreproducible
from ganarium.losses.objectives import build_objective, refuse_without_gradient
from ganarium.networks.base import Network, Subject
from ganarium.networks.foreign import refuse_shared
from ganarium.networks.shared_channels import SharedChannelsDiscriminator, SharedChannelsGenerator
from ganarium.training.compatibility import check, check_discriminator
from ganarium.training.games.base import Game
from ganarium.training.player import Player, Side, refuse_unused
from ganarium.training.remedies.base import Remedy
from ganarium.training.schedules import learning_rate
from ganarium.training.state import TrainingState
from ganarium.training.update_rules import UpdateRule

State = Mapping[str, Tensor]
SIDES: tuple[Side, ...] = ("generator", "discriminator")


def game_class(experiment: Experiment) -> type[Game]:
    """Return the class of the experiment's game."""
    game: type[Game] = GAMES[experiment.game.kind].load()
    return game


def build_networks(
    experiment: Experiment, shape: tuple[int, ...], classes: int, sides: Collection[Side] = SIDES
) -> dict[str, Network]:
    """Return the players' networks by name, on the meta device, for data of the given shape and number of classes.

    Convolution kernels use the channels-last layout, which is up to 1.5 times faster (LOG.md).

    Raises `SettingsError` if a network family does not support what the game requires.
    """
    game = game_class(experiment)
    subjects = dict(game.subjects(experiment.game, shape, classes))
    subjects |= {name: _with_seen_shape(experiment, subjects[name]) for name in game.sides["discriminator"]}
    families: dict[Side, Callable[[Subject], Network]] = {
        "generator": _generator_family(experiment.generator),
        "discriminator": _discriminator_family(experiment.discriminator),
    }
    with torch.device("meta"):
        networks = {
            name: families[side](subjects[name])
            for side, names in game.sides.items()
            if side in sides
            for name in names
        }
    for network in networks.values():
        convert_conv2d_weight_memory_format(network, torch.channels_last)
    return networks


def _generator_family(settings: GeneratorConfig) -> Callable[[Subject], Network]:
    make = partial(GENERATORS[settings.kind].load(), settings)
    if isinstance(settings, SharedChannelsConfig) and settings.shared_channels:
        assert isinstance(settings, LatentConfig)
        return partial(SharedChannelsGenerator, make, settings)
    return make


def _discriminator_family(settings: DiscriminatorConfig) -> Callable[[Subject], Network]:
    make = DISCRIMINATORS[settings.kind].load()
    if isinstance(settings, SharedChannelsConfig) and settings.shared_channels:
        assert isinstance(settings, ImageDiscriminatorConfig)
        return partial(SharedChannelsDiscriminator, make, settings)
    return partial(make, settings)


def assemble(
    experiment: Experiment, source: Source, device: torch.device, tensors: State | None = None
) -> TrainingState:
    """Return the training state before the next step, initialized or restored from `TrainingState.tensors`.

    Raises `SettingsError` for incompatible parts.
    """
    check(experiment, source)
    streams = Streams(experiment.seed, device)
    networks = build_networks(experiment, source.shape, len(source.classes))
    if len(source.shape) == 1 and experiment.generator.output not in ("linear", None):
        raise SettingsError(f"generator.output={experiment.generator.output}: points need generator.output=linear")
    for name, network in networks.items():
        if network.crosses_samples and _rows_per_call(experiment, name) == 1:
            raise SettingsError(
                f"train.batch={experiment.train.batch}: a layer of the {name} combines samples of a batch; use a "
                "larger batch, or norm=instance and batch_features=none"
            )
        _initialize(name, network, experiment.seed, device)
    sides = game_class(experiment).sides.items()
    refuse_shared({side: nn.ModuleDict({name: networks[name] for name in names}) for side, names in sides})
    objective = build_objective(experiment.objective)
    if OBJECTIVES[experiment.objective.kind].code:
        refuse_without_gradient(objective)
    game = game_class(experiment)(experiment.game, networks, objective)
    players = {side: _player(experiment, side, {name: networks[name] for name in names}) for side, names in sides}
    remedies = build_remedies(experiment, source.shape, device)
    check_discriminator(experiment, players["discriminator"])
    if tensors is not None:
        for side, player in players.items():
            player.restore(_below(tensors, f"{side}/"))
    for name, remedy in remedies.items():
        for side, player in players.items():
            remedy.change(side, player.networks)
        remedy.prepare(players)
        if tensors is not None and any(key.startswith(f"remedies/{name}/") for key in tensors):
            remedy.restore(_below(tensors, f"remedies/{name}/"))
    if tensors is not None:
        for side, player in players.items():
            for name, network in player.networks.items():
                refuse_unused(network, _below(tensors, f"{side}/weights.{name}."))
    return TrainingState(
        game=game,
        players=players,
        remedies=remedies,
        feed=_feed(experiment, game, source, streams),
        streams=streams,
        batch=experiment.train.batch,
        shared_latents=experiment.latents == "shared",
    )


def _feed(experiment: Experiment, game: Game, source: Source, streams: Streams) -> Feed:
    """Return the training batches, augmented by a copy of the user's function if there is one."""
    feed = game.feed(source, experiment.train.batch, streams)
    if experiment.augment is None:
        return feed
    if game.settings.translates:
        raise SettingsError(f"augment=…: game={experiment.game.kind} translates pairs of images; leave out augment=…")
    part, name = given_object(experiment.augment), experiment.augment.part
    first, second, function = (copied(part, name) for _ in range(3))
    refuse_irreproducible(first, second, feed, game.generator.output_range)
    return Augmented(feed, function, game.generator.output_range)


def build_remedies(experiment: Experiment, shape: tuple[int, ...], device: torch.device) -> dict[str, Remedy]:
    """Create an experiment's remedies by name, for data of the given shape, without applying them."""
    remedies: dict[str, Remedy] = {}
    registered = [name for name in REMEDIES if name in experiment.remedies]
    for name in [*registered, *(name for name in experiment.remedies if name not in REMEDIES)]:
        settings = experiment.remedies[name]
        remedy = remedies[name] = remedy_entry(name, settings).load()(settings)
        remedy.channels = shape[0]
        if settings.scheduled:
            remedy.scale = torch.ones((), device=device)
    return remedies


def update_rule(experiment: Experiment) -> UpdateRule:
    """Return the update rule of an experiment."""
    rule: UpdateRule = UPDATES[experiment.update.kind].load()(experiment.update)
    return rule


def _rows_per_call(experiment: Experiment, network: str) -> int:
    """Return the number of rows that a network processes in one call."""
    packing, judges = experiment.remedies.get("packing"), game_class(experiment).sides["discriminator"]
    return experiment.train.batch // (
        packing.pictures if isinstance(packing, PackingConfig) and network in judges else 1
    )


def _with_seen_shape(experiment: Experiment, subject: Subject) -> Subject:
    shape = subject.shape
    for remedy in experiment.remedies.values():
        shape = remedy.input_shape(shape)
    return replace(subject, shape=shape)


def _initialize(name: str, network: Network, seed: int, device: torch.device) -> None:
    streams = Streams(seed)  # on the CPU, so that the initial weights are the same on every device
    network.allocate(device)
    network.initialize_weights(lambda part, draw: streams.at(f"init.{name}.{part}", draw, 0))


def _player(experiment: Experiment, side: Side, networks: Mapping[str, Network]) -> Player:
    device = next(parameter.device for network in networks.values() for parameter in network.parameters())
    start = learning_rate(experiment.optim, side, 0, experiment.horizon)
    lr, entry = torch.tensor(start, device=device), OPTIMIZERS[experiment.optim.kind]
    make = partial(entry.load(), start=start) if entry.code else entry.load()
    return Player(networks, lambda parameters: make(experiment.optim, parameters, lr), lr)


def _below(tensors: State, prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
