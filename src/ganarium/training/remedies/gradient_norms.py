"""Squared norm of the discriminator's gradient with respect to its input images, for R1 and R2."""

from typing import Literal

from torch import Tensor

from ganarium.config.remedies.regularization import SquaredGradientConfig
from ganarium.core.random_streams import normal
from ganarium.losses.penalties import difference_penalty, gradient_penalty
from ganarium.training.duel import Duel


def squared_gradient(duel: Duel, side: Literal["real", "fake"], settings: SquaredGradientConfig) -> Tensor | None:
    """Return γ/2 · ‖∇D‖² per sample at the real or generated images before the `augment` hooks; None at γ = 0.

    If `differences` is not 0, the norm is estimated from random finite differences with σ = `differences`. With lazy
    regularization, the penalty is 0 except every `every` updates, when its weight is multiplied by `every` (Karras
    2020, StyleGAN2, arXiv 1912.04958, §3.1).
    """
    gamma = settings.gamma * settings.every
    if not gamma:
        return None
    if duel.randomness.number % settings.every:
        return duel.real.new_zeros(())
    pictures, logits = (duel.real, duel.real_logits) if side == "real" else (duel.fake, duel.fake_logits)
    if not settings.differences:
        return gradient_penalty(logits, pictures, gamma)
    step = duel.randomness("slopes", side, {"step": normal(*pictures.shape)})["step"]
    moved = duel.discriminate((pictures + settings.differences * step).detach(), side)
    return difference_penalty(logits, moved, settings.differences, gamma)
