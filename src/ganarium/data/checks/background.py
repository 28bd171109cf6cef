"""Checks for inverted images, dark images on a light background, and hardly visible transparent images."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.data.checks.brightness import HIDDEN, MANY_HIDDEN, blank, hidden_share, value_range
from ganarium.data.checks.helpers import example_names, percent
from ganarium.data.datasets import ImageSet
from ganarium.data.finding import DataFinding

NEAR_END = 1 / 8  # share of the set's range: outermost pixels this close to the dark or light end are background
FLAT = 0.75  # minimum share of an image's outermost pixels that are background; the foreground may touch the edge
FLAT_SET = 0.5  # minimum share of images on a flat background; below it, a set is considered to contain photos
SEVERE = 0.01  # share of inverted images above which the finding is severe


def ring(images: Tensor) -> Tensor:
    """Return the outermost pixels of each image: [n, C, H, W] -> [n, C, 2(H + W) − 4]."""
    sides = [images[:, :, 0], images[:, :, -1], images[:, :, 1:-1, 0], images[:, :, 1:-1, -1]]
    return torch.cat(sides, dim=2)


def background_polarity(images: Tensor) -> Tensor:
    """Classify the background of each image as dark, light or neither: int64 [n].

    −1 for a flat dark background, +1 for a flat light background, 0 for any other background and for blank images.
    """
    low, high = value_range(images)
    margin = (high - low) * NEAR_END
    edge = ring(images)
    dark = (edge.amax(1) <= low + margin).float().mean(1) >= FLAT
    light = (edge.amin(1) >= high - margin).float().mean(1) >= FLAT
    return (light.long() - dark.long()) * (~blank(images)).long()


def inverted(train: ImageSet) -> Iterator[DataFinding]:
    """Report inverted images, and greyscale sets with a light background.

    In colour sets, a few inverted images are not a fault, since objects may be shown on either black or white.
    Nothing is reported if the background hides many transparent images that another background would show.
    """
    if hidden_share(train):
        return
    grey = train.shape[0] == 1
    polarity = background_polarity(train.images)
    dark, light = int((polarity < 0).sum()), int((polarity > 0).sum())
    if not dark + light or dark + light < FLAT_SET * int((~blank(train.images)).sum()):
        return
    usual = "dark" if dark >= light else "light"
    share = min(dark, light) / (dark + light)
    if share > (0 if grey else SEVERE):
        odd = polarity > 0 if usual == "dark" else polarity < 0
        yield DataFinding(
            "inverted",
            share > SEVERE,
            f"{min(dark, light):,} of {dark + light:,} images ({percent(share)}, severe above {percent(SEVERE)}) are "
            f"inverted: most images have a {usual} background",
            "invert these files, so that all images have the same background",
            share,
            example_names(train, odd.nonzero()[:, 0]),
        )
    if usual == "light" and grey:
        yield DataFinding(
            "dark-ink",
            False,
            f"{percent(light / (dark + light))} of the images are dark on a light background (threshold: 50 %)",
            "use data.invert=true: the built-in data sets and images of untrained networks have a black background",
            light / (dark + light),
        )


def hidden_by_background(train: ImageSet) -> Iterator[DataFinding]:
    """Report transparent images that hardly differ from their background; severe for a fifth or more."""
    share = hidden_share(train)
    if share and train.origin:
        yield DataFinding(
            "hidden",
            share >= MANY_HIDDEN,
            f"{percent(share)} of the transparent images hardly differ from their background (threshold "
            f"{percent(HIDDEN)}; severe from {percent(MANY_HIDDEN)})",
            f"use data.ground={train.origin.shown_by}, a background on which more images are visible",
            share,
        )
