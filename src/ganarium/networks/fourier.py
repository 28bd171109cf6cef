"""Fourier features of points: sines and cosines of their coordinates."""

from math import pi
from typing import final

import torch
from torch import Tensor, nn


@final
class FourierFeatures(nn.Module):
    """Points [n, d] → scaled points and sines and cosines of their coordinates, [n, d · (1 + 2 · octaves)].

    The features of a coordinate x are x/w, sin(2ᵏ π x/w) and cos(2ᵏ π x/w) for k = 0, …, octaves − 1, where w is the
    half-width. They let a dense network represent details that it learns slowly from the coordinates themselves
    (Tancik et al. 2020, §5, "positional encoding", arXiv 2006.10739).
    """

    def __init__(self, octaves: int, half_width: float) -> None:
        super().__init__()
        self.octaves, self.half_width = octaves, half_width

    @property
    def title(self) -> str:
        """Return the name of the layer in a layer table."""
        return f"Fourier features, {self.octaves} octaves on ±{self.half_width:g}"

    def count(self, d: int) -> int:
        """Return the number of features of a point with d coordinates."""
        return d * (1 + 2 * self.octaves)

    def forward(self, points_nd: Tensor) -> Tensor:
        """Return the features of each point."""
        scaled_n1d = points_nd[:, None] / self.half_width
        frequencies_k1 = pi * 2.0 ** torch.arange(self.octaves, device=points_nd.device)[:, None]
        angles_nkd = scaled_n1d * frequencies_k1
        return torch.cat([scaled_n1d, angles_nkd.sin(), angles_nkd.cos()], 1).flatten(1)
