"""A gradient penalty centred at zero."""

import torch
from torch import Tensor

import ganarium


@ganarium.register.remedy(
    "zero_penalty",
    paper="Thanh-Tung et al. 2019 (arXiv 1902.03984)",
    neutral={"weight": 0.0},
    requires=ganarium.Requires(independent_samples=True),
)
class ZeroPenalty(ganarium.Remedy):
    """Penalize the discriminator's gradient between real and generated samples."""

    def __init__(self, weight: float = 10.0) -> None:
        self.weight = weight

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        """Return weight · ‖∇D(x̂)‖² at a random point x̂ between each real and generated sample, [n]."""
        share = torch.rand(len(duel.real), *[1] * (duel.real.ndim - 1))
        between = torch.lerp(duel.fake.detach(), duel.real.detach(), share).requires_grad_()
        (gradient,) = torch.autograd.grad(duel.discriminate(between).sum(), between, create_graph=True)
        return self.weight * gradient.square().flatten(1).sum(1)
