"""How steep a discriminator is at the pictures of a duel, for the remedies that punish it."""

from typing import Literal

from torch import Tensor

from ganarium.core.streams import normal
from ganarium.maths.penalties import difference_penalty, gradient_penalty
from ganarium.training.duel import Duel


def squared_slope(duel: Duel, side: Literal["real", "fake"], gamma: float, differences: float) -> Tensor:
    """γ/2 · ‖∇D‖² at one side's pictures before any view, per sample; by random steps of σ = `differences` unless 0."""
    pictures, logits = (duel.real, duel.real_logits) if side == "real" else (duel.fake, duel.fake_logits)
    if not differences:
        return gradient_penalty(logits, pictures, gamma)
    step = duel.deal("slopes", side, {"step": normal(*pictures.shape)})["step"]
    moved = duel.judge((pictures + differences * step).detach(), side)
    return difference_penalty(logits, moved, differences, gamma)
