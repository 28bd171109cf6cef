"""The only place where the names in an Experiment become objects."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.utils import convert_conv2d_weight_memory_format

from ganarium.config.base import DataSettings, Scheduled
from ganarium.config.datasets import DATA
from ganarium.config.experiment import Experiment
from ganarium.config.files import OwnData
from ganarium.config.games import GAMES, GameSettings, Info, Synthesis
from ganarium.config.layers import LatentSettings
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.remedies import REMEDIES
from ganarium.config.remedies.augmentation import Packing
from ganarium.config.remedies.regularization import FINEST_IN_BF16, SquaredSlope
from ganarium.config.updates import OPTIMIZERS, UPDATES
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams
from ganarium.data.classes import with_classes
from ganarium.data.datasets import ImageSet, PairSet, Source, Split
from ganarium.data.files.archive import changed_at
from ganarium.data.files.pickles import refuse_pickled
from ganarium.networks.base import Network, Subject
from ganarium.networks.init import initialize
from ganarium.training.games.base import Game
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy
from ganarium.training.schedules import learning_rate
from ganarium.training.state import Match
from ganarium.training.step import UpdateRule

State = Mapping[str, Tensor]
SPOILED = (
    ("image_pool", "latent_consistency", "pictures that are remembered have no latent of their own to be moved"),
    ("label_smoothing", "label_noise", "a smoothed label that is exchanged lies beyond 0 and 1"),
)
UNEVEN = ("extragradient", "adaptive")  # one looks ahead at every second update, one makes as many as it needs


def load_data(settings: DataSettings, split: Split = "train") -> Source:
    """One split of a data set; the last four stay in memory, for as long as no file of theirs changes."""
    place = settings.place if isinstance(settings, OwnData) else None
    if place:
        refuse_pickled(Path(place))
    return _load(settings, split, changed_at(Path(place)) if place else None)


@lru_cache(maxsize=4)
def _load(settings: DataSettings, split: Split, _changed: str | None) -> Source:
    source: Source = DATA[settings.kind].load()(settings, split)
    classes: tuple[str, ...] = getattr(settings, "classes", ())
    return with_classes(source, classes) if classes else source


def game_class(experiment: Experiment) -> type[Game]:
    """The game that is played."""
    game: type[Game] = GAMES[experiment.game.kind].load()
    return game


def build_networks(experiment: Experiment, shape: tuple[int, ...], classes: int) -> dict[str, Network]:
    """Every network of the game by name, without weights, on the meta device, for data of that shape and classes.

    Kernels of convolutions lie channels last, for which their products are faster (up to 1.5 times: LOG.md).

    Raises `SettingsError` where a family cannot do what the game asks of it.
    """
    game = game_class(experiment)
    subjects = dict(game.subjects(experiment.game, shape, classes))
    subjects |= {name: _seen(experiment, subjects[name]) for name in game.sides["discriminator"]}
    families: dict[Side, Callable[[Subject], Network]] = {
        "generator": partial(GENERATORS[experiment.generator.kind].load(), experiment.generator),
        "discriminator": partial(DISCRIMINATORS[experiment.discriminator.kind].load(), experiment.discriminator),
    }
    with torch.device("meta"):
        networks = {name: families[side](subjects[name]) for side, names in game.sides.items() for name in names}
    for network in networks.values():
        convert_conv2d_weight_memory_format(network, torch.channels_last)
    return networks


def allocate(network: Network, device: torch.device) -> Network:
    """Give a network of the meta device memory on another; `to_empty` does so too, and imports sympy for it."""

    def empty(tensor: Tensor) -> Tensor:
        return torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device=device)

    network._apply(empty)  # type: ignore[no-untyped-call]
    return network


def assemble(experiment: Experiment, source: Source, device: torch.device, state: State | None = None) -> Match:
    """A match ready for its next step: fresh, or as `state` (of `Match.state`) says.

    Raises `SettingsError` for parts that cannot work together.
    """
    check(experiment, source)
    streams = Streams(experiment.seed, device)
    networks = build_networks(experiment, source.shape, len(source.classes))
    if len(source.shape) == 1 and experiment.generator.output != "linear":
        raise SettingsError(f"generator.output={experiment.generator.output}: points need generator.output=linear")
    for name, network in networks.items():
        if network.crosses_samples and _at_once(experiment, name) == 1:
            raise SettingsError(
                f"train.batch={experiment.train.batch}: a layer of the {name} looks at the rest of the batch; use a "
                "larger one, or norm=instance and across=none"
            )
        _fill(name, network, experiment.seed, device)
    objective = OBJECTIVES[experiment.objective.kind].load()(**experiment.objective.model_dump(exclude={"kind"}))
    game = game_class(experiment)(experiment.game, networks, objective)
    players = {
        side: _player(experiment, side, {name: networks[name] for name in names}) for side, names in game.sides.items()
    }
    remedies = build_remedies(experiment, source.shape, device)
    _refuse_slopes_across(remedies, players["discriminator"])
    if state is not None:
        for side, player in players.items():
            player.restore(_below(state, f"{side}/"))
    for name, remedy in remedies.items():
        for side, player in players.items():
            remedy.change(side, player.networks)
        remedy.prepare(players)
        if state is not None and any(key.startswith(f"remedies/{name}/") for key in state):
            remedy.restore(_below(state, f"remedies/{name}/"))
    return Match(
        game=game,
        players=players,
        remedies=remedies,
        feed=game.feed(source, experiment.train.batch, streams),
        streams=streams,
        batch=experiment.train.batch,
        shared_latents=experiment.latents == "shared",
    )


def build_remedies(experiment: Experiment, shape: tuple[int, ...], device: torch.device) -> dict[str, Remedy]:
    """Every remedy of an experiment by name, for data of that shape, before it has changed or prepared anything."""
    remedies: dict[str, Remedy] = {}
    for name, entry in REMEDIES.items():
        if name in experiment.remedies:
            settings = experiment.remedies[name]
            remedy = remedies[name] = entry.load()(settings)
            remedy.channels = shape[0]
            if isinstance(settings, Scheduled) and settings.schedule != "constant":
                remedy.level = torch.ones((), device=device)
    return remedies


def update_rule(experiment: Experiment) -> UpdateRule:
    """The rule by which steps are made."""
    rule: UpdateRule = UPDATES[experiment.update.kind].load()(experiment.update)
    return rule


def check(experiment: Experiment, source: Source) -> None:
    """Refuse parts that cannot work together, with the reason."""
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
    if isinstance(game, Info) and isinstance(generator, LatentSettings) and game.continuous > generator.latent:
        raise SettingsError(
            f"game.continuous={game.continuous}: the latent has {generator.latent} numbers; use a smaller one, or "
            f"generator.latent={game.continuous} or more"
        )
    _check_remedies(experiment, source)


def _check_remedies(experiment: Experiment, source: Source) -> None:
    """Refuse remedies that cannot work with the other parts."""
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
    """Refuse a batch of which packs would leave pictures over."""
    packing = experiment.remedies.get("packing")
    if isinstance(packing, Packing) and experiment.train.batch % packing.pictures:
        whole = -(-experiment.train.batch // packing.pictures) * packing.pictures
        raise SettingsError(
            f"train.batch={experiment.train.batch}: packs of remedies.packing.pictures={packing.pictures} do not fill "
            f"it; use train.batch={whole}"
        )


def _check_together(experiment: Experiment) -> None:
    """Refuse remedies that spoil each other, or that the game or the update rule spoils."""
    for one, other, why in SPOILED:
        if one in experiment.remedies and other in experiment.remedies:
            raise SettingsError(f"remedies.{one} and remedies.{other}: {why}; leave one of them out")
    for name, remedy in experiment.remedies.items():
        if isinstance(remedy, SquaredSlope) and remedy.every > 1 and experiment.update.kind in UNEVEN:
            raise SettingsError(
                f"remedies.{name}.every={remedy.every}: update={experiment.update.kind} does not make so many even "
                f"updates a step; use remedies.{name}.every=1 or update=alternating"
            )


def _at_once(experiment: Experiment, network: str) -> int:
    """How many rows a network sees together."""
    packing, judges = experiment.remedies.get("packing"), game_class(experiment).sides["discriminator"]
    return experiment.train.batch // (packing.pictures if isinstance(packing, Packing) and network in judges else 1)


def _why_none(source: Source) -> str:
    """Why pictures of a user's have no labels, in brackets."""
    why = source.origin.unlabelled if isinstance(source, ImageSet) and source.origin else ""
    return f" ({why})" if why else ""


