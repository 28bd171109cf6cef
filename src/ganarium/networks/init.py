"""Initial weights, as pure functions of random numbers drawn by name."""

from collections.abc import Callable
from functools import partial
from math import prod, sqrt
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ganarium.config.layers import Init
from ganarium.core.random_streams import Draw, normal, uniform

Drawing = Callable[[str, Draw], Tensor]
SMALL = 0.02  # standard deviation of DCGAN's initial weights and normalization scales (Radford 2016, and its code)
WeightedLayer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d


@runtime_checkable
class SelfInitialized(Protocol):
    """A layer that initializes its weights and buffers itself."""

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters and buffers in place."""


@runtime_checkable
class Scaling(Protocol):
    """A normalization layer with learned scales [c], or [K, c] for K classes."""

    @property
    def gamma(self) -> Tensor | None:
        """Return the learned scales, or None if there are none."""


def initialize(network: nn.Module, init: Init, drawn: Drawing) -> None:
    """Fill every parameter and buffer in place; `drawn(name, draw)` supplies the numbers."""
    with torch.no_grad():
        for name, layer in network.named_modules():
            own = partial(_part, drawn, name)
            if isinstance(layer, SelfInitialized):
                layer.initialize(own)
            elif isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
                _fill(layer, init, own)
            elif isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
                _reset(layer)
            else:
                left = [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]
                assert not left, f"{name} has no initialization"
            scales = _scales(layer)
            if init == "dcgan" and scales is not None:
                scales.add_(own("weight", normal(scales.shape[-1])) * SMALL)  # the same for all classes


def _scales(layer: nn.Module) -> Tensor | None:
    if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
        return layer.weight if layer.affine else None
    return layer.gamma if isinstance(layer, Scaling) else None


def _part(drawn: Drawing, layer: str, part: str, draw: Draw) -> Tensor:
    return drawn(f"{layer}.{part}", draw)


def _fill(layer: WeightedLayer, init: Init, drawn: Drawing) -> None:
    weight, bias = layer.weight, layer.bias
    fan_in, fan_out = fans(layer)
    if init == "uniform":
        bound = 1 / sqrt(fan_in)
        weight.copy_(drawn("weight", uniform(*weight.shape, low=-bound, high=bound)))
        if bias is not None:
            bias.copy_(drawn("bias", uniform(*bias.shape, low=-bound, high=bound)))
        return
    first_axis = layer.in_features if isinstance(layer, nn.Linear) else layer.kernel_size[0]
    deviations = {"he": 2 / fan_in, "glorot": 2 / (fan_in + fan_out), "lecun": 1 / fan_in}
    deviations |= {"small": SMALL**2, "dcgan": SMALL**2, "first-axis": 2 / first_axis}
    weight.copy_(drawn("weight", normal(*weight.shape)) * sqrt(deviations[init]))
    if bias is not None:
        bias.zero_()


def fans(layer: WeightedLayer) -> tuple[float, float]:
    """Return fan-in and fan-out: inputs per output and outputs per input (of a convolution, at stride 1).

    A transposed convolution of stride s shares its kernel among s² outputs, so each output has fewer inputs.
    """
    into, out = layer.weight[0].numel(), layer.weight[:, 0].numel()
    return (out / prod(layer.stride), into) if isinstance(layer, nn.ConvTranspose2d) else (into, out)


def _reset(layer: nn.BatchNorm1d | nn.BatchNorm2d) -> None:
    """Reset the scale to 1, the shift to 0 and the running statistics to mean 0 and variance 1."""
    for tensor, value in ((layer.weight, 1), (layer.bias, 0), (layer.running_mean, 0), (layer.running_var, 1)):
        if tensor is not None:
            tensor.fill_(value)
