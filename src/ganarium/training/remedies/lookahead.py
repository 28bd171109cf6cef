"""Lookahead."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.optimization import LookaheadConfig
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


@final
class Lookahead(Remedy):
    """Interpolation, every k steps, between the weights of k steps ago and the current weights, with factor α.

    Zhang 2019 (arXiv 1907.08610, Algorithm 1); for two players, Chavdarova 2021, Algorithm 1. A step that updates only
    one player does not count.
    """

    def __init__(self, settings: LookaheadConfig) -> None:
        self.steps, self.share = settings.steps, settings.share
        self._slow: list[Tensor] = []
        self._step_count = torch.zeros(0)

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Initialize the slow weights with the current weights."""
        self._slow = [one.detach().clone() for player in players.values() for one in player.parameters]
        self._step_count = torch.zeros((), device=players["generator"].lr.device)

    @torch.no_grad()
    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Interpolate every k steps; other steps perform the same operations without effect."""
        if any(player.frozen for player in players.values()):
            return
        fast = [one for player in players.values() for one in player.parameters]
        self._step_count.add_(1)
        now = (self._step_count % self.steps == 0).float()
        for weight, slow in zip(fast, self._slow, strict=True):
            slow.lerp_(weight, now * self.share)
            weight.lerp_(slow, now)

    def state(self) -> dict[str, Tensor]:
        """Return the slow weights by parameter index, and the step count."""
        return {str(i): slow for i, slow in enumerate(self._slow)} | {"made": self._step_count}
