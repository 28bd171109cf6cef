"""R3GAN's generator and discriminator in a small size, built from torch's own layers.

Bilinear upsampling is equivalent to the kernel [1, 3, 3, 1]. Downsampling uses means of four pixels, which cost as much
as a depthwise convolution.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Block(nn.Module):
    """A residual block of 1×1, 3×3 and 1×1 convolutions."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(width, width, 1)
        self.look = nn.Conv2d(width, width, 3, padding=1)
        self.leave = nn.Conv2d(width, width, 1, bias=False)
        nn.init.zeros_(self.leave.weight)

    def forward(self, x: Tensor) -> Tensor:
        """Map a tensor [n, c, h, w] to the same shape."""
        inside = F.leaky_relu(self.look(F.leaky_relu(self.enter(x), 0.2)), 0.2)
        branch: Tensor = self.leave(inside)
        return x + branch


class Scaled(nn.Module):
    """A learned map whose channels are scaled by the latent."""

    def __init__(self, latent: int, width: int, coarsest: int) -> None:
        super().__init__()
        self.map = nn.Parameter(torch.randn(width, coarsest, coarsest))
        self.scale = nn.Linear(latent, width, bias=False)

    def forward(self, z: Tensor) -> Tensor:
        """Map latents [n, latent] to feature maps [n, c, h, w]."""
        scale: Tensor = self.scale(z)
        return self.map * scale[:, :, None, None]


def residual_generator(latent: int, widths: Sequence[int], coarsest: int, colours: int) -> nn.Sequential:
    """Return the generator; `widths` begins with the channels of the coarsest map."""
    layers: list[nn.Module] = [Scaled(latent, widths[0], coarsest), Block(widths[0])]
    for before, after in pairwise(widths):
        doubling = nn.Upsample(scale_factor=2, mode="bilinear")
        layers += [nn.Conv2d(before, after, 1, bias=False), doubling, Block(after)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], colours, 1, bias=False))


def residual_discriminator(widths: Sequence[int], coarsest: int, colours: int) -> nn.Sequential:
    """Return the discriminator; `widths` begins with the channels of the finest map."""
    layers: list[nn.Module] = [nn.Conv2d(colours, widths[0], 1, bias=False), Block(widths[0])]
    for before, after in pairwise(widths):
        layers += [nn.AvgPool2d(2), nn.Conv2d(before, after, 1, bias=False), Block(after)]
    depthwise = nn.Conv2d(widths[-1], widths[-1], coarsest, groups=widths[-1], bias=False)
    return nn.Sequential(*layers, depthwise, nn.Flatten(), nn.Linear(widths[-1], 1))
