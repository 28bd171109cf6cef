"""Layers that let a network treat the channels of an image as images of their own, with the same weights."""

from math import sqrt
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.core.random_streams import normal
from ganarium.networks.init import Drawing

SLOPE = 0.2  # slope of the leaky ReLU for negative inputs


def apart(pictures: Tensor) -> Tensor:
    """Return the channels of images [n, c, h, w] as images [n·c, 1, h, w]."""
    return pictures.flatten(0, 1)[:, None]


def together(pictures: Tensor, channels: int) -> Tensor:
    """Return images [n·c, 1, h, w] as the channels of images [n, c, h, w]; the inverse of `apart`."""
    return pictures.unflatten(0, (-1, channels)).squeeze(2)


@final
class ChannelLatents(nn.Module):
    """A linear function of the latent for each channel; its values initially have the variance of the latent."""

    title = "one latent for each channel"

    def __init__(self, inputs: int, outputs: int, channels: int) -> None:
        super().__init__()
        self.outputs = outputs
        self.weight = nn.Parameter(torch.empty(channels * outputs, inputs))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters with standard deviation 1/√fan-in."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) / sqrt(self.weight.shape[1]))

    def forward(self, latents: Tensor) -> Tensor:
        """Map [n, inputs] to [n·c, outputs]."""
        return F.linear(latents, self.weight).view(-1, self.outputs)


@final
class JoinedFeatures(nn.Module):
    """Features of all channels of an image, with a dense layer, so that a logit can depend on combinations of them."""

    title = "features of all channels"

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.width = channels * inputs
        self.weight = nn.Parameter(torch.empty(self.width, self.width))
        self.bias = nn.Parameter(torch.empty(self.width))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters; weights keep the variance through the activation, biases are 0."""
        gain = sqrt(2 / (1 + SLOPE**2))
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * gain / sqrt(self.width))
        self.bias.zero_()

    def forward(self, features: Tensor) -> Tensor:
        """Map features [n·c, d] to [n, c·d]."""
        return F.leaky_relu(F.linear(features.reshape(-1, self.width), self.weight, self.bias), SLOPE)
