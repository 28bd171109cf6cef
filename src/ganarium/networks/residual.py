"""The residual family: blocks without normalization that begin as the identity (R3GAN; Huang et al. 2024, §3)."""

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
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Generator, Subject, mixture, told
from ganarium.networks.dense import OUTPUTS
from ganarium.networks.heads import Head, joined
from ganarium.networks.init import Drawing
from ganarium.networks.maps import PixelNoise, PlayerName, attention_after, channels, pyramid

SLOPE = 0.2  # of the leaky ReLU, left of 0
GAIN = sqrt(2 / (1 + SLOPE**2))  # what keeps a map's variance through it (He et al. 2015, eq. 14)


Resampling = Literal["centred", "shifted"]
OFFSETS: dict[Resampling, float] = {"centred": 0.5, "shifted": 0.0}  # of fine places against coarse ones, in fine ones


def tent(places: int, like: Tensor, resampling: Resampling) -> Tensor:
    """Return the weights of coarse places at fine ones, [2·places, places], linear in their distance.

    A coarse place is in the middle of two fine ones, which makes a column [1, 3, 3, 1]/4 (R3GAN's code), or on the
    first of them, which makes it [1, 2, 1]/2 and moves a map by half a fine place.
    """
    fine, coarse = (torch.arange(n, dtype=like.dtype, device=like.device) for n in (2 * places, places))
    return (1 - ((fine[:, None] - OFFSETS[resampling]) / 2 - coarse).abs()).clamp(min=0)


