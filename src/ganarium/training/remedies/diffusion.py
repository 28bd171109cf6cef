"""Diffusion noise, as in Diffusion-GAN."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.augmentation import DiffusionConfig
from ganarium.core.random_streams import Draw, normal, uniform
from ganarium.networks.base import Draws
from ganarium.training.duel import Duel
from ganarium.training.player import Player, Side
from ganarium.training.remedies.adaptive_strength import AdaptiveStrength
from ganarium.training.remedies.base import Remedy

FIRST, LAST = 1e-4, 0.02  # β of the first step and of the last step of the longest chain (Ho et al. 2020, §4)


@final
class Diffusion(Remedy):
    """Forward diffusion of half of the images by t ≤ T steps: y = √ᾱ_t x + √(1 − ᾱ_t) σ ε.

    Wang 2023, eq. 4 and 9: T grows while the discriminator is confident on real images, and t is uniform up to T. The
    discriminator does not receive t.
    """

    def __init__(self, settings: DiffusionConfig) -> None:
        self.settings = settings
        self._share = AdaptiveStrength(settings.target, settings.pictures, settings.interval)
        self._chain = torch.ones(0, 2)

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Set T to its minimum, and compute √ᾱ_t and √(1 − ᾱ_t) for each t."""
        device = players["discriminator"].lr.device
        self._share.reset(device)
        betas = torch.linspace(FIRST, LAST, self.settings.longest, dtype=torch.float64)
        kept = torch.cat([torch.ones(1), (1 - betas).cumprod(0)])
        self._chain = torch.stack([kept, 1 - kept], 1).sqrt().float().to(device)

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:
        """Return the random draws for the numbers of diffusion steps and for the noise."""
        return {"far": uniform(n), "noise": normal(n, *shape)}

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:
        """Diffuse half of the images."""
        shortest = min(self.settings.shortest, self.settings.longest)
        longest = shortest + self._share.value * (self.settings.longest - shortest)
        steps = ((2 * draws["far"] - 1).clamp(min=0) * longest).ceil().long()
        kept, lost = self._chain[steps].view(-1, 2, *[1] * (pictures.dim() - 1)).unbind(1)
        return kept * pictures + lost * self.settings.sigma * draws["noise"]

    def discriminator_term(self, duel: Duel) -> None:
        """Record the logits of real images to adapt T; add no loss."""
        self._share.count(duel)

    def after_step(self, players: Mapping[Side, Player]) -> None:  # noqa: ARG002
        """Update T."""
        self._share.update()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the saved state."""
        super().restore(self._share.with_counts(state))

    def state(self) -> dict[str, Tensor]:
        """Return T as a fraction of its range, and the counts of the current interval."""
        return self._share.state("share")
