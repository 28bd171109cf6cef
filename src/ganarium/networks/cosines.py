"""Images as sums of two-dimensional cosines whose amplitudes fall with the frequency."""

from math import pi, sqrt
from typing import final

import torch
from torch import Tensor, nn


def cosines(side: int, like: Tensor) -> Tensor:
    """Return the orthonormal cosines of the type-II transform, one per row, [side, side]."""
    numbers = torch.arange(side, dtype=like.dtype, device=like.device)
    waves = torch.cos(pi / side * numbers[:, None] * (numbers + 0.5)) * sqrt(2 / side)
    return torch.cat([waves[:1] / sqrt(2), waves[1:]])


def amplitudes(height: int, width: int, smoothness: float, like: Tensor) -> Tensor:
    """Return the scale 1/(1 + (s/p)²) of each cosine with a period of p pixels, with a mean square of 1, [H, W]."""
    rows, columns = (
        torch.arange(side, dtype=like.dtype, device=like.device) / (2 * side) for side in (height, width)
    )  # frequencies in cycles per pixel
    scales = 1 / (1 + smoothness**2 * (rows[:, None].square() + columns.square()))
    return scales / scales.square().mean().sqrt()


@final
class CosineSum(nn.Module):
    """Sums of two-dimensional cosines with the given amplitudes, [n, C, H, W] -> [n, C, H, W].

    Errors of equal size in all amplitudes affect high frequencies least, so images have no speckle.
    """

    title = "sum of cosines"

    def __init__(self, smoothness: float) -> None:
        super().__init__()
        self.smoothness = smoothness

    def forward(self, x: Tensor) -> Tensor:
        """Map amplitudes to images."""
        height, width = x.shape[2:]
        scaled = x * amplitudes(height, width, self.smoothness, x)
        return cosines(height, x).mT @ scaled @ cosines(width, x)
