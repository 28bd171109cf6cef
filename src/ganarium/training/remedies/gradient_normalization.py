"""Gradient normalization."""

from typing import final

from torch import Tensor

from ganarium.config.remedies.regularization import GradientNormalizationConfig
from ganarium.losses.penalties import input_gradient
from ganarium.training.remedies.base import Remedy


@final
class GradientNormalization(Remedy):
    """Normalization of logits to D / (‖∇ₓD‖ + |D|), which is 1-Lipschitz (Wu 2021, eq. 5).

    The divisor is interpolated between 1 and this value by `strength`.
    For patch discriminators, D is the mean over patches, and all logits of an image have the same divisor.
    """

    def __init__(self, settings: GradientNormalizationConfig) -> None:
        self.strength = settings.strength

    def logits(self, logits: Tensor, pictures: Tensor) -> Tensor:
        """Return the normalized logits."""
        whole = logits.reshape(len(logits), -1).mean(1)
        slope = input_gradient(whole, pictures).square().sum(1).add(1e-12).sqrt()
        divisor = 1 + self.scaled(self.strength * (slope + whole.abs() - 1))
        return logits / divisor.view(-1, *[1] * (logits.dim() - 1))
