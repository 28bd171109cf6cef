"""Normalization layers for maps [n, c, h, w] and for rows [n, d], with or without class conditioning."""

from typing import Literal, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import Biases, LatentConfig, Norm
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Draw
from ganarium.networks.init import Drawing

EPSILON = 1e-5
REFERENCES = 64  # samples in the reference batch of virtual batch norm


def normalization(norm: Norm, channels: int, *, maps: bool, classes: int = 0) -> nn.Module:
    """Return the named normalization layer for maps or rows; with classes, each class has its own scale and shift.

    Apply the layer with `normalized`.
    """
    if classes and norm != "none":
        return Conditional(_plain(norm, channels, maps, affine=False), channels, classes)
    return _plain(norm, channels, maps, affine=True)


def normalized(layer: nn.Module, x: Tensor, mixture_nk: Tensor | None) -> Tensor:
    """Apply a layer from `normalization` to x; conditional layers also use the class mixture [n, K]."""
    output: Tensor = layer(x, mixture_nk) if isinstance(layer, Conditional) else layer(x)
    return output


def has_bias(biases: Biases, norm: Norm, *, maps: bool) -> bool:
    """Return whether the layer before a normalization has biases.

    With `biases="needed"`, there is no bias if the normalization subtracts the mean of each channel over samples or
    positions: the bias cancels, its gradient is rounding noise, and Adam turns that noise into steps of ±lr. Instance
    norm of a row subtracts one mean over all values of the row, so differences between biases remain.
    """
    cancels = norm in ("batch", "virtual") or (norm == "instance" and maps)
    return biases == "all" or (biases == "needed" and not cancels)


def crosses_samples(network: nn.Module) -> bool:
    """Return whether some normalization of the network depends on more than one sample of a batch in training."""
    return any(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in network.modules())


def _plain(norm: Norm, channels: int, maps: bool, *, affine: bool) -> nn.Module:
    match norm:
        case "none":
            return nn.Identity()
        case "batch":
            layer = (nn.BatchNorm2d if maps else nn.BatchNorm1d)(channels, affine=affine)
            layer.num_batches_tracked = None  # unused, and integers cannot be averaged
            return layer
        case "virtual":
            return VirtualNorm(channels, affine=affine)
        case "instance":
            return InstanceNorm()


@final
class InstanceNorm(nn.Module):
    """Instance norm: mean 0 and variance 1 per channel and sample (Ulyanov 2016, eq. 4), or for each row."""

    title = "instance norm"

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] or [n, d] to the same shape."""
        places = tuple(range(2, x.dim())) or (1,)
        spread, centre = torch.var_mean(x, places, correction=0, keepdim=True)
        return (x - centre) * torch.rsqrt(spread + EPSILON)


@final
class VirtualNorm(nn.Module):
    """Virtual batch norm: statistics of a reference batch joined with each single sample (Salimans 2016, §3.5).

    Samples do not depend on each other. The first `REFERENCES` rows are the reference batch, normalized with its own
    statistics. See `Reference`.
    """

    title = "virtual batch norm"

    def __init__(self, channels: int, *, affine: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(channels)) if affine else None
        self.bias = nn.Parameter(torch.empty(channels)) if affine else None

    @property
    def gamma(self) -> Tensor | None:
        """Return the learned scales, or None if there are none."""
        return self.weight

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Set the scale to 1 and the shift to 0."""
        if self.weight is not None and self.bias is not None:
            self.weight.fill_(1)
            self.bias.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Map [REFERENCES + n, c, h, w] or [REFERENCES + n, d] to the same shape."""
        x_ncp = x.reshape(*x.shape[:2], -1)  # p positions; a row has one
        reference, samples = x_ncp[:REFERENCES], x_ncp[REFERENCES:]
        spread, centre = torch.var_mean(reference, (0, 2), correction=0, keepdim=True)
        own_spread, own_centre = torch.var_mean(samples, 2, correction=0, keepdim=True)
        share, off = 1 / (REFERENCES + 1), own_centre - centre
        joined = spread + share * (own_spread - spread) + share * (1 - share) * off.square()
        output = torch.cat(
            [
                (reference - centre) * torch.rsqrt(spread + EPSILON),
                (samples - centre - share * off) * torch.rsqrt(joined + EPSILON),
            ]
        )
        if self.weight is not None and self.bias is not None:
            output = output * self.weight[:, None] + self.bias[:, None]
        return output.view_as(x)


@final
class Conditional(nn.Module):
    """A normalization with a scale and shift for each class (Dumoulin 2017, eq. 5; de Vries 2017, §3).

    For a mixture of classes, the scales and shifts of the classes are mixed in the same proportions.
    """

    title = "scale and shift of each class"

    def __init__(self, norm: nn.Module, channels: int, classes: int) -> None:
        super().__init__()
        self.norm = norm
        self.scale = nn.Parameter(torch.empty(classes, channels))
        self.shift = nn.Parameter(torch.empty(classes, channels))

    @property
    def gamma(self) -> Tensor:
        """Return the learned scales, one row for each class."""
        return self.scale

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Set the scale to 1 and the shift to 0 for all classes."""
        self.scale.fill_(1)
        self.shift.zero_()

    def forward(self, x: Tensor, mixture_nk: Tensor) -> Tensor:
        """Map [n, c, h, w] or [n, d] to the same shape."""
        ones = [1] * (x.dim() - 2)
        scale, shift = ((mixture_nk @ table).view(len(x), -1, *ones) for table in (self.scale, self.shift))
        output: Tensor = self.norm(x) * scale + shift
        return output


@final
class Reference(nn.Module):
    """The reference batch of virtual batch norm: fixed latents with classes in rotation, prepended to each batch."""

    latents: Tensor

    def __init__(self, latents: Draw) -> None:
        super().__init__()
        self.draw = latents
        self.register_buffer("latents", torch.empty(latents.shape))

    def initialize(self, drawn: Drawing) -> None:
        """Draw the reference latents."""
        self.latents.copy_(drawn("latents", self.draw))

    def prepend(self, latents: Tensor, mixture_nk: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Prepend the latents and class mixtures, if any, of the reference batch to those of the samples."""
        if mixture_nk is not None:
            classes = mixture_nk.shape[1]
            turns = F.one_hot(torch.arange(REFERENCES, device=latents.device) % classes, classes)
            mixture_nk = torch.cat([turns.to(mixture_nk.dtype), mixture_nk])
        return torch.cat([self.latents.to(latents.dtype), latents]), mixture_nk


def normed_classes(settings: LatentConfig, norm: Norm, classes: int) -> int:
    """Return the number of classes of a generator's conditional normalizations; 0 if labels are not used there.

    Raises `SettingsError` if there is no normalization to condition.
    """
    if settings.conditioning != "norm" or not classes:
        return 0
    if norm == "none":
        raise SettingsError(
            "generator.conditioning=norm needs generator.norm=batch, virtual or instance; "
            "without normalization, use generator.conditioning=concat"
        )
    return classes


def refuse_virtual(player: Literal["generator", "discriminator"], norm: Norm) -> None:
    """Raise `SettingsError` for virtual batch norm in a network without latents for a reference batch."""
    if norm == "virtual":
        raise SettingsError(
            f"{player}.norm=virtual needs a reference batch, which only a generator with latents has: "
            f"use {player}.norm=instance, which does not depend on other samples either, or {player}.norm=batch"
        )
