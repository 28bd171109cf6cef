"""Label smoothing, and the optimal discriminator under soft targets (Salimans 2016, §3.4)."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.losses.objectives import Objective, non_saturating_generator
from ganarium.theory.densities import Densities


def smoothed(alpha: float = 0.9, beta: float = 0.0) -> Objective:
    """Return the cross-entropy objective with target alpha for real and beta for generated pictures.

    Smoothing is one-sided where beta is 0.
    """

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return F.softplus(real) - alpha * real + F.softplus(fake) - beta * fake

    return Objective(discriminator, non_saturating_generator)


def best_answer(d: Densities, alpha: float = 0.9, beta: float = 0.0) -> Tensor:
    """Return D* = (α p + β q) / (p + q), [k].

    A β above 0 rewards the model where there are no data.
    """
    real = torch.sigmoid(d.log_ratio)
    return alpha * real + beta * (1 - real)
