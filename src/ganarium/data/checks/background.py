"""Checks of pictures on a flat background: some inverted, all dark on light, or transparent ones that do not show."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.data.checks.brightness import HIDDEN, MANY_HIDDEN, blank, hidden_share, value_range
from ganarium.data.checks.finding import Remark, named, percent
from ganarium.data.datasets import ImageSet

NEAR_END = 1 / 8  # share of the set's range: ring values this near its dark or light end are background
FLAT = 0.75  # minimum share of a picture's outermost pixels that are background; some ink may touch the edge
FLAT_SET = 0.5  # share of pictures on a flat background below which a set is considered photos
SOME = 0.01  # share of inverted pictures above which the remark is grave


def ring(images: Tensor) -> Tensor:
    """Return the outermost pixels: [n, C, H, W] -> [n, C, 2(H + W) − 4]."""
    sides = [images[:, :, 0], images[:, :, -1], images[:, :, 1:-1, 0], images[:, :, 1:-1, -1]]
    return torch.cat(sides, dim=2)


def grounds(images: Tensor) -> Tensor:
    """Classify the background of each picture: int64 [n].

    −1 for flat black, +1 for flat white, 0 for any other and for blank pictures.
    """
    low, high = value_range(images)
    margin = (high - low) * NEAR_END
    edge = ring(images)
    dark = (edge.amax(1) <= low + margin).float().mean(1) >= FLAT
    light = (edge.amin(1) >= high - margin).float().mean(1) >= FLAT
    return (light.long() - dark.long()) * (~blank(images)).long()


def turned(train: ImageSet) -> Iterator[Remark]:
    """Yield remarks if some pictures are inverted, or if all pictures of a grey set have dark ink on light.

    In colour sets a few inverted pictures are not a fault, since objects may well be shown on black or white.
    Transparent pictures are not counted if another background would show them.
    """
    if hidden_share(train):
        return
    grey = train.shape[0] == 1
    ground = grounds(train.images)
    dark, light = int((ground < 0).sum()), int((ground > 0).sum())
    if not dark + light or dark + light < FLAT_SET * int((~blank(train.images)).sum()):
        return
    usual = "dark" if dark >= light else "light"
    share = min(dark, light) / (dark + light)
    if share > (0 if grey else SOME):
        odd = ground > 0 if usual == "dark" else ground < 0
        yield Remark(
            "inverted",
            share > SOME,
            f"ink and ground are the other way round in {min(dark, light):,} of {dark + light:,} pictures "
            f"({percent(share)}, grave above {percent(SOME)}) than in most, whose ground is {usual}",
            "exchange black and white in these files, so that all have the same ground",
            share,
            named(train, odd.nonzero()[:, 0]),
        )
    if usual == "light" and grey:
        yield Remark(
            "dark-ink",
            False,
            f"{percent(light / (dark + light))} of the pictures have dark ink on a light ground (threshold: 50 %)",
            "use data.invert=true: ink is 255 in all sets here, and networks start from a ground of 0",
            light / (dark + light),
        )


def hidden(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if transparent pictures have the colours of their background; grave from a fifth of them."""
    share = hidden_share(train)
    if share and train.origin:
        yield Remark(
            "hidden",
            share >= MANY_HIDDEN,
            f"{percent(share)} of the transparent pictures hardly differ from the ground behind them (threshold "
            f"{percent(HIDDEN)}; grave from {percent(MANY_HIDDEN)})",
            f"use data.ground={train.origin.shown_by}, on which more of them show",
            share,
        )
