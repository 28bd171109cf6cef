"""Registry entries of the parts of an experiment."""

from collections.abc import Iterator, Mapping
from typing import Any

from ganarium.config.datasets import DATA
from ganarium.config.experiment import Experiment
from ganarium.config.games import GAMES
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.observers import OBSERVERS
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.config.own_part import OwnPart
from ganarium.config.registry import Entry
from ganarium.config.remedies import remedy_entry
from ganarium.config.updates import UPDATES


def entries_of(experiment: Experiment) -> dict[str, Entry[Any]]:
    """Return the entries of an experiment's parts by the settings that select them, such as "remedies.r1"."""
    parts = {
        "data": DATA[experiment.data.kind],
        "game": GAMES[experiment.game.kind],
        "generator": GENERATORS[experiment.generator.kind],
        "discriminator": DISCRIMINATORS[experiment.discriminator.kind],
        "objective": OBJECTIVES[experiment.objective.kind],
        "update": UPDATES[experiment.update.kind],
        "optim": OPTIMIZERS[experiment.optim.kind],
    }
    remedies = {f"remedies.{name}": remedy_entry(name, settings) for name, settings in experiment.remedies.items()}
    return parts | remedies | {f"observers.{name}": OBSERVERS[name] for name in experiment.observers}


def own_parts(experiment: Experiment) -> dict[str, Entry[Any]]:
    """Return the entries of the parts that users registered, by the settings that select them."""
    return {setting: entry for setting, entry in entries_of(experiment).items() if entry.code is not None}


def part_hashes(experiment: Experiment) -> dict[str, str]:
    """Return the hashes of the parts that users registered, by the settings that select them."""
    codes = {setting: entry.code for setting, entry in own_parts(experiment).items()}
    return {setting: code.source for setting, code in codes.items() if isinstance(code, OwnPart)}


def changed_parts(experiment: Experiment, recorded: Mapping[str, str]) -> Iterator[str]:
    """Yield the setting and name of each registered part that differs from the one whose hash was recorded."""
    own = own_parts(experiment)
    for setting, found in part_hashes(experiment).items():
        if recorded.get(setting, found) != found:
            yield f"{setting} {own[setting].name!r}"


def papers(experiment: Experiment) -> list[str]:
    """Return the papers to cite for the components of an experiment."""
    return list(dict.fromkeys(entry.paper for entry in entries_of(experiment).values() if entry.paper))
