"""The gradient penalty of WGAN-GP."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import GradientPenaltyConfig
from ganarium.core.random_streams import uniform
from ganarium.losses.penalties import gradient_norm_penalty
from ganarium.training.duel import Duel
from ganarium.training.remedies.base import Remedy


@final
class GradientPenalty(Remedy):
    """A penalty on gradient norms other than 1 between real and generated images (Gulrajani 2017, Algorithm 1)."""

    def __init__(self, settings: GradientPenaltyConfig) -> None:
        self.weight, self.one_sided = settings.weight, settings.one_sided

    def discriminator_term(self, duel: Duel) -> Tensor:
        """Return λ · (‖∇D(x̂)‖ − 1)² per sample, at a random point between the images of each pair.

        Dropout masks are those of the generated images. Images packed into one input share one point.
        """
        n, *shape = duel.real.shape
        share = duel.randomness("gradient_penalty.place", "fake", {"share": uniform(n, *[1] * len(shape))})["share"]
        per_input = n // len(duel.real_logits)
        share = share[::per_input].repeat_interleave(per_input, 0)
        between = (duel.real + share * (duel.fake - duel.real)).detach().requires_grad_()
        return gradient_norm_penalty(duel.discriminate(between), between, self.weight, one_sided=self.one_sided)
