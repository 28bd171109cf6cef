"""Feature maps from coarse to fine: their sizes, per-pixel noise and self-attention."""

from dataclasses import dataclass
from typing import Literal, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config.layers import StagesConfig
from ganarium.core.errors import SettingsError
from ganarium.networks.base import Subject
from ganarium.networks.init import Drawing

SMALLEST, LARGEST = 16, 128  # limits of the side of an image in pixels
COARSEST = 7  # default limit of the shorter side of the coarsest map in pixels

PlayerName = Literal["generator", "discriminator"]


@dataclass(frozen=True)
class Pyramid:
    """Sizes of the feature maps of an image, each half as high and wide as the previous; map 0 is the padded image.

    height, width: of the image
    halvings: the number of the coarsest map
    """

    height: int
    width: int
    halvings: int

    def sides(self, number: int) -> tuple[int, int]:
        """Return the height and width of a map."""
        coarsest = (-(-side // 2**self.halvings) for side in (self.height, self.width))
        height, width = (side * 2 ** (self.halvings - number) for side in coarsest)
        return height, width

    def cropped(self, x: Tensor) -> Tensor:
        """Crop map 0 to the image at its centre."""
        top, left = self._margin
        return x[..., top : top + self.height, left : left + self.width]

    def padded(self, x: Tensor) -> Tensor:
        """Pad an image with zeros to map 0."""
        (height, width), (top, left) = self.sides(0), self._margin
        margin = (left, width - self.width - left, top, height - self.height - top)
        return F.pad(x, margin) if any(margin) else x

    @property
    def _margin(self) -> tuple[int, int]:
        height, width = self.sides(0)
        return (height - self.height) // 2, (width - self.width) // 2


def pyramid(settings: StagesConfig, subject: Subject, player: PlayerName, kind: str) -> Pyramid:
    """Return the feature maps for a subject's images; by default, the coarsest map has a shorter side of 4 to 7 pixels.

    Raises `SettingsError` for points, for images that are too small or too large, and for too many halvings.
    """
    family = f"{player}={kind}"
    if len(subject.shape) != 3:
        raise SettingsError(f"{family} supports images only: for points, use {player}=dense")
    _, height, width = subject.shape
    shorter = min(height, width)
    if shorter < SMALLEST or max(height, width) > LARGEST:
        raise SettingsError(
            f"{family} supports images with sides of {SMALLEST} to {LARGEST} pixels, not {height}×{width}: use another "
            f"data.size, or {player}=dense"
        )
    possible = shorter.bit_length() - 1
    if settings.stages is not None and settings.stages > possible:
        raise SettingsError(
            f"{player}.stages={settings.stages}: a side of {shorter} pixels can be halved at most {possible} times"
        )
    default = next(k for k in range(1, possible + 1) if -(-shorter // 2**k) <= COARSEST)
    return Pyramid(height, width, settings.stages or default)


def channels(settings: StagesConfig, stages: int) -> list[int]:
    """Return the number of channels of each stage, finest first."""
    return [min(settings.width * 2**stage, settings.max_channels) for stage in range(stages)]


def attention_after(stage: int, last: int, width: int, player: PlayerName) -> nn.Module | None:
    """Return self-attention on maps of `width` channels after a stage, or None for stage 0.

    Raises `SettingsError` if `stage` is greater than `last`, the last stage that supports attention.
    """
    if stage > last:
        fix = f"use at most {last}, or 0 for none" if last else f"use 0 for none, or more {player}.stages"
        raise SettingsError(f"{player}.attention={stage}: there is no feature map after that stage; {fix}")
    return Attention(width) if stage else None


@final
class Attention(nn.Module):
    """Self-attention over positions, added to the input with a factor γ that starts at 0 (Zhang 2019, SAGAN, §3)."""

    title = "self-attention"

    def __init__(self, width: int) -> None:
        super().__init__()
        inner = max(1, width // 8)
        self.keys = nn.Conv2d(width, inner, 1)  # f, g, h, v in the paper
        self.queries = nn.Conv2d(width, inner, 1)
        self.values = nn.Conv2d(width, inner, 1)
        self.back = nn.Conv2d(inner, width, 1)
        self.gamma = nn.Parameter(torch.empty(1))

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Set γ to 0."""
        self.gamma.zero_()

    def forward(self, x: Tensor) -> Tensor:
        """Map [n, c, h, w] to the same shape."""
        keys, queries, values = (layer(x).flatten(2) for layer in (self.keys, self.queries, self.values))  # [n, i, p]
        weights_nqk = (queries.mT @ keys).softmax(2)
        attended = (values @ weights_nqk.mT).view(*values.shape[:2], *x.shape[2:])
        output: Tensor = x + self.gamma * self.back(attended)
        return output


@final
class PixelNoise(nn.Module):
    """Per-pixel noise: one plane, scaled for each channel by a learned strength (Karras 2019, StyleGAN, §2).

    StyleGAN's strengths start at 0, where the expected gradient of each strength is 0. Here they start at 1, the
    standard deviation of a normalized channel, because scattered content (points, lines) needs independent positions:
    for 28×28 images of points, after 1,200 steps, the planes accounted for half of the images' variance with initial
    strengths of 1, and for less than 1 % with initial strengths of 0 or 0.3.
    """

    title = "per-pixel noise"

    def __init__(self, width: int) -> None:
        super().__init__()
        self.strength = nn.Parameter(torch.empty(width))

    def initialize(self, drawn: Drawing) -> None:  # noqa: ARG002
        """Set all strengths to the same value."""
        self.strength.fill_(1)

    def forward(self, x: Tensor, plane: Tensor) -> Tensor:
        """Map [n, c, h, w] and [n, 1, h, w] to [n, c, h, w]."""
        return x + self.strength[:, None, None] * plane
