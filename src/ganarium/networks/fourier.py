"""Fourier features of the input of a dense network."""

from math import pi
from typing import final

import torch
from torch import Tensor, nn

from ganarium.config.layers import FourierConfig


@final
class FourierFeatures(nn.Module):
    """Latents or points [n, d] → the scaled input and sines and cosines of it, [n, d · (1 + 2 · octaves)].

    The features of a value x are x/w, sin(2ᵏ π x/w) and cos(2ᵏ π x/w) for k = 0, …, octaves − 1, where w is the
    half-width. They let a dense network learn details that it learns slowly from the values themselves (Tancik et al.
    2020, §5, "positional encoding", arXiv 2006.10739). With 0 octaves, the input remains unchanged.
    """

    def __init__(self, inputs: int, settings: FourierConfig) -> None:
        super().__init__()
        self.octaves, self.half_width = settings.fourier_octaves, settings.fourier_half_width
        self.outputs = inputs * (1 + 2 * self.octaves)

    @property
    def title(self) -> str:
        """Return the name of the layer in a layer table; "" if there is none."""
        return f"Fourier features, {self.octaves} octaves on ±{self.half_width:g}" if self.octaves else ""

    def forward(self, x_nd: Tensor) -> Tensor:
        """Return the features of each row, [n, outputs]."""
        if not self.octaves:
            return x_nd
        scaled_n1d = x_nd[:, None] / self.half_width
        frequencies_k1 = pi * 2.0 ** torch.arange(self.octaves, device=x_nd.device)[:, None]
        angles_nkd = scaled_n1d * frequencies_k1
        return torch.cat([scaled_n1d, angles_nkd.sin(), angles_nkd.cos()], 1).flatten(1)
