"""Image-to-image networks: U-Net and ResNet translators and the patch discriminator."""

from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import Biases, Norm, Output
from ganarium.config.networks import PatchConfig, ResNetConfig, UNetConfig
from ganarium.core.errors import SettingsError
from ganarium.networks.base import NO_DRAWS, Discriminator, Draws, Subject, Translator
from ganarium.networks.dense import OUTPUTS
from ganarium.networks.norms import crosses_samples, has_bias, normalization, refuse_virtual

SLOPE = 0.2  # slope of the leaky ReLU for negative inputs


@final
class UNet(Translator):
    """A U-Net translator: halving and doubling levels with skip connections (Isola 2017, §3.2.1 and §6.1).

    Coarse maps encode content and fine maps position. Neither the finest nor the coarsest level, which may have a
    single pixel, is normalized. Without the paper's dropout, the translation is deterministic.
    """

    def __init__(self, settings: UNetConfig, subject: Subject) -> None:
        super().__init__(settings.output)
        refuse_virtual("generator", settings.norm)
        inputs, shorter = _image_size(subject, "generator=unet", 4)
        possible = shorter.bit_length() - 1
        levels = settings.levels or possible - 1
        if levels > possible:
            raise SettingsError(
                f"generator.levels={levels}: a side of {shorter} pixels can be halved at most {possible} times"
            )
        widths = [min(settings.width * 2**level, settings.max_channels) for level in range(levels)]
        inner, biases = range(1, levels), settings.biases
        self.enter = nn.Conv2d(inputs, widths[0], 4, stride=2, padding=1, bias=biases != "none")
        self.down = nn.ModuleList(
            _halving(widths[i - 1], widths[i], settings.norm if i < levels - 1 else "none", biases) for i in inner
        )
        self.up = nn.ModuleList(
            _Upsampling(widths[i] * (1 if i == levels - 1 else 2), widths[i - 1], 4, settings.norm, biases)
            for i in reversed(inner)
        )
        self.out = _Upsampling(widths[0] * (1 if levels == 1 else 2), inputs, 4, "none", biases)
        self.init = settings.init
        self.output: Output = settings.output
        self.crosses_samples = crosses_samples(self)

    def forward(self, pictures: Tensor, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Translate each image."""
        maps = [self.enter(pictures)]
        for halving in self.down:
            maps.append(halving(F.leaky_relu(maps[-1], SLOPE)))
        x = maps.pop()
        for doubling, opposite in zip(self.up, reversed(maps), strict=True):
            x = torch.cat([doubling(F.relu(x), opposite), opposite], 1)
        return OUTPUTS[self.output](self.out(F.relu(x), pictures))


@final
class ResNet(Translator):
    """A ResNet translator: two halvings, residual blocks, two doublings (Zhu 2017, §4 and §7.2; Johnson 2016)."""

    def __init__(self, settings: ResNetConfig, subject: Subject) -> None:
        super().__init__(settings.output)
        refuse_virtual("generator", settings.norm)
        inputs, _ = _image_size(subject, "generator=resnet", 8)
        width, norm, biases = settings.width, settings.norm, settings.biases
        bias = has_bias(biases, norm, maps=True)
        self.enter = _normed(_mirrored(inputs, width, 7, bias=bias), norm)
        self.down = nn.ModuleList(
            _normed(nn.Conv2d(width * k, 2 * width * k, 3, stride=2, padding=1, bias=bias), norm) for k in (1, 2)
        )
        self.blocks = nn.Sequential(*(_Block(4 * width, norm, biases) for _ in range(settings.blocks)))
        self.up = nn.ModuleList(_Upsampling(2 * width * k, width * k, 3, norm, biases) for k in (2, 1))
        self.out = _mirrored(width, inputs, 7, bias=biases != "none")
        self.init = settings.init
        self.output: Output = settings.output
        self.crosses_samples = crosses_samples(self)

    def forward(self, pictures: Tensor, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Translate each image."""
        x = F.relu(self.enter(pictures))
        finer = []
        for halving in self.down:
            finer.append(x)
            x = F.relu(halving(x))
        x = self.blocks(x)
        for doubling in self.up:
            x = F.relu(doubling(x, finer.pop()))
        return OUTPUTS[self.output](self.out(x))


@final
class Patch(Discriminator):
    """A patch discriminator: 4×4 convolutions, `layers` of stride 2 and two of stride 1 (Isola 2017, §3.2.2 and §6.1).

    Each logit depends on a patch of the image, with zero padding beyond the border.
    """

    def __init__(self, settings: PatchConfig, subject: Subject) -> None:
        super().__init__(subject)
        refuse_virtual("discriminator", settings.norm)
        _refuse_labels(subject)
        inputs, shorter = _image_size(subject, "discriminator=patch", 6)
        possible = (shorter // 3).bit_length() - 1
        if settings.layers > possible:
            raise SettingsError(
                f"discriminator.layers={settings.layers} is too many for images with a side of {shorter} pixels: use "
                f"at most {possible}"
            )
        widths = [min(settings.width * 2**layer, settings.max_channels) for layer in range(settings.layers + 1)]
        norm, biases = settings.norm, settings.biases
        self.layers = nn.ModuleList([nn.Conv2d(inputs, widths[0], 4, stride=2, padding=1, bias=biases != "none")])
        for layer in range(1, settings.layers):
            self.layers.append(_halving(widths[layer - 1], widths[layer], norm, biases))
        last = nn.Conv2d(widths[-2], widths[-1], 4, padding=1, bias=has_bias(biases, norm, maps=True))
        self.layers.append(_normed(last, norm))
        self.out = nn.Conv2d(widths[-1], 1, 4, padding=1, bias=biases != "none")
        self.last = (widths[-1], *(side // 2**settings.layers - 1 for side in subject.shape[1:]))
        self.init = settings.init
        self.crosses_samples = crosses_samples(self)

    def features(self, pictures: Tensor, label: Tensor | None = None, draws: Draws = NO_DRAWS) -> Tensor:  # noqa: ARG002
        """Return the last hidden map, flattened to [n, d]."""
        x = pictures
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
        return x.flatten(1)

    def head(self, features: Tensor, label: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """Map features [n, d] to logits [n, patches] in row-major order."""
        logits: Tensor = self.out(features.view(-1, *self.last))
        return logits.flatten(1)


@final
class _Upsampling(nn.Module):
    """A transposed convolution of stride 2, normalized, with the output size of a given map."""

    def __init__(self, before: int, after: int, kernel: int, norm: Norm, biases: Biases) -> None:
        super().__init__()
        bias = has_bias(biases, norm, maps=True)
        self.conv = nn.ConvTranspose2d(before, after, kernel, stride=2, padding=1, bias=bias)
        self.norm = normalization(norm, after, maps=True)

    def forward(self, x: Tensor, meets: Tensor) -> Tensor:
        """Map [n, before, h, w] to [n, after, H, W], with the size H×W of the map `meets`."""
        output: Tensor = self.norm(self.conv(x, output_size=meets.shape[2:]))
        return output


@final
class _Block(nn.Module):
    """A residual block x + f(x), where f is two 3×3 convolutions with reflection padding."""

    title = "sum with the input of the block"

    def __init__(self, width: int, norm: Norm, biases: Biases) -> None:
        super().__init__()
        bias = has_bias(biases, norm, maps=True)
        self.first = _normed(_mirrored(width, width, 3, bias=bias), norm)
        self.second = _normed(_mirrored(width, width, 3, bias=bias), norm)

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to the same shape."""
        output: Tensor = x + self.second(F.relu(self.first(x)))
        return output


def _halving(before: int, after: int, norm: Norm, biases: Biases) -> nn.Sequential:
    bias = has_bias(biases, norm, maps=True)
    return _normed(nn.Conv2d(before, after, 4, stride=2, padding=1, bias=bias), norm)


def _mirrored(before: int, after: int, kernel: int, *, bias: bool) -> nn.Conv2d:
    return nn.Conv2d(before, after, kernel, padding=kernel // 2, padding_mode="reflect", bias=bias)


def _normed(layer: nn.Conv2d, norm: Norm) -> nn.Sequential:
    return nn.Sequential(layer, normalization(norm, layer.out_channels, maps=True))


def _image_size(subject: Subject, family: str, smallest: int) -> tuple[int, int]:
    """Return the number of channels and the shorter side; raise `SettingsError` for points and tiny images."""
    if len(subject.shape) != 3:
        for_points = "discriminator=dense" if family.startswith("disc") else "generator=dense and game=synthesis"
        raise SettingsError(f"{family} supports images only: for points, use {for_points}")
    inputs, *sides = subject.shape
    if min(sides) < smallest:
        shape = "×".join(map(str, sides))
        raise SettingsError(
            f"{family} needs images with sides of at least {smallest} pixels, not {shape}: use a larger data.size"
        )
    return inputs, min(sides)


def _refuse_labels(subject: Subject) -> None:
    """Raise `SettingsError` if the game needs labels or more than one logit per patch."""
    others = "use discriminator=dense, conv or residual"
    if subject.classes:
        raise SettingsError(f"discriminator=patch supports no labels: {others}, or a game without labels")
    if subject.outputs > 1:
        raise SettingsError(f"discriminator=patch returns a single logit for each patch: {others}")
