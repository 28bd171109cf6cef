"""Adaptive discriminator augmentation."""

from collections.abc import Mapping
from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import AdaConfig
from ganarium.core.random_streams import Draw
from ganarium.networks.base import Draws
from ganarium.training.duel import Duel
from ganarium.training.player import Player, Side
from ganarium.training.remedies.adaptive_strength import AdaptiveStrength
from ganarium.training.remedies.augmentation_order import apply_augmentations, augmentation_draws
from ganarium.training.remedies.base import Remedy


@final
class Ada(Remedy):
    """Augmentation with an adaptive probability p, which grows while the discriminator is confident on real images.

    Karras 2020, §3, with the augmentations of DiffAugment instead of the paper's.
    """

    def __init__(self, settings: AdaConfig) -> None:
        self.settings = settings
        self._probability = AdaptiveStrength(settings.target, settings.pictures, settings.interval)

    def prepare(self, players: Mapping[Side, Player]) -> None:
        """Set p to 0."""
        self._probability.reset(players["discriminator"].lr.device)

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the random draws of the augmentations for each image."""
        return augmentation_draws(n)

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:
        """Apply each augmentation to each image with probability p."""
        return apply_augmentations(pictures, draws, self.settings, self._probability.value, self.channels)

    def discriminator_term(self, duel: Duel) -> None:
        """Record the logits of real images to adapt p; add no loss."""
        self._probability.count(duel)

    def after_step(self, players: Mapping[Side, Player]) -> None:  # noqa: ARG002
        """Update p."""
        self._probability.update()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Restore the saved state."""
        super().restore(self._probability.with_counts(state))

    def state(self) -> dict[str, Tensor]:
        """Return p and the counts of the current interval."""
        return self._probability.state("probability")
