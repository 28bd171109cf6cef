"""Latent consistency regularization."""

from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.regularization import LatentConsistencyConfig
from ganarium.core.random_streams import normal
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class LatentConsistency(Remedy):
    """A loss that makes images, but not logits, change with the latent (Zhao 2021, zCR, Algorithm 2).

    Combined with `consistency`, this is the authors' ICR.
    """

    def __init__(self, settings: LatentConsistencyConfig) -> None:
        self.settings = settings

    def discriminator_term(self, duel: Duel) -> Tensor | None:
        """Return λ_dis (D(G(z)) − D(G(z + δ)))² per pair."""
        if not self.settings.discriminator:
            return None
        with torch.no_grad():
            perturbed = self._perturbed(duel)
        return self.settings.discriminator * (duel.fake_logits - duel.discriminate(perturbed)).square()

    def generator_term(self, duel: Duel) -> Tensor | None:
        """Return −λ_gen ‖G(z) − G(z + δ)‖² per pair, optionally averaged over values instead of summed."""
        if not self.settings.generator:
            return None
        change = (duel.fake - self._perturbed(duel)).square().flatten(1)
        return -self.settings.generator * (change.mean(1) if self.settings.reduction == "mean" else change.sum(1))

    def _perturbed(self, duel: Duel) -> Tensor:
        step = duel.randomness("latent_consistency", "latents", {"step": normal(*duel.latents.shape)})["step"]
        assert duel.regenerate is not None
        return duel.regenerate(duel.latents + self.settings.sigma * step)
