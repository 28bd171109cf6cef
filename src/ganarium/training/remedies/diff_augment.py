"""Differentiable augmentation."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import DiffAugmentConfig
from ganarium.core.random_streams import Draw
from ganarium.networks.base import Draws
from ganarium.training.remedies.augmentation_order import apply_augmentations, augmentation_draws
from ganarium.training.remedies.base import Remedy


@final
class DiffAugment(Remedy):
    """Random augmentation of all images that the discriminator sees, real or generated (Zhao 2020, §3.2)."""

    def __init__(self, settings: DiffAugmentConfig) -> None:
        self.settings = settings

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the random draws of the augmentations for each image."""
        return augmentation_draws(n)

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:
        """Augment the images."""
        share = self.scaled(self.settings.share)
        return apply_augmentations(pictures, draws, self.settings, share, self.channels)
