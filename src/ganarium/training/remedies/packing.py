"""Packing."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import PackingConfig
from ganarium.networks.base import Draws
from ganarium.training.remedies.base import Remedy


@final
class Packing(Remedy):
    """Grouping of m images into one discriminator input, which reveals a lack of diversity (Lin 2018, §2.2)."""

    def __init__(self, settings: PackingConfig) -> None:
        self.pictures = settings.pictures

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:  # noqa: ARG002
        """Reshape [n, C, …] to [n / m, m · C, …], so that neighbouring images share an input."""
        return pictures.reshape(-1, self.pictures * pictures.shape[1], *pictures.shape[2:])
