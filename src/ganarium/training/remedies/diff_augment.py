"""Differentiable augmentation."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import DiffAugmentConfig
from ganarium.core.random_streams import Draw
from ganarium.networks.base import Draws
from ganarium.training.remedies.augmentation_order import augmented, numbers_for
from ganarium.training.remedies.base import Remedy


@final
class DiffAugment(Remedy):
    """Random augmentation of all pictures that the discriminator sees, real or generated (Zhao 2020, §3.2)."""

    def __init__(self, settings: DiffAugmentConfig) -> None:
        self.settings = settings

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Return the draws of the augmentations for each picture."""
        return numbers_for(n)

    def view(self, pictures: Tensor, draws: Draws) -> Tensor:
        """Return the augmented pictures."""
        share = self.leveled(self.settings.share)
        return augmented(pictures, draws, self.settings, share, self.channels)
