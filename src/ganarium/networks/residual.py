"""Residual networks: blocks without normalization, initialized as the identity (R3GAN; Huang et al. 2024, §3)."""

from collections.abc import Iterator
from math import prod, sqrt
from typing import Literal, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import Output
from ganarium.config.networks import ResidualConfig, ResidualDiscriminatorConfig, ResidualGeneratorConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import normal
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Generator, Subject, append_label, mixture
from ganarium.networks.dense import OUTPUTS
from ganarium.networks.feature_maps import PixelNoise, PlayerName, Pyramid, attention_after, channels, pyramid
from ganarium.networks.heads import Head, appended_classes
from ganarium.networks.init import Drawing

SLOPE = 0.2  # slope of the leaky ReLU for negative inputs
GAIN = sqrt(2 / (1 + SLOPE**2))  # keeps the variance of a map through the activation (He et al. 2015, eq. 14)


Resampling = Literal["centred", "shifted"]
OFFSETS: dict[Resampling, float] = {"centred": 0.5, "shifted": 0.0}  # of fine from coarse positions, in fine pixels


def tent(places: int, like: Tensor, resampling: Resampling) -> Tensor:
    """Return linear interpolation weights from coarse to fine positions, [2·places, places].

    A coarse position is centred between two fine positions, which gives a column [1, 3, 3, 1]/4 (R3GAN's code), or
    lies on the first of the two, which gives [1, 2, 1]/2 and shifts a map by half a fine pixel.
    """
    fine, coarse = (torch.arange(n, dtype=like.dtype, device=like.device) for n in (2 * places, places))
    return (1 - ((fine[:, None] - OFFSETS[resampling]) / 2 - coarse).abs()).clamp(min=0)


