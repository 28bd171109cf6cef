"""Weight clipping."""

from collections.abc import Mapping
from typing import final

import torch

from ganarium.config.remedies.optimization import WeightClippingConfig
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


@final
class WeightClipping(Remedy):
    """A bound ±c on every weight of the discriminator, applied after every update (Arjovsky 2017, Algorithm 1)."""

    def __init__(self, settings: WeightClippingConfig) -> None:
        self.bound = settings.bound

    def after_update(self, side: Side, player: Player) -> None:
        """Clip the weights after the update."""
        if side == "discriminator":
            self._clip(player)

    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Clip the weights again if another remedy changed them."""
        if not players["discriminator"].frozen:
            self._clip(players["discriminator"])

    @torch.no_grad()
    def _clip(self, player: Player) -> None:
        torch._foreach_clamp_max_(player.parameters, self.bound)
        torch._foreach_clamp_min_(player.parameters, -self.bound)
