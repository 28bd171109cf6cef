"""Differentiable augmentation."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import DiffAugmentConfig
from ganarium.core.random_streams import Draw
from ganarium.networks.base import Draws
from ganarium.training.remedies.augmenting import augmented, numbers_for
from ganarium.training.remedies.base import Remedy


@final
class DiffAugment(Remedy):
    """The discriminator sees every picture, real or generated, changed at random (Zhao 2020, §3.2)."""

    pictorial = True

    def __init__(self, settings: DiffAugmentConfig) -> None:
        self.settings = settings

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:  # noqa: ARG002
        """Some numbers for each picture."""
        return numbers_for(n)

    def view(self, pictures: Tensor, draws: Draws) -> Tensor:
        """The changed pictures."""
        share = self.leveled(self.settings.share)
        return augmented(pictures, draws, self.settings, share, self.channels)