@final
class Doubling(nn.Module):
    """Double the side of a map by linear interpolation; at the border the nearest place counts alone.

    Products with small matrices, because they are differentiated twice at the price of two products.
    """

    title = "doubling, linear"

    def __init__(self, resampling: Resampling) -> None:
        super().__init__()
        self.resampling = resampling

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, h, w] -> [n, c, 2h, 2w]."""
        rows, columns = (tent(side, x, self.resampling) for side in x.shape[2:])
        return (rows / rows.sum(1, keepdim=True)) @ (x @ (columns / columns.sum(1, keepdim=True)).mT)


@final
class Halving(nn.Module):
    """Halve the side of a map by weighted means of neighbouring places, with the weights of `Doubling`."""

    title = "halving, linear"

    def __init__(self, resampling: Resampling) -> None:
        super().__init__()
        self.resampling = resampling

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, 2h, 2w] -> [n, c, h, w]."""
        rows, columns = (tent(side // 2, x, self.resampling) for side in x.shape[2:])
        return (rows / rows.sum(0)).mT @ (x @ (columns / columns.sum(0)))


@final
class Convolution(nn.Conv2d):
    """A convolution that keeps the size; first weights of deviation gain/√fan-in, biases 0."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, *, gain: float = 1.0, groups: int = 1, bias: bool = False
    ) -> None:
        super().__init__(inputs, outputs, kernel, padding=kernel // 2, groups=groups, bias=bias)
        self.gain = gain

    def begin(self, drawn: Drawing) -> None:
        """Fill its own parameters."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) * self.gain / sqrt(self.weight[0].numel()))
        if self.bias is not None:
            self.bias.zero_()


@final
class Block(nn.Module):
    """y = x + f(x), where f is a 1×1, a 3×3 and a 1×1 convolution and begins as 0 (Zhang et al. 2019, Fixup, §3)."""

    title = "sum with the input of the block"

    def __init__(self, width: int, inner: int, groups: int, gain: float) -> None:
        super().__init__()
        self.enter = Convolution(width, inner, gain=gain, bias=True)
        self.look = Convolution(inner, inner, 3, gain=gain, groups=groups, bias=True)
        self.leave = Convolution(inner, width, gain=0.0)

    def added(self, x: Tensor) -> Tensor:
        """f(x), [n, c, h, w] -> the same."""
        inside = F.leaky_relu(self.look(F.leaky_relu(self.enter(x), SLOPE)), SLOPE)
        branch: Tensor = self.leave(inside)
        return branch

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, h, w] -> the same."""
        return x + self.added(x)


@final
class NoisyBlock(nn.Module):
    """y = x + f(x + noise): noise reaches the map only as what f makes of it, at first nothing.

    Added to the map itself it would be seen in each picture until it is unlearned.
    """

    title = "sum with the input of the block"

    def __init__(self, width: int, block: Block) -> None:
        super().__init__()
        self.noise, self.block = PixelNoise(width), block

    def forward(self, x: Tensor, plane: Tensor) -> Tensor:
        """[n, c, h, w] and [n, 1, h, w] -> [n, c, h, w]."""
        return x + self.block.added(self.noise(x, plane))


@final
class Basis(nn.Module):
    """A learned map, N(0, 1) at first, of which each channel is scaled by a linear function of the latent."""

    title = "learned map, scaled by the latent"

    def __init__(self, inputs: int, width: int, sides: tuple[int, int]) -> None:
        super().__init__()
        self.map = nn.Parameter(torch.empty(width, *sides))
        self.scale = nn.Parameter(torch.empty(width, inputs))

    def begin(self, drawn: Drawing) -> None:
        """Fill its own parameters."""
        self.map.copy_(drawn("map", normal(*self.map.shape)))
        self.scale.copy_(drawn("scale", normal(*self.scale.shape)) / sqrt(self.scale.shape[1]))

    def forward(self, latents: Tensor) -> Tensor:
        """[n, inputs] -> [n, c, h, w]."""
        return self.map * F.linear(latents, self.scale)[:, :, None, None]


@final
class Weighing(nn.Module):
    """A weighted sum over each channel's places: a depthwise convolution as large as the map."""

    title = "weighted sum of places"

    def __init__(self, width: int, sides: tuple[int, int]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(width, *sides))

    def begin(self, drawn: Drawing) -> None:
        """Fill its own parameters: deviation 1/√fan-in."""
        self.weight.copy_(drawn("weight", normal(*self.weight.shape)) / sqrt(self.weight[0].numel()))

    def forward(self, x: Tensor) -> Tensor:
        """[n, c, h, w] -> [n, c]."""
        return (x * self.weight).sum((2, 3))


@final
class Entrance(nn.Module):
    """1×1 from a picture, joined with a plane for each class, to the finest stage's channels."""

    def __init__(self, inputs: int, classes: int, width: int) -> None:
        super().__init__()
        self.inputs, self.classes = inputs, classes
        self.mix = Convolution(inputs + classes, width)

    def forward(self, pictures: Tensor, label: Tensor | None) -> Tensor:
        """[n, inputs, h, w] -> [n, c, h, w]; a plane is the same in each place, so its share is found once."""
        of_picture, of_classes = torch.split(self.mix.weight, [self.inputs, self.classes], 1)
        x = F.conv2d(pictures, of_picture)
        return x + F.conv2d(mixture(label, self.classes, x)[:, :, None, None], of_classes) if self.classes else x


def mixing(before: int, after: int) -> list[Convolution]:
    """1×1 where channels change, always at the smaller of two sizes, where it is cheaper."""
    return [Convolution(before, after)] if before != after else []


def blocks(settings: ResidualConfig, width: int, maps: int, player: PlayerName) -> Iterator[Block]:
    """One stage's blocks, of a network with so many maps; raises `SettingsError` where groups do not come out even."""
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
    """Latent → a learned coarse map, scaled → stages of residual blocks without normalization → picture.

    With noise in each place, its planes' values stand in the latent, after the numbers that `settings.latent` counts,
    in the order of the blocks.
    """

    def __init__(self, settings: ResidualGeneratorConfig, subject: Subject) -> None:
        super().__init__(settings, subject)
        self.pyramid = pyramid(settings, subject, "generator", settings.kind)
        coarsest, attended = self.pyramid.halvings, settings.attention
        widths = channels(settings, coarsest + 1)
        attention = attention_after(attended, coarsest - 1, widths[max(0, coarsest - attended)], "generator")
        self.basis = Basis(settings.latent + subject.classes, widths[coarsest], self.pyramid.sides(coarsest))
        self.layers = nn.ModuleList()
        self.planes: list[tuple[int, int]] = []
        for number in range(coarsest, -1, -1):
            if number < coarsest:
                self.layers.extend([*mixing(widths[number + 1], widths[number]), Doubling(settings.resampling)])
            for block in blocks(settings, widths[number], coarsest + 1, "generator"):
                self.layers.append(NoisyBlock(widths[number], block) if settings.pixel_noise else block)
                if settings.pixel_noise:
                    self.planes.append(self.pyramid.sides(number))
            if attention is not None and number == coarsest - attended:
                self.layers.append(attention)
        self.out = Convolution(widths[0], subject.shape[0])
        self.numbers = [settings.latent, *(prod(sides) for sides in self.planes)]
        self.latent = sum(self.numbers)
        self.output: Output = settings.output

    def forward(self, latents: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Generate one picture for each latent."""
        numbers, *noise = torch.split(latents, self.numbers, 1)
        planes = (values.view(-1, 1, *sides) for values, sides in zip(noise, self.planes, strict=True))
        x = self.basis(told(numbers, label, self.subject.classes))
        for layer in self.layers:
            x = layer(x, next(planes)) if isinstance(layer, NoisyBlock) else layer(x)
        return OUTPUTS[self.output](self.pyramid.cropped(self.out(x)))


@final
class ResidualDiscriminator(Discriminator):
    """Picture → stages of residual blocks without normalization → a weighted sum of each channel → answers."""

    init = "lecun"  # gain 1, for what comes after the blocks

    def __init__(self, settings: ResidualDiscriminatorConfig, subject: Subject) -> None:
        super().__init__(subject)
        self.pyramid = pyramid(settings, subject, "discriminator", settings.kind)
        coarsest, attended = self.pyramid.halvings, settings.attention
        widths = channels(settings, coarsest + 1)
        attention = attention_after(attended, coarsest, widths[min(coarsest, attended)], "discriminator")
        self.enter = Entrance(subject.shape[0], joined(settings, subject), widths[0])
        self.layers = nn.Sequential()
        for number in range(coarsest + 1):
            if number:
                self.layers.extend([Halving(settings.resampling), *mixing(widths[number - 1], widths[number])])
            if attention is not None and number == attended:
                self.layers.append(attention)
            self.layers.extend(blocks(settings, widths[number], coarsest + 1, "discriminator"))
        self.weigh = Weighing(widths[coarsest], self.pyramid.sides(coarsest))
        self.out = Head(widths[coarsest], settings, subject)
        self.crosses_samples = self.out.crosses_samples

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """The weighted sums, [n, d]."""
        features: Tensor = self.weigh(self.layers(self.enter(self.pyramid.padded(pictures), label)))
        return features

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Features [n, d] -> answers."""
        answers: Tensor = self.out(features, label)
        return answers
