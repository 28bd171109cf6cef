"""R2."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import R2Config
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy
from ganarium.training.remedies.slopes import squared_slope


@final
class R2(Remedy):
    """Zero-centred gradient penalty at generated pictures (Mescheder 2018, eq. 10)."""

    def __init__(self, settings: R2Config) -> None:
        self.settings = settings
        self.steady = settings.every == 1

    def discriminator_term(self, duel: Duel) -> Tensor | None:
        """γ/2 · ‖∇D(G(z))‖² with respect to the picture before any view, per sample."""
        return squared_slope(duel, "fake", self.settings)
