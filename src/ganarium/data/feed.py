"""Endless, seeded batches: which pictures come in batch b is a pure function of (seed, b)."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import final

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.streams import Streams, permutation
from ganarium.data.sets import ImageSet, PairSet, PointLaw, Source


@dataclass(frozen=True)
class Batch:
    """Real pictures [n, C, H, W] or points [n, d] in the generator's output range, and labels int64 [n]."""

    real: Tensor
    label: Tensor | None


class Feed(ABC):
    """Endless batches, all on the training device."""

    @abstractmethod
    def batch(self, index: int) -> Batch:
        """The batch of that number."""


@final
class Fixed(Feed):
    """Batches of a fixed set: each epoch goes once through all of it, in an order of its own."""

    def __init__(self, rows: Tensor, labels: Tensor | None, size: int, streams: Streams) -> None:
        self._rows, self._labels, self._size, self._streams = rows, labels, size, streams

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        chosen = self._order(index * self._size)
        label = None if self._labels is None else self._labels.index_select(0, chosen)
        return Batch(self._rows.index_select(0, chosen), label)

    def _order(self, start: int) -> Tensor:
        """The rows at positions start … start + size − 1 of the endless sequence of epochs."""
        count = len(self._rows)
        parts, missing = [], self._size
        while missing:
            epoch, offset = divmod(start, count)
            order = self._streams.at("feed", permutation(count), epoch)[offset : offset + missing]
            parts.append(order)
            start, missing = start + len(order), missing - len(order)
        return parts[0] if len(parts) == 1 else torch.cat(parts)


@final
class Scaled(Feed):
    """Bytes 0 … 255 as numbers in the generator's output range."""

    def __init__(self, feed: Feed, output_range: tuple[float, float]) -> None:
        low, high = output_range
        self._feed, self._low, self._scale = feed, low, (high - low) / 255

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        batch = self._feed.batch(index)
        return Batch(batch.real.to(torch.float32).mul_(self._scale).add_(self._low), batch.label)


def to_bytes(pictures: Tensor) -> Tensor:
    """The way back from [0, 1] to 0 … 255: floats -> uint8, rounded to the nearest."""
    return pictures.mul(255).round_().to(torch.uint8)


@final
class Endless(Feed):
    """Points drawn afresh for every batch."""

    def __init__(self, law: PointLaw, size: int, streams: Streams) -> None:
        self._law, self._draws, self._streams = law, law.draws(size), streams

    def batch(self, index: int) -> Batch:
        """The batch of that number."""
        return Batch(self._law.place(self._streams.all_at("feed", self._draws, index)), None)


def feed(source: Source, size: int, streams: Streams, output_range: tuple[float, float], *, labelled: bool) -> Feed:
    """Batches of `size` samples of a data set, on the device of `streams`."""
    if labelled and source.labels is None:
        raise InputError(f"data={source.name} has no labels: use game.conditional=false")
    if isinstance(source, ImageSet):
        labels = source.labels.to(streams.device) if labelled and source.labels is not None else None
        return Scaled(Fixed(source.images.to(streams.device), labels, size, streams), output_range)
    if isinstance(source, PairSet):
        raise InputError(f"data={source.name} holds two domains for translation: it has no pictures for one generator")
    if source.points is not None:
        return Fixed(source.points.to(streams.device), None, size, streams)
    return Endless(source.law, size, streams)
