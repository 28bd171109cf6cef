"""Initial weights: each a pure function of the numbers that are drawn for it by name."""

from collections.abc import Callable
from functools import partial
from math import sqrt

import torch
from torch import Tensor, nn

from ganarium.core.settings.networks import Init
from ganarium.core.streams import Draw, normal, uniform

Drawing = Callable[[str, Draw], Tensor]


def initialize(network: nn.Module, init: Init, drawn: Drawing) -> None:
    """Fill every parameter in place; `drawn(name, draw)` supplies the numbers."""
    with torch.no_grad():
        for name, layer in network.named_modules():
            if isinstance(layer, nn.Linear):
                _fill(layer.weight, layer.bias, init, partial(_part, drawn, name))
            else:
                assert not list(layer.parameters(recurse=False)), f"{name} would be left without initial weights"


def _part(drawn: Drawing, layer: str, part: str, draw: Draw) -> Tensor:
    return drawn(f"{layer}.{part}", draw)


def _fill(weight: Tensor, bias: Tensor, init: Init, drawn: Drawing) -> None:
    fan_in, fan_out = weight[0].numel(), weight.shape[0] * weight[0, 0].numel()
    if init == "uniform":
        bound = 1 / sqrt(fan_in)
        weight.copy_(drawn("weight", uniform(*weight.shape, low=-bound, high=bound)))
        bias.copy_(drawn("bias", uniform(*bias.shape, low=-bound, high=bound)))
    else:
        deviation = {"he": sqrt(2 / fan_in), "glorot": sqrt(2 / (fan_in + fan_out)), "small": 0.02}[init]
        weight.copy_(drawn("weight", normal(*weight.shape)) * deviation)
        bias.zero_()
