"""Instance noise."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.augmentation import InstanceNoiseConfig
from ganarium.core.random_streams import Draw, normal
from ganarium.networks.base import Draws
from ganarium.training.remedies.base import Remedy


@final
class InstanceNoise(Remedy):
    """Noise on real and generated images, so that their supports overlap early in training (Sønderby 2017, §3)."""

    def __init__(self, settings: InstanceNoiseConfig) -> None:
        self.sigma = settings.sigma

    def draws(self, n: int, shape: tuple[int, ...]) -> dict[str, Draw]:
        """Return the random draws of the noise: one normal number per image value."""
        return {"noise": normal(n, *shape)}

    def augment(self, pictures: Tensor, draws: Draws) -> Tensor:
        """Add noise to the images."""
        return pictures + self.scaled(self.sigma * draws["noise"])
