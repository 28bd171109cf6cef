"""The R2 gradient penalty."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import R2Config
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy
from ganarium.training.remedies.gradient_norms import squared_slope


@final
class R2(Remedy):
    """A zero-centred gradient penalty on generated pictures (Mescheder 2018, eq. 10)."""

    def __init__(self, settings: R2Config) -> None:
        self.settings = settings
        self.steady = settings.every == 1

    def discriminator_term(self, duel: Duel) -> Tensor | None:
        """Return γ/2 · ‖∇D(G(z))‖² per sample, with respect to the picture before the `view` hooks."""
        return squared_slope(duel, "fake", self.settings)
