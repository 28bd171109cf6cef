"""Base class of feature extractors, and the class of their outputs."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.progress import track
from ganarium.data.datasets import random_rows

BATCH = 500  # images per batch; affects memory only


@dataclass(frozen=True)
class ExtractorOutput:
    """The output of an extractor for n images, in the order of the images, on the CPU.

    features: float32 [n, d]
    probabilities: float32 [n, K], each row sums to 1; None if the extractor has no classes
    """

    features: Tensor
    probabilities: Tensor | None = None

    def __len__(self) -> int:
        return len(self.features)

    @property
    def labels(self) -> Tensor:
        """Return the most likely class of each image, int64 [n]."""
        assert self.probabilities is not None
        return self.probabilities.argmax(1)

    def at(self, rows: Tensor) -> "ExtractorOutput":
        """Return the output for the images with these row numbers, in this order."""
        return ExtractorOutput(self.features[rows], None if self.probabilities is None else self.probabilities[rows])

    def subset(self, n: int) -> "ExtractorOutput":
        """Return the output for the n images that `ImageSet.subset` chooses."""
        return self.at(random_rows(len(self), min(n, len(self))))


class Extractor(ABC):
    """A frozen network that computes features of images of one shape.

    name: ends in 8 hex digits that identify the weights; scores are comparable only when the names agree
    shape: (C, H, W) of the images, which are never resized
    """

    name: str
    shape: tuple[int, ...]

    @abstractmethod
    def extract(self, images: Tensor, batch: int = BATCH) -> ExtractorOutput:
        """Extract features of uint8 [n, C, H, W] images, each independently. Raises `InputError` for other input."""

    def refuse_unsupported(self, images: Tensor) -> None:
        """Raise `InputError` for images that are not uint8 [n, *shape]."""
        if images.dtype != torch.uint8 or images.ndim != 4 or tuple(images.shape[1:]) != self.shape:
            sides = ", ".join(map(str, self.shape))
            raise InputError(
                f"images of shape {tuple(images.shape)} and type {images.dtype}: {self.name} needs uint8 images "
                f"[n, {sides}] with 0 for the background and 255 for the foreground"
            )


def in_batches(images: Tensor, batch: int, extract: Callable[[Tensor], tuple[Tensor, ...]]) -> list[Tensor]:
    """Apply `extract` in batches of at most `batch` images; return each output concatenated, as float32 on the CPU."""
    some = torch.split(images, batch)
    with torch.no_grad():
        parts = [extract(part) for part in track("extracting features", some, len(some))]
    return [torch.cat(column).float().cpu() for column in zip(*parts, strict=True)]
