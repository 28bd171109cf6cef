"""R1."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import R1Config
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy
from ganarium.training.remedies.slopes import squared_slope


@final
class R1(Remedy):
    """Zero-centred gradient penalty at real pictures (Mescheder 2018, eq. 9)."""

    def __init__(self, settings: R1Config) -> None:
        self.settings = settings
        self.steady = settings.every == 1

    def discriminator_term(self, duel: Duel) -> Tensor | None:
        """γ/2 · ‖∇D(x)‖² with respect to the picture before any view, per sample."""
        return squared_slope(duel, "real", self.settings)
