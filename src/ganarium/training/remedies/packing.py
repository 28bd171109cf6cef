"""Packing."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import PackingConfig
from ganarium.networks.base import Draws
from ganarium.training.remedies.base import Remedy


@final
class Packing(Remedy):
    """The discriminator judges m pictures as one, so that it sees what a single one cannot show (Lin 2018, §2.2)."""

    apart = False

    def __init__(self, settings: PackingConfig) -> None:
        self.pictures = settings.pictures

    def view(self, pictures: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """[n, C, …] -> [n / m, m · C, …], neighbours together."""
        return pictures.reshape(-1, self.pictures * pictures.shape[1], *pictures.shape[2:])
