"""LeCam regularization."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.core.settings import verdicts as settings_of
from ganarium.networks.base import Discriminator
from ganarium.training.duel import Duel
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy


@final
class LeCam(Remedy):
    """Logits of one kind of picture stay near the running mean of the other kind's (Tseng 2021, R_LC)."""

    def __init__(self, settings: settings_of.LeCam) -> None:
        self.weight, self.decay = settings.weight, settings.decay
        self._anchors: dict[str, Tensor] = {}  # [2] of each discriminator: the means of real and of generated
        self._names: dict[Discriminator, str] = {}

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Means begin at 0."""
        player = players["discriminator"]
        self._names = {network: name for name, network in player.networks.items() if isinstance(network, Discriminator)}
        self._anchors = {name: torch.zeros(2, device=player.lr.device) for name in self._names.values()}

    def discriminator_term(self, duel: Duel) -> Tensor:
        """λ · ((D(x) − mean of D(G(z)))² + (D(G(z)) − mean of D(x))²), per pair; then the means move on."""
        anchors = self._anchors[self._names[duel.discriminator]]
        real, fake = anchors.clone().unbind()
        with torch.no_grad():
            seen = torch.stack([duel.real_logits.mean(), duel.fake_logits.mean()])
            anchors.lerp_(seen, 1 - self.decay)
        distances: Tensor = (duel.real_logits - fake).square() + (duel.fake_logits - real).square()
        return self.weight * distances

    def state(self) -> dict[str, Tensor]:
        """The running means, by discriminator."""
        return self._anchors
