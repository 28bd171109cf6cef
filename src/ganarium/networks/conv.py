"""Convolutional networks whose stages double or halve height and width (S2-B, S3, S5)."""

from itertools import pairwise
from math import prod
from typing import cast, final

import torch
from torch import Tensor, nn

from ganarium.config.layers import HiddenLayersConfig, Output
from ganarium.config.networks import ConvDiscriminatorConfig, ConvGeneratorConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Draw, uniform
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Generator, Subject, append_label, mixture
from ganarium.networks.dense import ACTIVATIONS, OUTPUTS, HiddenLayers, Masking
from ganarium.networks.feature_maps import PixelNoise, PlayerName, Pyramid, attention_after, channels, pyramid
from ganarium.networks.heads import Head, appended_classes
from ganarium.networks.norms import (
    REFERENCES,
    Reference,
    crosses_samples,
    has_bias,
    normalization,
    normalized,
    normed_classes,
    refuse_virtual,
)


@final
class ConvGenerator(Generator):
    """A convolutional generator: latent → coarse map → doubling stages → cropped finest map (Radford 2016).

    Each map is normalized, receives a noise plane, and passes through the activation to the next stage. The values of
    the planes are part of the latent, after the numbers that `settings.latent` counts, coarsest plane first.
    """

    def __init__(self, settings: ConvGeneratorConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        self.pyramid = _pyramid(settings, subject, "generator")
        stages = self.pyramid.halvings
        widths = [*reversed(channels(settings, stages)), subject.shape[0]]
        normed = normed_classes(settings, settings.norm, subject.classes)
        self.appended = 0 if normed else subject.classes
        self.maps = [self.pyramid.sides(number) for number in range(stages, 0, -1)]
        self.numbers = [settings.latent, *(h * w for h, w in self.maps if settings.pixel_noise)]
        self.latent = sum(self.numbers)
        self.hidden = HiddenLayers(settings.latent + self.appended, _hidden_layers(settings), normed)
        self.stem = _Stem(settings, self.hidden.outputs, (widths[0], *self.maps[0]), normed)
        self.stages = nn.ModuleList(
            _Doubling(settings, before, after, normed if number < stages else None)
            for number, (before, after) in enumerate(pairwise(widths), 1)
        )
        self.noises = nn.ModuleList(PixelNoise(width) for width in widths[:-1] if settings.pixel_noise)
        self.attended = settings.attention
        self.attention = attention_after(self.attended, stages - 1, widths[min(self.attended, stages)], "generator")
        self.init = settings.init
        self.activation = ACTIVATIONS[settings.activation]
        self.output: Output = settings.output
        self.crosses_samples = crosses_samples(self)
        self.reference = Reference(self.latents(REFERENCES)) if settings.norm == "virtual" else None

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Generate one image for each latent."""
        mixture_nk = mixture(label, self.subject.classes, latents) if self.subject.classes else None
        if self.reference is not None:
            latents, mixture_nk = self.reference.prepend(latents, mixture_nk)
        numbers, *planes = torch.split(latents, self.numbers, 1)
        hidden = self.hidden(append_label(numbers, mixture_nk, self.appended), draws, mixture_nk)
        x = self.stem(hidden, mixture_nk)
        for number, stage in enumerate(self.stages):
            if planes:
                x = self.noises[number](x, planes[number].view(-1, 1, *self.maps[number]))
            x = self.activation(x)
            if self.attention is not None and number == self.attended:
                x = self.attention(x)
            x = stage(x, mixture_nk)
        if self.reference is not None:
            x = x[REFERENCES:]
        return OUTPUTS[self.output](self.pyramid.cropped(x))


@final
class ConvDiscriminator(Discriminator):
    """A convolutional discriminator: image → halving stages → hidden dense layers, if any → logits.

    Without hidden layers, the last layer is one dense layer over all values of the coarsest map, which equals the
    full-size convolution at the end of DCGAN. A label that is not projected is appended to the image as constant
    planes.
    """

    def __init__(self, settings: ConvDiscriminatorConfig, subject: Subject) -> None:
        super().__init__(subject)
        refuse_virtual("discriminator", settings.norm)
        self.pyramid = _pyramid(settings, subject, "discriminator")
        stages = self.pyramid.halvings
        self.appended = appended_classes(settings, subject)
        self.widths = channels(settings, stages)
        self.stages = nn.ModuleList(
            _Halving(settings, before, after, normed=number > 0 or settings.normalized == "all")
            for number, (before, after) in enumerate(pairwise([subject.shape[0] + self.appended, *self.widths]))
        )
        self.attended = settings.attention
        self.attention = attention_after(
            self.attended, stages, self.widths[min(self.attended, stages) - 1], "discriminator"
        )
        self.masked = Masking(settings)
        height, width = self.pyramid.sides(stages)
        self.hidden = HiddenLayers(self.widths[-1] * height * width, settings)
        self.init = settings.init
        self.out = Head(self.hidden.outputs, settings, subject, bias=settings.biases != "none")
        self.crosses_samples = crosses_samples(self) or self.out.crosses_samples

    def draws(self, n: int) -> dict[str, Draw]:
        """Return the random draws for the dropout masks of all stages and hidden layers."""
        if not self.masked.share:
            return {}
        maps = enumerate(self.widths, 1)
        masks = {f"mask_stage{stage}": uniform(n, width, *self.pyramid.sides(stage)) for stage, width in maps}
        return masks | self.hidden.draws(n)

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:
        """Return the last hidden layer, or the coarsest map if there is none, [n, d]."""
        x = _with_label_planes(self.pyramid.padded(pictures), label, self.appended)
        for number, stage in enumerate(self.stages, 1):
            x = self.masked(stage(x), draws.get(f"mask_stage{number}"))
            if self.attention is not None and number == self.attended:
                x = self.attention(x)
        features: Tensor = self.hidden(_flat(x), draws)
        return features

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Map features [n, d] to raw logits."""
        answers: Tensor = self.out(features, label)
        return answers


def _hidden_layers(settings: ConvGeneratorConfig) -> HiddenLayersConfig:
    """Return the settings of a generator's dense layers, which share its norm, activation and biases."""
    shared = {name: getattr(settings, name) for name in ("hidden", "activation", "norm", "biases")}
    return HiddenLayersConfig(**shared)


class _Stem(nn.Module):
    """The first layer: [n, inputs] to the coarsest map, normalized per channel, or per value if the stem is dense."""

    def __init__(self, settings: ConvGeneratorConfig, inputs: int, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        width, *sides = shape
        self.shape, self.dense = shape, settings.stem == "dense"
        values = width * sides[0] * sides[1]
        bias = has_bias(settings.biases, settings.norm, maps=not self.dense)
        self.layer: nn.Module
        if self.dense:
            self.layer = nn.Linear(inputs, values, bias)
        else:
            self.layer = _Spread(inputs, width, (sides[0], sides[1]), bias=bias)
        self.norm = normalization(settings.norm, values if self.dense else width, maps=not self.dense, classes=classes)

    def forward(self, x_nd: Tensor, mixture_nk: Tensor | None) -> Tensor:
        x = normalized(self.norm, self.layer(x_nd), mixture_nk)
        return _map(x, self.shape) if self.dense else x


class _Spread(nn.ConvTranspose2d):
    """A transposed convolution of one-pixel maps, [n, inputs] -> [n, width, h, w], computed as one matrix product."""

    bias: Tensor | None

    def __init__(self, inputs: int, width: int, sides: tuple[int, int], *, bias: bool) -> None:
        super().__init__(inputs, width, sides, stride=sides, bias=bias)

    def forward(self, x_nd: Tensor, _size: list[int] | None = None) -> Tensor:
        weight = self.weight.permute(0, 2, 3, 1).flatten(1)
        biases = None if self.bias is None else self.bias.repeat(prod(self.kernel_size))
        output = x_nd @ weight if biases is None else torch.addmm(biases, x_nd, weight)
        return _map(output, self.weight.shape[1:])


def _map(x_nd: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Reshape rows with contiguous channels at each position to maps [n, c, h, w] in channels-last memory format."""
    channels, height, width = shape
    return x_nd.view(-1, height, width, channels).permute(0, 3, 1, 2)


def _flat(x: Tensor) -> Tensor:
    """Flatten maps to rows; the inverse of `_map`."""
    return x.permute(0, 2, 3, 1).flatten(1)


class _Doubling(nn.Module):
    """A stage that doubles height and width, with a norm for `classes` classes (0: unconditional; None: no norm)."""

    def __init__(self, settings: ConvGeneratorConfig, before: int, after: int, classes: int | None) -> None:
        super().__init__()
        kernel, norm = settings.kernel, "none" if classes is None else settings.norm
        bias = has_bias(settings.biases, norm, maps=True)
        self.enlarge: nn.Module
        self.conv: nn.Module
        if settings.up == "transposed":
            self.enlarge = nn.Identity()
            padding, added = (kernel - 1) // 2, kernel % 2
            self.conv = nn.ConvTranspose2d(before, after, kernel, 2, padding, added, bias=bias)
        else:
            self.enlarge = nn.Sequential(nn.Upsample(scale_factor=2, mode=settings.up), _margin(kernel))
            self.conv = nn.Conv2d(before, after, kernel, padding=(kernel - 1) // 2, bias=bias)
        self.norm = normalization(norm, after, maps=True, classes=classes or 0)

    def forward(self, x: Tensor, mixture_nk: Tensor | None) -> Tensor:
        return normalized(self.norm, self.conv(self.enlarge(x)), mixture_nk)


class _Halving(nn.Module):
    """A stage that halves the height and width of a map by a strided convolution or by pooling.

    Max pooling comes before the activation: the activations are monotonic, so the result is the same at a quarter of
    the cost.
    """

    def __init__(self, settings: ConvDiscriminatorConfig, before: int, after: int, *, normed: bool) -> None:
        super().__init__()
        kernel, strided = settings.kernel, settings.down == "stride"
        self.margin = nn.Identity() if strided else _margin(kernel)
        norm = settings.norm if normed else "none"
        bias = has_bias(settings.biases, norm, maps=True)
        self.conv = nn.Conv2d(before, after, kernel, 2 if strided else 1, (kernel - 1) // 2, bias=bias)
        self.norm = normalization(norm, after, maps=True)
        self.activation = ACTIVATIONS[settings.activation]
        self.largest = nn.MaxPool2d(2) if settings.down == "max-pool" else nn.Identity()
        self.average = nn.AvgPool2d(2) if settings.down == "average-pool" else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        activated = self.activation(self.largest(self.norm(self.conv(self.margin(x)))))
        return cast(Tensor, self.average(activated))


def _margin(kernel: int) -> nn.Module:
    """Return the end padding that lets a convolution with an even kernel size preserve height and width."""
    return nn.Identity() if kernel % 2 else nn.ZeroPad2d((0, 1, 0, 1))


def _with_label_planes(pictures: Tensor, label: Tensor | None, classes: int) -> Tensor:
    """Append a constant plane for each class: 1 for the label and 0 for the others, or the values of a mixture."""
    if not classes:
        return pictures
    planes = mixture(label, classes, pictures)[:, :, None, None]
    return torch.cat([pictures, planes.expand(-1, -1, *pictures.shape[2:])], 1)


def _pyramid(
    settings: ConvGeneratorConfig | ConvDiscriminatorConfig,
    subject: Subject,
    player: PlayerName,
) -> Pyramid:
    maps = pyramid(settings, subject, player, "conv")
    if settings.norm == "instance" and maps.sides(maps.halvings) == (1, 1):
        raise SettingsError(f"{player}.norm=instance maps a single pixel to 0: use {player}.stages={maps.halvings - 1}")
    return maps
