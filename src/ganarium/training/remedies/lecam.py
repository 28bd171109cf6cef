"""LeCam regularization."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.regularization import LeCamConfig
from ganarium.networks.base import Discriminator
from ganarium.training.duel import Duel
from ganarium.training.player import Player, Side
from ganarium.training.remedies.base import Remedy

CONVERGED = 1e6  # number of updates after which the bias from the initial 0 is negligible


@final
class LeCam(Remedy):
    """A penalty that pulls real logits towards the running mean of generated logits, and vice versa.

    Tseng 2021, R_LC.
    """

    def __init__(self, settings: LeCamConfig) -> None:
        self.settings = settings
        self._anchors: dict[str, Tensor] = {}  # [2] for each discriminator: running means of real and of generated
        self._updates: dict[str, Tensor] = {}
        self._names: dict[Discriminator, str] = {}

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Set the means to 0."""
        player = players["discriminator"]
        self._names = {network: name for name, network in player.networks.items() if isinstance(network, Discriminator)}
        self._anchors = {name: torch.zeros(2, device=player.lr.device) for name in self._names.values()}
        self._updates = {name: torch.zeros((), device=player.lr.device) for name in self._names.values()}

    def discriminator_term(self, duel: Duel) -> Tensor:
        """Return λ · ((D(x) − mean of D(G(z)))² + (mean of D(x) − D(G(z)))²) per pair, and update the means.

        If one-sided, negative differences are not penalized.
        """
        real, fake = self._means(duel).unbind()
        beyond = (duel.real_logits - fake, real - duel.fake_logits)
        first, second = (gap.relu() if self.settings.one_sided else gap for gap in beyond)
        distances: Tensor = first.square() + second.square()
        return self.settings.weight * distances

    @torch.no_grad()
    def _means(self, duel: Duel) -> Tensor:
        """Return the reference means; they include the current batch only if they are bias-corrected."""
        name, decay = self._names[duel.discriminator], self.settings.decay
        anchors, updates = self._anchors[name], self._updates[name]
        before = anchors.clone()
        anchors.lerp_(torch.stack([duel.real_logits.mean(), duel.fake_logits.mean()]), 1 - decay)
        updates.add_(1)
        return anchors / (1 - decay**updates) if self.settings.corrected else before

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the means; without a saved update count, they get no bias correction."""
        counted = {f"{name}.looks": torch.full_like(updates, CONVERGED) for name, updates in self._updates.items()}
        super().restore({**counted, **state})

    def state(self) -> dict[str, Tensor]:
        """Return the running means by discriminator and, if needed, the number of updates."""
        counted = (
            {f"{name}.looks": updates for name, updates in self._updates.items()} if self.settings.corrected else {}
        )
        return self._anchors | counted
