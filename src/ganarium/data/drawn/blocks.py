"""What drawn sets share: whole blocks of pictures, each a function of (seed, kind, size, split, block)."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from ganarium.core.settings.drawn import Lines, Points, Polygons, Puzzles
from ganarium.core.streams import numpy_generator
from ganarium.data.sets import Card, ImageSet, Split

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Truth = Mapping[str, NDArray[Any]]

BLOCK = 100  # pictures drawn at once; a multiple of LABELS, so that every block has the same labels
HELD_OUT = 10_000  # pictures or points of the validation split, and of the test split
LABELS = 10


class Paint(Protocol):
    """(generator, size, labels [n]) -> pictures uint8 [n, size, size] and their truth, arrays of n rows."""

    def __call__(self, rng: np.random.Generator, size: int, labels: Ints, /) -> tuple[Bytes, Truth]: ...


def load_blocks(
    settings: Points | Lines | Polygons | Puzzles,
    split: Split,
    paint: Paint,
    classes: tuple[str, ...],
    text: str,
) -> ImageSet:
    """One split; picture i has label i mod 10 and does not depend on how many are asked for."""
    count = settings.count if split == "train" else HELD_OUT
    consumer = f"data.{settings.kind}.{settings.size}.{split}"
    labels = np.arange(BLOCK) % LABELS
    images = np.empty((count, 1, settings.size, settings.size), np.uint8)
    truths = []
    for block, start in enumerate(range(0, count, BLOCK)):
        drawn, truth = paint(numpy_generator(settings.seed, consumer, block), settings.size, labels)
        images[start : start + BLOCK, 0] = drawn[: count - start]
        truths.append(truth)
    return ImageSet(
        name=settings.kind,
        images=torch.from_numpy(images),
        labels=torch.arange(count) % LABELS if classes else None,
        classes=classes,
        card=own_card(settings.kind, text),
        truth={name: np.concatenate([truth[name] for truth in truths])[:count] for name in truths[0]},
    )


def own_card(title: str, text: str) -> Card:
    """The card of data that ganarium makes itself."""
    return Card(title, "drawn by ganarium", "no licence needed (CC0)", text)
