"""Endless, seeded batches: which pictures come in batch b is a pure function of (seed, b)."""

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
    """Real pictures [n, C, H, W] or points [n, d] in the generator's output range, and labels int64 [n].

    source: pictures of the other domain, to be translated into the real ones' domain
    known: pictures whose label is known, where the real ones' is not
    """

    real: Tensor
    label: Tensor | None = None
    source: Tensor | None = None
    known: "Batch | None" = None


class Feed(ABC):
    """Endless batches, all on the training device."""

    @abstractmethod
    def batch(self, index: int) -> Batch:
        """The batch of that number."""


@final
class Fixed(Feed):
    """Batches of a fixed set: each epoch goes once through all of it, in an order of its own that has a name."""

    def __init__(self, rows: Tensor, labels: Tensor | None, size: int, streams: Streams, order: str = "feed") -> None:
        self._rows, self._labels, self._size, self._streams, self._name = rows, labels, size, streams, order

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        chosen = self._streams.given(self._chosen, index)
        label = None if self._labels is None else self._labels.index_select(0, chosen)
        return Batch(self._rows.index_select(0, chosen), label)

    def _chosen(self, index: int) -> Tensor:
        """The rows of the batch of that number, in the endless sequence of epochs."""
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
    """Bytes 0 … 255 as numbers in the generator's output range."""

    def __init__(self, feed: Feed, output_range: tuple[float, float]) -> None:
        self._feed, self._range = feed, output_range

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        batch = self._feed.batch(index)
        return replace(batch, real=to_range(batch.real, self._range))


@final
class WithKnown(Feed):
    """Batches without labels, each beside a few pictures whose label is known."""

    def __init__(self, feed: Feed, known: Feed) -> None:
        self._feed, self._known = feed, known

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        return replace(self._feed.batch(index), label=None, known=self._known.batch(index))


@final
class Translated(Feed):
    """Pictures of the first domain, to be translated, beside pictures of the second."""

    def __init__(self, x: Feed, y: Feed) -> None:
        self._x, self._y = x, y

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        return Batch(self._y.batch(index).real, source=self._x.batch(index).real)


def blocks_of(rows: Tensor, size: int) -> Iterator[Tensor]:
    """Rows in blocks of at most that many."""
    return (rows[start : start + size] for start in range(0, len(rows), size))


def to_bytes(pictures: Tensor) -> Tensor:
    """The way back from [0, 1] to 0 … 255: floats -> uint8, rounded to the nearest."""
    return pictures.mul(255).round_().to(torch.uint8)


def to_range(pictures: Tensor, output_range: Range) -> Tensor:
    """Bytes 0 … 255 as floats in a generator's output range."""
    low, high = output_range
    return pictures.to(torch.float32).mul_((high - low) / 255).add_(low)


def to_unit(made: Tensor, output_range: Range) -> Tensor:
    """A generator's pictures, of whatever range, in [0, 1]."""
    low, high = output_range
    return made.sub(low).div(high - low).clamp(0, 1)


@final
class Endless(Feed):
    """Points drawn afresh for every batch."""

    def __init__(self, law: PointLaw, size: int, streams: Streams) -> None:
        self._law, self._draws, self._streams = law, law.draws(size), streams

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        return Batch(self._law.place(self._streams.all_at("feed", self._draws, index)))


def feed(source: ImageSet | PointSet, size: int, streams: Streams, output_range: Range, *, labelled: bool) -> Feed:
    """Batches of `size` samples of a data set, on the device of `streams`."""
    if isinstance(source, PointSet):
        if source.points is None:
            return Endless(source.known_law, size, streams)
        return Fixed(source.points.to(streams.device), None, size, streams)
    labels = source.labels.to(streams.device) if labelled and source.labels is not None else None
    return Scaled(Fixed(source.images.to(streams.device), labels, size, streams), output_range)


def feed_with_known(source: ImageSet, size: int, streams: Streams, output_range: Range, *, labels: int) -> Feed:
    """Batches without labels, each beside as many pictures from `labels` of the set, equal by class, by the seed."""
    assert source.labels is not None
    rows = with_known_label(source, streams, labels)
    images, numbers = (tensor[rows].to(streams.device) for tensor in (source.images, source.labels))
    known = Scaled(Fixed(images, numbers, size, streams, "feed.known"), output_range)
    return WithKnown(feed(source, size, streams, output_range, labelled=False), known)


def feed_of_pairs(source: PairSet, size: int, streams: Streams, output_range: Range, *, paired: bool) -> Feed:
    """Batches of both domains: row by row the same thing when `paired`, else in orders of their own."""
    domains = ((source.x, "feed" if paired else "feed.x"), (source.y, "feed" if paired else "feed.y"))
    x, y = (
        Scaled(Fixed(pictures.to(streams.device), None, size, streams, order), output_range)
        for pictures, order in domains
    )
    return Translated(x, y)


def with_known_label(source: ImageSet, streams: Streams, count: int) -> Tensor:
    """Rows of the `count` pictures whose label is known: which ones is the seed's choice."""
    assert source.labels is not None
    order = streams.at("feed.labels", permutation(len(source)), 0).cpu()
    return order[first_of_each(source.labels[order], len(source.classes), count)]


def first_of_each(labels: Tensor, classes: int, count: int) -> Tensor:
    """Rows of the first `count` pictures, the same number of each class that has any; the first have one more."""
    present = labels.bincount(minlength=classes).nonzero().flatten().tolist()
    shares = [count // len(present) + (i < count % len(present)) for i in range(len(present))]
    return torch.cat(
        [(labels == number).nonzero().flatten()[:share] for number, share in zip(present, shares, strict=True)]
    )
