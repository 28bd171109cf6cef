"""The R1 gradient penalty."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import R1Config
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy
from ganarium.training.remedies.gradient_norms import squared_gradient


@final
class R1(Remedy):
    """A zero-centred gradient penalty on real images (Mescheder 2018, eq. 9)."""

    def __init__(self, settings: R1Config) -> None:
        self.settings = settings
        self.steady = settings.every == 1

    def discriminator_term(self, duel: Duel) -> Tensor | None:
        """Return γ/2 · ‖∇D(x)‖² per sample, with respect to the image before the `augment` hooks."""
        return squared_gradient(duel, "real", self.settings)
