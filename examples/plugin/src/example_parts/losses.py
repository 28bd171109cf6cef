"""A loss with a temperature."""

import torch.nn.functional as F
from torch import Tensor

import ganarium


@ganarium.register.objective("tempered", signed_logits=True)
def tempered(temperature: float = 1.0):
    """Non-saturating loss with a temperature: the usual loss at 1, approaching a hinge at 0 for small values."""

    def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return temperature * (F.softplus(-real_logits / temperature) + F.softplus(fake_logits / temperature))

    def generator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return temperature * F.softplus(-fake_logits / temperature)

    return discriminator_loss, generator_loss
