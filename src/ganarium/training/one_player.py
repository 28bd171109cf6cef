"""Steps that update only one player, while the other is frozen."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, final

import torch

from ganarium.config.experiment import ONE_PLAYER, Experiment, TrainConfig
from ganarium.training.optimizers import Optimizer
from ganarium.training.player import Player, Side, weights_of

OTHER: Mapping[Side, Side] = {"discriminator": "generator", "generator": "discriminator"}


def frozen_sides(train: TrainConfig) -> dict[int, Side]:
    """Return the player that is frozen at each step at which only the other player is updated."""
    return {
        **dict.fromkeys(train.discriminator_only, OTHER["discriminator"]),
        **dict.fromkeys(train.generator_only, OTHER["generator"]),
    }


def with_one_player_steps(experiment: Experiment, side: Side, steps: Iterable[int]) -> Experiment:
    """Return the experiment with steps at which only one player is updated."""
    added, train = {*steps}, experiment.train
    other = f"{OTHER[side]}_only"
    changed = {
        f"{side}_only": (*getattr(train, f"{side}_only"), *added),
        other: tuple(step for step in getattr(train, other) if step not in added),
    }
    return experiment.model_copy(update={"train": {**dict(train), **changed}})


def without_one_player_steps(experiment: Experiment, steps: range, original: Experiment | None = None) -> Experiment:
    """Return the experiment with updates of both players at some steps, or with the updates of `original` there."""
    changed = {}
    for name in ONE_PLAYER:
        outside = [step for step in getattr(experiment.train, name) if step not in steps]
        inside = [step for step in getattr(original.train, name) if step in steps] if original else []
        changed[name] = (*outside, *inside)
    return experiment.model_copy(update={"train": {**dict(experiment.train), **changed}})


@contextmanager
def frozen(player: Player) -> Iterator[None]:
    """Leave the networks and the optimizer of a player unchanged, bit for bit, by a step that is run inside the block.

    The update rule runs as usual, so the step has the usual measurements. Running statistics of the player's layers,
    and weights that a user's code changes directly, are restored afterwards.
    """
    tensors = [tensor for network in player.networks.values() for tensor in weights_of(network).values()]
    before, optimizer = [tensor.clone() for tensor in tensors], player.optimizer
    player.frozen, player.optimizer = True, _Idle(optimizer)
    try:
        yield
    finally:
        player.frozen, player.optimizer = False, optimizer
        with torch.no_grad():
            for tensor, value in zip(tensors, before, strict=True):
                tensor.copy_(value)


@final
class _Idle:
    """An optimizer whose steps do nothing."""

    def __init__(self, optimizer: Optimizer) -> None:
        self._optimizer = optimizer

    @property
    def state(self) -> MutableMapping[Any, Any]:
        """Return the state of the optimizer that is idle."""
        return self._optimizer.state

    @state.setter
    def state(self, state: MutableMapping[Any, Any]) -> None:
        self._optimizer.state = state

    def step(self) -> None:
        """Do nothing."""

    def zero_grad(self) -> None:
        """Remove the gradients of all weights."""
        self._optimizer.zero_grad()
