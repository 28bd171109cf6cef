"""The gradient penalty of DRAGAN."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import DraganConfig
from ganarium.core.random_streams import normal
from ganarium.losses.penalties import gradient_norm_penalty
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class Dragan(Remedy):
    """A penalty on gradient norms other than 1 around real images (Kodali 2017)."""

    def __init__(self, settings: DraganConfig) -> None:
        self.weight, self.spread = settings.weight, settings.spread

    def discriminator_term(self, duel: Duel) -> Tensor:
        """Return λ · (‖∇D(x + δ)‖ − 1)² per sample, with one random δ for each real image."""
        step = duel.randomness("dragan", "real", {"step": normal(*duel.real.shape)})["step"]
        around = (duel.real + self.spread * duel.real.std() * step).detach().requires_grad_()
        return gradient_norm_penalty(duel.discriminate(around, "real"), around, self.weight)
