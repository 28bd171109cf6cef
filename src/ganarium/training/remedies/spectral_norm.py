"""Spectral normalization of the discriminator."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrize import register_parametrization

from ganarium.config.remedies.regularization import SpectralNormConfig
from ganarium.networks.base import Network
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy

FIRST_ITERATIONS = 20


@final
class SpectralNorm(Remedy):
    """Division of weights W by σ(W)^strength, with σ from a power iteration per step (Miyato 2018, Algorithm 1)."""

    def __init__(self, settings: SpectralNormConfig) -> None:
        self.strength = settings.strength
        self._divisors: dict[str, _Divisor] = {}

    def change(self, side: Side, networks: Mapping[str, Network]) -> None:
        """Parametrize every layer of the discriminator that has a weight matrix."""
        if side != "discriminator":
            return
        for network_name, network in networks.items():
            for name, layer in list(network.named_modules()):
                if isinstance(layer, nn.Linear | nn.Conv2d):
                    divisor = _Divisor(layer.weight, partial(self.scaled, self.strength))
                    register_parametrization(layer, "weight", divisor)
                    self._divisors[f"{network_name}.{name}"] = divisor

    def after_update(self, side: Side, player: Player) -> None:  # noqa: ARG002
        """Run one power iteration on the discriminator's updated weights."""
        if side != "discriminator":
            return
        for divisor in self._divisors.values():
            divisor.iterate()

    def state(self) -> dict[str, Tensor]:
        """Return the current singular vectors."""
        return {
            f"{name}.{part}": vector
            for name, divisor in self._divisors.items()
            for part, vector in (("left", divisor.left), ("right", divisor.right))
        }


class _Divisor(nn.Module):
    def __init__(self, weight: Tensor, strength: Callable[[], Tensor | float]) -> None:
        super().__init__()
        self.strength = strength
        self._weight = [weight]  # in a list, so that it is not registered a second time
        rows = weight.flatten(1)
        self.left = F.normalize(rows.new_ones(len(rows)), dim=0)
        self.right = rows.new_empty(rows.shape[1])
        for _ in range(FIRST_ITERATIONS):
            self.iterate()

    @torch.no_grad()
    def iterate(self) -> None:
        """Run one power iteration."""
        rows = self._weight[0].flatten(1)
        with _unrounded(rows):
            self.right.copy_(F.normalize(rows.T @ self.left, dim=0))
            self.left.copy_(F.normalize(rows @ self.right, dim=0))

    def forward(self, weight: Tensor) -> Tensor:
        """Return the normalized weight."""
        with _unrounded(weight):
            sigma = torch.dot(self.left.to(weight.dtype), weight.flatten(1) @ self.right.to(weight.dtype))
        return weight / sigma.abs() ** self.strength()


def _unrounded(weight: Tensor) -> torch.autocast:
    return torch.autocast(weight.device.type, enabled=False)
