"""Endless, seeded batches: the contents of batch b are a pure function of (seed, b)."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, permutation
from ganarium.data.datasets import ImageSet, PairSet, PointLaw, PointSet

Range = tuple[float, float]


@dataclass(frozen=True)
class Batch:
    """A training batch, with real images [n, C, H, W] or points [n, d] in the generator's output range.

    label: labels of the real images, int64 [n]
    source: images of the source domain, to be translated into the domain of the real images
    known: images with known labels, if the real images are unlabelled
    """

    real: Tensor
    label: Tensor | None = None
    source: Tensor | None = None
    known: "Batch | None" = None


class Feed(ABC):
    """An endless sequence of batches on the training device.

    steady: whether a batch is a fixed sequence of operations on random numbers of the run's streams
    """

    steady = True

    @abstractmethod
    def batch(self, index: int) -> Batch:
        """Return the batch with the given index."""


@final
class Fixed(Feed):
    """Batches of a fixed data set; each epoch is a permutation of the whole set, drawn from a named random stream."""

    def __init__(self, rows: Tensor, labels: Tensor | None, size: int, streams: Streams, order: str = "feed") -> None:
        self._rows, self._labels, self._size, self._streams, self._name = rows, labels, size, streams, order

    def batch(self, index: int) -> Batch:
        """Return the batch with the given index."""
        chosen = self._streams.provided(self._chosen, index)
        label = None if self._labels is None else self._labels.index_select(0, chosen)
        return Batch(self._rows.index_select(0, chosen), label)

    def _chosen(self, index: int) -> Tensor:
        """Return the row indices of the batch with the given index, int64 [size]."""
        count, start = len(self._rows), index * self._size
        parts, missing = [], self._size
        while missing:
            epoch, offset = divmod(start, count)
            order = self._streams.at(self._name, permutation(count), epoch)[offset : offset + missing]
            parts.append(order)
            start, missing = start + len(order), missing - len(order)
        return parts[0] if len(parts) == 1 else torch.cat(parts)


@final
class Scaled(Feed):
    """Batches of pixel values 0 … 255, scaled to the generator's output range."""

    def __init__(self, feed: Feed, output_range: tuple[float, float]) -> None:
        self._feed, self._range = feed, output_range

    def batch(self, index: int) -> Batch:
        """Return the batch with the given index."""
        batch = self._feed.batch(index)
        return replace(batch, real=to_range(batch.real, self._range))


@final
class WithKnown(Feed):
    """Unlabelled batches, each accompanied by a few images with known labels."""

    def __init__(self, feed: Feed, known: Feed) -> None:
        self._feed, self._known = feed, known

    def batch(self, index: int) -> Batch:
        """Return the batch with the given index."""
        return replace(self._feed.batch(index), label=None, known=self._known.batch(index))


@final
class TranslationFeed(Feed):
    """Batches for image translation, with sources from the first domain and real images from the second domain."""

    def __init__(self, x: Feed, y: Feed) -> None:
        self._x, self._y = x, y

    def batch(self, index: int) -> Batch:
        """Return the batch with the given index."""
        return Batch(self._y.batch(index).real, source=self._x.batch(index).real)


def blocks_of(rows: Tensor, size: int) -> Iterator[Tensor]:
    """Return an iterator over blocks of at most `size` rows."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def to_bytes(images: Tensor) -> Tensor:
    """Convert floats in [0, 1] to uint8 in 0 … 255, rounded to the nearest integer."""
    return images.mul(255).round_().to(torch.uint8)


def to_range(images: Tensor, output_range: Range) -> Tensor:
    """Scale pixel values 0 … 255 to floats in a generator's output range."""
    low, high = output_range
    return images.to(torch.float32).mul_((high - low) / 255).add_(low)


def to_unit(images: Tensor, output_range: Range) -> Tensor:
    """Scale generated images from the generator's output range to [0, 1]."""
    low, high = output_range
    return images.sub(low).div(high - low).clamp(0, 1)


@final
class Endless(Feed):
    """Batches of newly drawn points."""

    def __init__(self, law: PointLaw, size: int, streams: Streams) -> None:
        self._law, self._draws, self._streams = law, law.draws(size), streams

    def batch(self, index: int) -> Batch:
        """Return the batch with the given index."""
        return Batch(self._law.place(self._streams.all_at("feed", self._draws, index)))


def feed(source: ImageSet | PointSet, size: int, streams: Streams, output_range: Range, *, labelled: bool) -> Feed:
    """Return a feed of batches with `size` samples each, on the device of `streams`."""
    if isinstance(source, PointSet):
        if source.points is None:
            return Endless(source.known_law, size, streams)
        return Fixed(source.points.to(streams.device), None, size, streams)
    labels = source.labels.to(streams.device) if labelled and source.labels is not None else None
    return Scaled(Fixed(source.images.to(streams.device), labels, size, streams), output_range)


def feed_with_known(source: ImageSet, size: int, streams: Streams, output_range: Range, *, labels: int) -> Feed:
    """Return a feed of unlabelled batches, each accompanied by equally many images with known labels.

    labels: number of images with known labels, balanced over the classes and chosen by the seed
    """
    assert source.labels is not None
    rows = known_label_rows(source, streams, labels)
    images, numbers = (tensor[rows].to(streams.device) for tensor in (source.images, source.labels))
    known = Scaled(Fixed(images, numbers, size, streams, "feed.known"), output_range)
    return WithKnown(feed(source, size, streams, output_range, labelled=False), known)


def feed_of_pairs(source: PairSet, size: int, streams: Streams, output_range: Range, *, paired: bool) -> Feed:
    """Return a feed of batches from both domains, aligned row by row if `paired`, otherwise shuffled independently."""
    domains = ((source.x, "feed" if paired else "feed.x"), (source.y, "feed" if paired else "feed.y"))
    x, y = (
        Scaled(Fixed(pictures.to(streams.device), None, size, streams, order), output_range)
        for pictures, order in domains
    )
    return TranslationFeed(x, y)


def known_label_rows(source: ImageSet, streams: Streams, count: int) -> Tensor:
    """Return the row indices of `count` images with known labels, chosen by the seed, int64 [count]."""
    assert source.labels is not None
    order = streams.at("feed.labels", permutation(len(source)), 0).cpu()
    return order[balanced_rows(source.labels[order], len(source.classes), count)]


def balanced_rows(labels: Tensor, classes: int, count: int) -> Tensor:
    """Return the row indices of the first `count` images, balanced over the nonempty classes.

    If `count` is not a multiple of the number of classes, the first classes contribute one more image each.
    """
    present = labels.bincount(minlength=classes).nonzero().flatten().tolist()
    shares = [count // len(present) + (i < count % len(present)) for i in range(len(present))]
    return torch.cat(
        [(labels == number).nonzero().flatten()[:share] for number, share in zip(present, shares, strict=True)]
    )
