"""Balanced consistency regularization."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import ConsistencyConfig
from ganarium.core.random_streams import uniform
from ganarium.losses.augmentations import translated
from ganarium.training.duel import Duel
from ganarium.training.random_draws import Role
from ganarium.training.remedies.base import Remedy


@final
class Consistency(Remedy):
    """A penalty on changes of the logits when images are shifted by a few pixels (Zhao 2021, bCR, Algorithm 1).

    The authors also flip images horizontally, which would distort digits.
    """

    def __init__(self, settings: ConsistencyConfig) -> None:
        self.settings = settings

    def discriminator_term(self, duel: Duel) -> Tensor | None:
        """Return λ_real (D(x) − D(T(x)))² + λ_fake (D(G(z)) − D(T(G(z))))² per pair, skipping terms with weight 0."""
        terms = []
        if self.settings.real:
            terms.append(self.settings.real * self._change(duel, "real", duel.real, duel.real_logits))
        if self.settings.fake:
            terms.append(self.settings.fake * self._change(duel, "fake", duel.fake, duel.fake_logits))
        return sum(terms[1:], terms[0]) if terms else None

    def _change(self, duel: Duel, side: Role, pictures: Tensor, logits: Tensor) -> Tensor:
        places = duel.randomness("consistency", side, {"places": uniform(len(pictures), 2)})["places"]
        settings = self.settings
        shifted = translated(pictures.detach(), places, settings.translation, settings.law, settings.padding)
        return (logits - duel.discriminate(shifted, "real" if side == "real" else "fake")).square()
