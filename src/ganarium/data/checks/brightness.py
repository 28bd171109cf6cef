"""Checks for blank pictures, saturated ones, and sets that use a small part of 0 … 255."""

from collections.abc import Iterator

from torch import Tensor

from ganarium.data.checks.finding import Remark, by_chunks, named, percent, share_of
from ganarium.data.datasets import ImageSet

MANY_CONSTANT = 0.2  # share of blank pictures from which a generator learns them first
TYPICAL_GREYS = 0.1  # share of values strictly inside the range from which a set counts as grey
SATURATED = 0.05  # times the typical share of greys: below it a picture is black and white
FEW_SATURATED, MANY_SATURATED = 0.01, 0.1  # MNIST has one such picture in 50,000
DARK, NARROW = 16, 64  # ranges that need 4 and 6 bits of 8
HIDDEN, MANY_HIDDEN = 0.05, 0.2  # shares of transparent pictures that hardly show: notable, grave
STRAY = 0.01  # share of pictures that may lie outside the range, so that one bright picture does not hide a dark set


def extremes(images: Tensor) -> tuple[Tensor, Tensor]:
    """Return the minimum and maximum value of each picture, uint8 [n] each."""
    flat = images.flatten(1)
    return flat.amin(1), flat.amax(1)


def blank(images: Tensor) -> Tensor:
    """Return which pictures have a single colour: bool [n]."""
    flat = images.flatten(2)
    return (flat.amin(2) == flat.amax(2)).all(1)


def value_range(images: Tensor) -> tuple[int, int]:
    """Return the range of the set's values, without one picture in a hundred at each end."""
    low, high = (values.sort().values for values in extremes(images))
    stray = int(STRAY * len(images))
    return int(low[stray]), int(high[len(high) - 1 - stray])


def hidden_share(train: ImageSet) -> float:
    """Return the share of transparent pictures that hardly show but would on another background.

    0 when the share is small.
    """
    origin = train.origin
    return origin.hidden if origin and origin.shown_by and origin.hidden >= HIDDEN else 0.0


def constant(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if there are pictures of one value; grave from a fifth of the set.

    Not when they are all the pictures of one class: then they are intended, such as pictures of no marks.
    """
    rows = blank(train.images)
    if not bool(rows.any()) or _is_one_class(train, rows):
        return
    share = share_of(rows)
    yield Remark(
        "constant",
        share >= MANY_CONSTANT,
        f"{int(rows.sum()):,} of {len(train):,} pictures ({percent(share)}) are of one value throughout "
        f"(none should be; grave from {percent(MANY_CONSTANT)})",
        "look at their files: empty scans, transparent pictures on a ground of their own colour (data.ground), "
        "failed conversions; delete them unless they are meant",
        share,
        named(train, rows.nonzero()[:, 0]),
    )


def _is_one_class(train: ImageSet, rows: Tensor) -> bool:
    """Return whether exactly these rows form one of several classes."""
    if train.labels is None:
        return False
    label = train.labels[rows][0]
    return bool(((train.labels == label) == rows).all()) and not bool(rows.all())


def saturated(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if pictures are almost only black and white in a set of many grey levels."""
    low, high = value_range(train.images)
    greys = by_chunks(lambda x: ((x > low) & (x < high)).flatten(1).float().mean(1), train.images)
    typical = float(greys.median())
    rows = (greys <= SATURATED * typical) & ~blank(train.images)
    share = share_of(rows)
    if typical >= TYPICAL_GREYS and share >= FEW_SATURATED:
        yield Remark(
            "saturated",
            share >= MANY_SATURATED,
            f"{int(rows.sum()):,} of {len(train):,} pictures ({percent(share)}, threshold {percent(FEW_SATURATED)}) "
            f"are black and white only, where {percent(typical)} of a typical picture lies between",
            "look at their files: they were thresholded or overexposed; take them from the greys they came from",
            share,
            named(train, rows.nonzero()[:, 0]),
        )


def narrow_range(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if the whole set uses a small part of 0 … 255.

    Not when the background of transparent pictures is the cause.
    """
    if hidden_share(train):
        return
    low, high = value_range(train.images)
    if 0 < high - low <= NARROW:
        scale = "as 0 … 1" if high <= 1 else f"as {low} … {high}"
        yield Remark(
            "range",
            high - low <= DARK,
            f"values are stored {scale}, {percent((high - low) / 255)} of 0 … 255 "
            f"(threshold {percent(NARROW / 255)}; grave up to {percent(DARK / 255)})",
            f"store the pictures again with values times {255 // high}"
            if high <= NARROW
            else f"store the pictures again with {low} … {high} stretched to 0 … 255",
            float(high - low),
        )
