"""Checks for blank images, saturated images, and sets that use only a small part of the range 0 … 255."""

from collections.abc import Iterator

from torch import Tensor

from ganarium.data.checks.helpers import by_chunks, example_names, percent, share_of
from ganarium.data.datasets import ImageSet
from ganarium.data.finding import DataFinding

MANY_CONSTANT = 0.2  # share of blank images at which a generator learns these first
TYPICAL_GREYS = 0.1  # share of values strictly inside the range at which a set counts as greyscale
SATURATED = 0.05  # fraction of the typical share of greys, below which an image counts as black and white
FEW_SATURATED, MANY_SATURATED = 0.01, 0.1  # MNIST has one such image in 50,000
DARK, NARROW = 16, 64  # ranges that need 4 and 6 bits of 8
HIDDEN, MANY_HIDDEN = 0.05, 0.2  # shares of transparent images that are hardly visible: notable, severe
STRAY = 0.01  # share of images that may lie outside the range, so that one bright image does not hide a dark set


def extremes(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the minimum and maximum value of each image, uint8 [n] each."""
    flat = images.flatten(1)
    return flat.amin(1), flat.amax(1)


def blank(images: Tensor) -> Tensor:
    """Return a mask of the images that have a single colour: bool [n]."""
    flat = images.flatten(2)
    return (flat.amin(2) == flat.amax(2)).all(1)


def value_range(images: Tensor) -> tuple[int, int]:
    """Return the range of values in the set, excluding the most extreme 1 % of the images at each end."""
    low, high = (values.sort().values for values in extremes(images))
    stray = int(STRAY * len(images))
    return int(low[stray]), int(high[len(high) - 1 - stray])


def hidden_share(train: ImageSet) -> float:
    """Return the share of transparent images that would be visible only on another background.

    The result is 0 if the share is small.
    """
    origin = train.origin
    return origin.hidden if origin and origin.shown_by and origin.hidden >= HIDDEN else 0.0


def blank_images(train: ImageSet) -> Iterator[DataFinding]:
    """Report images of a single colour; severe for a fifth or more of the set.

    Blank images that make up a whole class are not reported, since these are intended, such as images without marks.
    """
    rows = blank(train.images)
    if not bool(rows.any()) or _is_one_class(train, rows):
        return
    share = share_of(rows)
    yield DataFinding(
        "constant",
        share >= MANY_CONSTANT,
        f"{int(rows.sum()):,} of {len(train):,} images ({percent(share)}) have a single colour "
        f"(should be none; severe from {percent(MANY_CONSTANT)})",
        "inspect these files for empty scans, transparent images on a background of the same colour (data.ground) or "
        "failed conversions; delete them unless they are intended",
        share,
        example_names(train, rows.nonzero()[:, 0]),
    )


def _is_one_class(train: ImageSet, rows: Tensor) -> bool:
    """Return whether the masked images are exactly one of several classes."""
    if train.labels is None:
        return False
    label = train.labels[rows][0]
    return bool(((train.labels == label) == rows).all()) and not bool(rows.all())


def saturated(train: ImageSet) -> Iterator[DataFinding]:
    """Report almost purely black-and-white images in a set with many grey levels."""
    low, high = value_range(train.images)
    greys = by_chunks(lambda x: ((x > low) & (x < high)).flatten(1).float().mean(1), train.images)
    typical = float(greys.median())
    rows = (greys <= SATURATED * typical) & ~blank(train.images)
    share = share_of(rows)
    if typical >= TYPICAL_GREYS and share >= FEW_SATURATED:
        yield DataFinding(
            "saturated",
            share >= MANY_SATURATED,
            f"{int(rows.sum()):,} of {len(train):,} images ({percent(share)}, threshold {percent(FEW_SATURATED)}) "
            f"are almost purely black and white; in a typical image, {percent(typical)} of the values lie in between",
            "inspect these files, which were thresholded or overexposed, and convert them again from the originals",
            share,
            example_names(train, rows.nonzero()[:, 0]),
        )


def narrow_range(train: ImageSet) -> Iterator[DataFinding]:
    """Report a set whose values use only a small part of the range 0 … 255.

    Nothing is reported if the background of transparent images is the cause.
    """
    if hidden_share(train):
        return
    low, high = value_range(train.images)
    if 0 < high - low <= NARROW:
        scale = "in 0 … 1" if high <= 1 else f"in {low} … {high}"
        yield DataFinding(
            "range",
            high - low <= DARK,
            f"all values lie {scale}, which is {percent((high - low) / 255)} of the range 0 … 255 "
            f"(threshold {percent(NARROW / 255)}; severe up to {percent(DARK / 255)})",
            f"multiply the values by {255 // high} and save the images again"
            if high <= NARROW
            else f"rescale {low} … {high} to 0 … 255 and save the images again",
            float(high - low),
        )
