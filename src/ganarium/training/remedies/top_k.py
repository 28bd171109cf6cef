"""Top-k training of the generator."""

from typing import final

import torch
from torch import Tensor

from ganarium.config.remedies.regularization import TopKConfig
from ganarium.losses.objectives import per_sample
from ganarium.training.remedies.base import Remedy


@final
class TopK(Remedy):
    """Restriction of the generator's loss to its images with the highest logits (Sinha 2020, §3)."""

    def __init__(self, settings: TopKConfig) -> None:
        self.share = settings.share

    def weights(self, fake_logits: Tensor) -> Tensor:
        """Return the weights [n]: n / k for the k highest logits, and 0 for the others."""
        logits = per_sample(fake_logits.detach())
        n = len(logits)
        left_out = self.scaled(torch.full((), 1 - self.share, device=logits.device))
        k = ((1 - left_out) * n).round().clamp(1, n)
        place = logits.argsort(descending=True).argsort()
        return (place < k) * (n / k)