def _without_labels(game: GameSettings) -> str:
    return "use game.conditional=false" if isinstance(game, Synthesis) else "use game=synthesis or game=info"


def _refuse_slopes_across(remedies: Mapping[str, Remedy], discriminator: Player) -> None:
    """Raise `SettingsError` where a remedy bounds the slope at each picture and a layer looks at the other pictures."""
    for name, remedy in remedies.items():
        if remedy.alone and any(network.crosses_samples for network in discriminator.networks.values()):
            raise SettingsError(
                f"remedies.{name} is about the slope at each picture, and a layer of the discriminator looks at the "
                "rest of the batch: use discriminator.norm=none or instance, and discriminator.across=none"
            )


def _seen(experiment: Experiment, subject: Subject) -> Subject:
    shape = subject.shape
    for remedy in experiment.remedies.values():
        shape = remedy.seen(shape)
    return replace(subject, shape=shape)


def _fill(name: str, network: Network, seed: int, device: torch.device) -> None:
    streams = Streams(seed)  # on the processor, so that every device starts from the same weights
    allocate(network, device)
    initialize(network, network.init, lambda part, draw: streams.at(f"init.{name}.{part}", draw, 0))


def _player(experiment: Experiment, side: Side, networks: Mapping[str, Network]) -> Player:
    device = next(parameter.device for network in networks.values() for parameter in network.parameters())
    lr = torch.tensor(learning_rate(experiment.optim, side, 0, experiment.horizon), device=device)
    make = OPTIMIZERS[experiment.optim.kind].load()
    return Player(networks, lambda parameters: make(experiment.optim, parameters, lr), lr)


def _below(state: State, prefix: str) -> dict[str, Tensor]:
    return {key.removeprefix(prefix): tensor for key, tensor in state.items() if key.startswith(prefix)}
