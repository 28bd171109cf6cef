"""A moving average of the generator."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.core.settings import moves as settings_of
from ganarium.training.player import Player, Side, weights_of
from ganarium.training.remedies.base import Remedy


@final
class Ema(Remedy):
    """average ← decay · average + (1 − decay) · weights after every step (Yazıcı 2019, §3); training never sees it."""

    def __init__(self, settings: settings_of.Ema) -> None:
        self.decay, self.rising = settings.decay, settings.rising
        self._made = torch.zeros(0)
        self._live: dict[str, Tensor] = {}
        self._average: dict[str, Tensor] = {}

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """The average begins at the weights that are there."""
        self._live = {
            f"{network_name}.{name}": tensor
            for network_name, network in players["generator"].networks.items()
            for name, tensor in weights_of(network).items()
        }
        self._average = {name: tensor.clone() for name, tensor in self._live.items()}
        self._made = torch.zeros((), device=players["generator"].lr.device)

    @torch.no_grad()
    def after_step(self, players: Mapping[Side, Player]) -> None:  # noqa: ARG002
        """Move the average; while its half-life rises, by 1 − decay^(rising / step)."""
        if not self.rising:
            torch._foreach_lerp_(list(self._average.values()), list(self._live.values()), 1 - self.decay)
            return
        self._made.add_(1)
        share = 1 - self.decay ** (self.rising / self._made.clamp(max=self.rising))
        for average, live in zip(self._average.values(), self._live.values(), strict=True):
            average.lerp_(live, share)

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """The average goes on; where it was even so far, its half-life begins to rise now."""
        super().restore({"made": torch.zeros_like(self._made), **state})

    def state(self) -> dict[str, Tensor]:
        """The averaged weights, as network.weight; and how many steps were made, where that matters."""
        return self._average | ({"made": self._made} if self.rising else {})
