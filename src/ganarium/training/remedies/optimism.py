"""Optimistic updates."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.optimization import OptimismConfig
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


@final
class Optimism(Remedy):
    """Updates by twice the current step minus the previous step (Daskalakis 2018).

    With Adam, this is Optimistic Adam (Algorithm 1); with gradient descent, optimistic gradient descent (eq. 2).
    The first step is used as its own predecessor.
    """

    def __init__(self, settings: OptimismConfig) -> None:
        self.strength = settings.strength
        self._before: dict[Side, list[Tensor]] = {}
        self._last: dict[Side, list[Tensor]] = {}
        self._moved: dict[Side, Tensor] = {}

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Initialize without a previous step."""
        self._last = {side: [torch.zeros_like(one) for one in player.parameters] for side, player in players.items()}
        self._moved = {side: torch.zeros((), device=player.lr.device) for side, player in players.items()}

    @torch.no_grad()
    def before_update(self, side: Side, player: Player) -> None:
        """Save the weights before the update."""
        self._before[side] = [one.clone() for one in player.parameters]

    @torch.no_grad()
    def after_update(self, side: Side, player: Player) -> None:
        """Add the difference between this step and the previous one."""
        for weight, before, last in zip(player.parameters, self._before[side], self._last[side], strict=True):
            step = weight - before
            weight.add_((step - last) * self._moved[side], alpha=self.strength)
            last.copy_(step)
        self._moved[side].fill_(1)

    def state(self) -> dict[str, Tensor]:
        """Return the last step of each player by parameter index, and whether a step has been taken."""
        steps = {f"{side}.{i}": step for side, steps in self._last.items() for i, step in enumerate(steps)}
        return steps | {f"{side}.moved": moved for side, moved in self._moved.items()}
