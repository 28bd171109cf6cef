"""The only place where the names in an Experiment become objects."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from ganarium.core.config import Experiment
from ganarium.core.errors import SettingsError
from ganarium.core.settings.base import DataSettings
from ganarium.core.settings.data import DATA
from ganarium.core.settings.networks import DISCRIMINATORS, GENERATORS, Init
from ganarium.core.settings.own import OwnData
from ganarium.core.settings.play import GAMES, OBJECTIVES, OPTIMIZERS, UPDATES, Synthesis
from ganarium.core.settings.remedies import REMEDIES
from ganarium.core.streams import Streams
from ganarium.data.feed import feed
from ganarium.data.own.shelf import changed_at
from ganarium.data.sets import PairSet, Source, Split
from ganarium.networks.base import Discriminator, Generator, Network, Subject
from ganarium.networks.init import initialize
from ganarium.training.match import Match
from ganarium.training.optimizers import learning_rate
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy
from ganarium.training.step import UpdateRule

State = Mapping[str, Tensor]


def load_data(settings: DataSettings, split: Split = "train") -> Source:
    """One split of a data set; the last four stay in memory, for as long as no file of theirs changes."""
    place = settings.place if isinstance(settings, OwnData) else None
    return _load(settings, split, changed_at(Path(place)) if place else None)


@lru_cache(maxsize=4)
def _load(settings: DataSettings, split: Split, _changed: tuple[int, int] | None) -> Source:
    source: Source = DATA[settings.kind].load()(settings, split)
    return source


def subject_of(experiment: Experiment, source: Source) -> Subject:
    """What the networks are about."""
    return Subject(source.shape, len(source.classes) if conditional(experiment) else 0)


def conditional(experiment: Experiment) -> bool:
    """Whether the players are told labels."""
    return isinstance(experiment.game, Synthesis) and experiment.game.conditional


def build_generator(experiment: Experiment, subject: Subject) -> Generator:
    """The generator without weights, on the meta device."""
    with torch.device("meta"):
        network: Generator = GENERATORS[experiment.generator.kind].load()(experiment.generator, subject)
    return network


def build_discriminator(experiment: Experiment, subject: Subject) -> Discriminator:
    """The discriminator without weights, on the meta device."""
    with torch.device("meta"):
        network: Discriminator = DISCRIMINATORS[experiment.discriminator.kind].load()(experiment.discriminator, subject)
    return network


def assemble(experiment: Experiment, source: Source, device: torch.device, state: State | None = None) -> Match:
    """A match ready for its next step: fresh, or as `state` (of `Match.state`) says.

    Raises `SettingsError` for parts that cannot work together.
    """
    check(experiment, source)
    subject = subject_of(experiment, source)
    streams = Streams(experiment.seed, device)
    generator, discriminator = build_generator(experiment, subject), build_discriminator(experiment, subject)
    for name, network, settings in (
        ("generator", generator, experiment.generator),
        ("discriminator", discriminator, experiment.discriminator),
    ):
        _fill(name, network, settings.init, experiment.seed, device)
    game = GAMES[experiment.game.kind].load()(generator, discriminator)
    players = {
        side: _player(experiment, side, [(n, game.networks[n]) for n in names]) for side, names in game.sides.items()
    }
    remedies: dict[str, Remedy] = {
        name: entry.load()(experiment.remedies[name]) for name, entry in REMEDIES.items() if name in experiment.remedies
    }
    if state is not None:
        for side, player in players.items():
            player.restore(_below(state, f"{side}/"))
    for name, remedy in remedies.items():
        remedy.prepare(players)
        if state is not None and any(key.startswith(f"remedies/{name}/") for key in state):
            remedy.restore(_below(state, f"remedies/{name}/"))
    return Match(
        game=game,
        players=players,
        objective=OBJECTIVES[experiment.objective.kind].load(),
        remedies=remedies,
        feed=feed(source, experiment.train.batch, streams, generator.output_range, labelled=conditional(experiment)),
        streams=streams,
        batch=experiment.train.batch,
        shared_latents=experiment.latents == "shared",
    )


def update_rule(experiment: Experiment) -> UpdateRule:
    """The rule by which steps are made."""
    rule: UpdateRule = UPDATES[experiment.update.kind].load()(experiment.update)
    return rule


def check(experiment: Experiment, source: Source) -> None:
    """Refuse parts that cannot work together, with the reason."""
    if isinstance(source, PairSet):
        raise SettingsError(
            f"data={source.name} holds two domains for translation: game={experiment.game.kind} needs one"
        )
    if conditional(experiment) and not source.classes:
        raise SettingsError(f"data={source.name} has no labels: use game.conditional=false")
    if len(source.shape) == 1 and experiment.generator.output != "linear":
        raise SettingsError(f"generator.output={experiment.generator.output}: points need generator.output=linear")
    for name in experiment.remedies:
        if conditional(experiment) and not REMEDIES[name].load().conditional:
            raise SettingsError(f"remedies.{name} does not keep labels with its pictures: use game.conditional=false")


def _fill(name: str, network: Network, init: Init, seed: int, device: torch.device) -> None:
    streams = Streams(seed)  # on the processor, so that every device starts from the same weights
    network.to_empty(device=device)
    initialize(network, init, lambda part, draw: streams.at(f"init.{name}.{part}", draw, 0))


def _player(experiment: Experiment, side: Side, networks: list[tuple[str, Network]]) -> Player:
    parameters = [parameter for _, network in networks for parameter in network.parameters()]
    lr = torch.tensor(learning_rate(experiment.optim, side, 0, experiment.horizon), device=parameters[0].device)
    optimizer = OPTIMIZERS[experiment.optim.kind].load()(experiment.optim, parameters, lr)
    return Player(dict(networks), optimizer, lr)


def _below(state: State, prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}