@final
class Doubling(nn.Module):
    """Linear interpolation that doubles height and width; at the border, the nearest position is repeated.

    Computed as products with small matrices, since the second derivatives of these cost only two products.
    """

    title = "linear upsampling ×2"

    def __init__(self, resampling: Resampling) -> None:
        super().__init__()
        self.resampling = resampling

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to [n, c, 2h, 2w]."""
        rows, columns = (tent(side, x, self.resampling) for side in x.shape[2:])
        return (rows / rows.sum(1, keepdim=True)) @ (x @ (columns / columns.sum(1, keepdim=True)).mT)


@final
class Halving(nn.Module):
    """Weighted means of neighbouring positions that halve height and width, with the weights of `Doubling`."""

    title = "linear downsampling ×2"

    def __init__(self, resampling: Resampling) -> None:
        super().__init__()
        self.resampling = resampling

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, 2h, 2w] to [n, c, h, w]."""
        rows, columns = (tent(side // 2, x, self.resampling) for side in x.shape[2:])
        return (rows / rows.sum(0)).mT @ (x @ (columns / columns.sum(0)))


@final
class Convolution(nn.Conv2d):
    """A size-preserving convolution; initial weights have standard deviation gain/√fan-in, biases are 0."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, *, gain: float = 1.0, groups: int = 1, bias: bool = False
    ) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=bias)
        self.gain = gain

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * self.gain / sqrt(self.weight[0].numel()))
        if self.bias is not None:
            self.bias.zero_()


@final
class Block(nn.Module):
    """A residual block x + f(x): f has 1×1, 3×3 and 1×1 convolutions, and is initially 0 (Zhang 2019, Fixup, §3)."""

    title = "sum with the input of the block"

    def __init__(self, width: int, inner: int, groups: int, gain: float) -> None:
        super().__init__()
        self.enter = Convolution(width, inner, gain=gain, bias=True)
        self.look = Convolution(inner, inner, 3, gain=gain, groups=groups, bias=True)
        self.leave = Convolution(inner, width, gain=0.0)

    def added(self, x: Tensor) -> Tensor:
        """Return f(x), with the shape of x, [n, c, h, w]."""
        inside = F.leaky_relu(self.look(F.leaky_relu(self.enter(x), SLOPE)), SLOPE)
        branch: Tensor = self.leave(inside)
        return branch

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to the same shape."""
        return x + self.added(x)


@final
class NoisyBlock(nn.Module):
    """A residual block x + f(x + noise): noise affects the map only through f, which is initially 0.

    Noise added to the map itself would be visible in each image until the network learns to remove it.
    """

    title = "sum with the input of the block"

    def __init__(self, width: int, block: Block) -> None:
        super().__init__()
        self.noise, self.block = PixelNoise(width), block

    def forward(self, x: Tensor, plane: Tensor) -> Tensor:
        """Map [n, c, h, w] and [n, 1, h, w] to [n, c, h, w]."""
        return x + self.block.added(self.noise(x, plane))


@final
class Basis(nn.Module):
    """A learned map, initially N(0, 1), with each channel scaled by a linear function of the latent."""

    title = "learned map, scaled by the latent"

    def __init__(self, inputs: int, width: int, sides: tuple[int, int]) -> None:
        super().__init__()
        self.map = nn.Parameter(torch.empty(width, *sides))
        self.scale = nn.Parameter(torch.empty(width, inputs))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters."""
        self.map.copy_(drawn("map", normal(*self.map.shape)))
        self.scale.copy_(drawn("scale", normal(*self.scale.shape)) / sqrt(self.scale.shape[1]))

    def forward(self, latents: Tensor) -> Tensor:
        """Map [n, inputs] to [n, c, h, w]."""
        return self.map * F.linear(latents, self.scale)[:, :, None, None]


@final
class Weighing(nn.Module):
    """A weighted sum over the positions of each channel: a depthwise convolution as large as the map."""

    title = "weighted sum over positions"

    def __init__(self, width: int, sides: tuple[int, int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width, *sides))

    def initialize(self, drawn: Drawing) -> None:
        """Fill the layer's own parameters with standard deviation 1/√fan-in."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) / sqrt(self.weight[0].numel()))

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to [n, c]."""
        return (x * self.weight).sum((2, 3))


@final
class Entrance(nn.Module):
    """A 1×1 convolution from an image and one plane for each class to the channels of the finest stage."""

    def __init__(self, inputs: int, classes: int, width: int) -> None:
        super().__init__()
        self.inputs, self.classes = inputs, classes
        self.mix = Convolution(inputs + classes, width)

    def forward(self, pictures: Tensor, label: Tensor | None) -> Tensor:
        """Map [n, inputs, h, w] to [n, c, h, w]; the constant class planes are convolved at a single pixel."""
        of_picture, of_classes = torch.split(self.mix.weight, [self.inputs, self.classes], 1)
        x = F.conv2d(pictures, of_picture)
        return x + F.conv2d(mixture(label, self.classes, x)[:, :, None, None], of_classes) if self.classes else x


def first_map(settings: ResidualConfig, maps: Pyramid, player: PlayerName) -> int:
    """Return the number of the finest stage's map; raise `SettingsError` if it would be coarser than the coarsest."""
    first = settings.space_to_depth.bit_length() - 1
    if first > maps.halvings:
        raise SettingsError(
            f"{player}.space_to_depth={settings.space_to_depth} makes the finest stage coarser than the coarsest: use "
            f"{player}.stages={first} or more, or {player}.space_to_depth={2**maps.halvings}"
        )
    return first


def mixing(before: int, after: int) -> list[Convolution]:
    """Return a 1×1 convolution if the number of channels changes; applying it to the smaller map is cheaper."""
    return [Convolution(before, after)] if before != after else []


def blocks(settings: ResidualConfig, width: int, maps: int, player: PlayerName) -> Iterator[Block]:
    """Return the blocks of one stage of a network with `maps` map sizes; raise `SettingsError` for uneven groups."""
    inner, size = width * settings.expansion, settings.group_size or width * settings.expansion
    if inner % size:
        raise SettingsError(
            f"{player}.group_size={size} does not divide the {inner} channels inside a block: "
            f"use a divisor of {inner}, or 0 for one group"
        )
    gain = GAIN * (settings.blocks * maps) ** -0.25  # exponent −1/(2m − 2) for m = 3 layers in a block
    return (Block(width, inner, inner // size, gain) for _ in range(settings.blocks))


@final
class ResidualGenerator(Generator):
    """A residual generator: latent → learned, scaled coarse map → stages of residual blocks → image.

    With per-pixel noise, the values of the noise planes are part of the latent, after the numbers that
    `settings.latent` counts, in the order of the blocks.
    """

    def __init__(self, settings: ResidualGeneratorConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        self.pyramid = pyramid(settings, subject, "generator", settings.kind)
        side, first = settings.space_to_depth, first_map(settings, self.pyramid, "generator")
        coarsest, attended = self.pyramid.halvings - first, settings.attention
        widths = channels(settings, coarsest + 1)
        attention = attention_after(attended, max(0, coarsest - 1), widths[max(0, coarsest - attended)], "generator")
        inputs = settings.latent + subject.classes
        self.basis = Basis(inputs, widths[coarsest], self.pyramid.sides(coarsest + first))
        self.layers = nn.ModuleList()
        self.planes: list[tuple[int, int]] = []
        for number in range(coarsest, -1, -1):
            if number < coarsest:
                self.layers.extend([*mixing(widths[number + 1], widths[number]), Doubling(settings.resampling)])
            for block in blocks(settings, widths[number], coarsest + 1, "generator"):
                self.layers.append(NoisyBlock(widths[number], block) if settings.pixel_noise else block)
                if settings.pixel_noise:
                    self.planes.append(self.pyramid.sides(number + first))
            if attention is not None and number == coarsest - attended:
                self.layers.append(attention)
        self.out = Convolution(widths[0], subject.shape[0] * side**2)
        self.to_pixels = nn.PixelShuffle(side) if side > 1 else nn.Identity()
        self.numbers = [settings.latent, *(prod(sides) for sides in self.planes)]
        self.latent = sum(self.numbers)
        self.output: Output = settings.output

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Generate one image for each latent."""
        numbers, *noise = torch.split(latents, self.numbers, 1)
        planes = (values.view(-1, 1, *sides) for values, sides in zip(noise, self.planes, strict=True))
        x = self.basis(append_label(numbers, label, self.subject.classes))
        for layer in self.layers:
            x = layer(x, next(planes)) if isinstance(layer, NoisyBlock) else layer(x)
        return OUTPUTS[self.output](self.pyramid.cropped(self.to_pixels(self.out(x))))


@final
class ResidualDiscriminator(Discriminator):
    """A residual discriminator: image → stages of residual blocks → a weighted sum of each channel → logits."""

    init = "lecun"  # gain 1, for the layers after the blocks

    def __init__(self, settings: ResidualDiscriminatorConfig, subject: Subject) -> None:
        super().__init__(subject)
        self.pyramid = pyramid(settings, subject, "discriminator", settings.kind)
        side, first = settings.space_to_depth, first_map(settings, self.pyramid, "discriminator")
        coarsest, attended = self.pyramid.halvings - first, settings.attention
        widths = channels(settings, coarsest + 1)
        attention = attention_after(attended, coarsest, widths[min(coarsest, attended)], "discriminator")
        self.to_channels = nn.PixelUnshuffle(side) if side > 1 else nn.Identity()
        self.enter = Entrance(subject.shape[0] * side**2, appended_classes(settings, subject), widths[0])
        self.layers = nn.Sequential()
        for number in range(coarsest + 1):
            if number:
                self.layers.extend([Halving(settings.resampling), *mixing(widths[number - 1], widths[number])])
            if attention is not None and number == attended:
                self.layers.append(attention)
            self.layers.extend(blocks(settings, widths[number], coarsest + 1, "discriminator"))
        self.weigh = Weighing(widths[coarsest], self.pyramid.sides(coarsest + first))
        self.out = Head(widths[coarsest], settings, subject)
        self.crosses_samples = self.out.crosses_samples

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Return the weighted sums, [n, d]."""
        x = self.enter(self.to_channels(self.pyramid.padded(pictures)), label)
        features: Tensor = self.weigh(self.layers(x))
        return features

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Map features [n, d] to raw logits."""
        answers: Tensor = self.out(features, label)
        return answers
