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
    """Every k steps both players go back to where they were k steps ago, but for a share α of the way between.

    Zhang 2019 (arXiv 1907.08610, Algorithm 1); for two players Chavdarova 2021, Algorithm 1.
    """

    def __init__(self, settings: LookaheadConfig) -> None:
        self.steps, self.share = settings.steps, settings.share
        self._slow: list[Tensor] = []
        self._made = torch.zeros(0)

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """It begins at the weights that are there."""
        self._slow = [one.detach().clone() for player in players.values() for one in player.parameters]
        self._made = torch.zeros((), device=players["generator"].lr.device)

    @torch.no_grad()
    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Go back, if it is time; the same operations if it is not."""
        fast = [one for player in players.values() for one in player.parameters]
        self._made.add_(1)
        now = (self._made % self.steps == 0).float()
        for quick, slow in zip(fast, self._slow, strict=True):
            slow.lerp_(quick, now * self.share)
            quick.lerp_(slow, now)

    def state(self) -> dict[str, Tensor]:
        """The slow weights by number, and how many steps were made."""
        return {str(i): slow for i, slow in enumerate(self._slow)} | {"made": self._made}
