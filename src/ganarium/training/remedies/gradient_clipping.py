"""Gradient clipping."""

from typing import final

from torch.nn.utils import clip_grad_norm_

from ganarium.config.remedies.optimization import GradientClippingConfig
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


@final
class GradientClipping(Remedy):
    """Rescaling of a player's gradient to a maximum norm (Pascanu 2013, Algorithm 1)."""

    def __init__(self, settings: GradientClippingConfig) -> None:
        self.norm = settings.norm

    def after_backward(self, side: Side, player: Player) -> None:  # noqa: ARG002
        """Clip the player's gradient by its norm over all weights."""
        clip_grad_norm_(player.parameters, self.norm)
