"""A player: the networks that share one optimizer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from ganarium.core.errors import CheckpointError
from ganarium.networks.base import Network
from ganarium.training.optimizers import Optimizer

Side = Literal["discriminator", "generator"]
PARAMETRIZED = re.compile(r"parametrizations\.(\w+)\.original$")


@dataclass
class Player:
    """Networks by name, the function that creates their optimizer, and the learning rate as a 0-d tensor.

    frozen: whether the current step updates only the other player
    """

    networks: Mapping[str, Network]
    make_optimizer: Callable[[list[Tensor]], Optimizer]
    lr: Tensor
    frozen: bool = field(default=False, init=False)
    names: list[str] = field(init=False)
    parameters: list[Tensor] = field(init=False)

    def __post_init__(self) -> None:
        named = [
            (f"{of}.{name}", one)
            for of, network in self.networks.items()
            for name, one in network.named_parameters()
            if one.requires_grad  # users may freeze some
        ]
        self.names = [plain_name(name) for name, _ in named]
        self.parameters = [one for _, one in named]

    @cached_property
    def optimizer(self) -> Optimizer:
        """Return the optimizer, created on first use, after remedies have changed the networks."""
        return self.make_optimizer(self.parameters)

    def state(self) -> dict[str, Tensor]:
        """Return the weights and optimizer moments by name."""
        weights = {
            f"weights.{name}.{key}": tensor
            for name, network in self.networks.items()
            for key, tensor in weights_of(network).items()
        }
        moments = {
            f"moments.{i}.{key}": tensor
            for i, parameter in enumerate(self.parameters)
            for key, tensor in self.optimizer.state.get(parameter, {}).items()
            if isinstance(tensor, Tensor)
        }
        return weights | moments

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore a saved state in place. Raises `CheckpointError` if it does not fit the networks."""
        for name, network in self.networks.items():
            prefix = f"weights.{name}."
            copy_weights(network, {key.removeprefix(prefix): state[key] for key in state if key.startswith(prefix)})
        moments: dict[int, dict[str, Tensor]] = {}
        for key, tensor in state.items():
            if key.startswith("moments."):
                _, number, moment = key.split(".", 2)
                moments.setdefault(int(number), {})[moment] = tensor
        if max(moments, default=-1) >= len(self.parameters):
            raise CheckpointError(f"the {' and '.join(self.networks)} had more weights when the checkpoint was written")
        for i, values in moments.items():
            weight = self.parameters[i]
            self.optimizer.state[weight] = {moment: _laid_as(weight, tensor) for moment, tensor in values.items()}


def _laid_as(weight: Tensor, tensor: Tensor) -> Tensor:
    """Copy a moment into the memory layout of its weight, since a fused optimizer pairs elements by memory position."""
    return (
        torch.empty_like(weight, dtype=tensor.dtype).copy_(tensor) if tensor.shape == weight.shape else tensor.clone()
    )


def plain_name(key: str) -> str:
    """Return the name of a weight without parametrizations."""
    return PARAMETRIZED.sub(r"\1", key)


def weights_of(network: torch.nn.Module) -> dict[str, Tensor]:
    """Return a network's weights and running statistics under their names without parametrizations.

    A weight that several layers share has the name of the first.
    """
    named = {id(tensor): (key, tensor) for key, tensor in reversed(network.state_dict(keep_vars=True).items())}
    return {plain_name(key): tensor.detach() for key, tensor in reversed(named.values())}


@torch.no_grad()
def copy_weights(network: torch.nn.Module, saved: Mapping[str, Tensor]) -> None:
    """Copy saved weights and running statistics into a network. Raises `CheckpointError` if they do not fit."""
    for key, tensor in weights_of(network).items():
        if key not in saved or saved[key].shape != tensor.shape:
            found = f"have shape {tuple(saved[key].shape)}" if key in saved else "are missing"
            raise CheckpointError(f"weights {key} of shape {tuple(tensor.shape)} {found} in the checkpoint")
        tensor.copy_(saved[key])


def refuse_unused(network: torch.nn.Module, saved: Mapping[str, Tensor]) -> None:
    """Raise `CheckpointError` if a user's module, after remedies have changed it, lacks weights that were saved."""
    known = weights_of(network)
    for key in saved:
        if key.startswith("module.") and key not in known and "parametrizations." not in key:
            raise CheckpointError(f"weights {key} of shape {tuple(saved[key].shape)} are only in the checkpoint")
