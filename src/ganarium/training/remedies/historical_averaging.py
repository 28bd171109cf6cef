"""Historical averaging."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.optimization import HistoricalAveragingConfig
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


@final
class HistoricalAveraging(Remedy):
    """A penalty λ ‖θ − mean‖² towards the mean of a player's past weights (Salimans 2016, §3.3).

    The mean includes the initial weights and those after every step.
    """

    def __init__(self, settings: HistoricalAveragingConfig) -> None:
        self.weight = settings.weight
        self._means: dict[Side, list[Tensor]] = {}
        self._seen = torch.zeros(0)

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Initialize the mean with the initial weights."""
        self._means = {side: [one.detach().clone() for one in player.parameters] for side, player in players.items()}
        self._seen = torch.ones((), device=players["generator"].lr.device)

    @torch.no_grad()
    def after_backward(self, side: Side, player: Player) -> None:
        """Add the gradient of the penalty, 2 λ (θ − mean)."""
        for parameter, mean in zip(player.parameters, self._means[side], strict=True):
            if parameter.grad is not None:
                parameter.grad.add_(self.scaled(parameter - mean), alpha=2 * self.weight)

    @torch.no_grad()
    def after_step(self, players: Mapping[Side, Player]) -> None:
        """Add the current weights to the mean."""
        self._seen.add_(1)
        for side, player in players.items():
            moved = torch._foreach_sub(player.parameters, self._means[side])
            torch._foreach_div_(moved, self._seen)
            torch._foreach_add_(self._means[side], moved)

    def state(self) -> dict[str, Tensor]:
        """Return the mean weights by player and parameter index, and the number of weight sets averaged."""
        means = {f"{side}.{i}": mean for side, means in self._means.items() for i, mean in enumerate(means)}
        return means | {"seen": self._seen}
