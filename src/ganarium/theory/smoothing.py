"""Label smoothing: what soft targets make of the best discriminator (Salimans 2016, §3.4)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.losses.objectives import Objective, non_saturating_generator
from ganarium.theory.densities import Densities


def smoothed(alpha: float = 0.9, beta: float = 0.0) -> Objective:
    """Cross-entropy to the targets alpha for real and beta for generated pictures; one-sided where beta is 0."""

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return F.softplus(real) - alpha * real + F.softplus(fake) - beta * fake

    return Objective(discriminator, non_saturating_generator)


def best_answer(d: Densities, alpha: float = 0.9, beta: float = 0.0) -> Tensor:
    """D* = (α p + β q) / (p + q), [k]: where the data are missing, a β above 0 praises what the model does there."""
    real = torch.sigmoid(d.log_ratio)
    return alpha * real + beta * (1 - real)
