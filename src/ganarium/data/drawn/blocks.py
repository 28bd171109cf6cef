"""What drawn sets share: whole blocks of pictures, each a function of (seed, kind, size, split, block)."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.settings.drawn import Drawn, Figures, Lines, Points, Polygons, Puzzles
from ganarium.core.streams import numpy_generator
from ganarium.data.sets import Card, ImageSet, PairSet, Split

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Truth = Mapping[str, NDArray[Any]]

BLOCK = 100  # pictures drawn at once; a multiple of LABELS, so that every block has the same labels
HELD_OUT = 10_000  # pictures or points of the validation split, and of the test split
LABELS = 10


class Paint(Protocol):
    """(generator, size, labels [n]) -> pictures uint8 [n, size, size] or [n, C, size, size], and their truth."""

    def __call__(self, rng: np.random.Generator, size: int, labels: Ints, /) -> tuple[Bytes, Truth]: ...


def load_blocks(
    settings: Points | Lines | Polygons | Puzzles | Figures,
    split: Split,
    paint: Paint,
    classes: tuple[str, ...],
    text: str,
) -> ImageSet:
    """One split; picture i has label i mod 10 and does not depend on how many are asked for."""
    size = settings.size

    def draw(rng: np.random.Generator, labels: Ints) -> Truth:
        pictures, truth = paint(rng, size, labels)
        return {"pictures": pictures, **truth}

    rows = draw_blocks(settings, split, f"data.{settings.kind}.{size}.{split}", draw)
    images = rows.pop("pictures")
    count = len(images)
    return ImageSet(
        name=settings.kind,
        images=torch.from_numpy(images.reshape(count, -1, size, size)),
        labels=torch.arange(count) % LABELS if classes else None,
        classes=classes,
        card=own_card(settings.kind, text),
        truth=rows,
    )


def draw_blocks(
    settings: Drawn, split: Split, consumer: str, draw: Callable[[np.random.Generator, Ints], Truth]
) -> dict[str, NDArray[Any]]:
    """A split's rows of each array by name; `draw` makes one block's from its generator and labels."""
    count = settings.count if split == "train" else HELD_OUT
    labels = np.arange(BLOCK) % LABELS
    rows: dict[str, NDArray[Any]] = {}
    for block, start in enumerate(range(0, count, BLOCK)):
        for name, drawn in draw(numpy_generator(settings.seed, consumer, block), labels).items():
            if name not in rows:
                rows[name] = np.empty((count, *drawn.shape[1:]), drawn.dtype)
            rows[name][start : start + BLOCK] = drawn[: count - start]
    return rows


def blank(block: ImageSet | PairSet, count: int) -> ImageSet | PairSet:
    """Return a set of `count` black pictures with the shape, classes and labels of a drawn one.

    Memory for the pictures is reserved, so that a set that is too large is refused here as well.

    block: the set's first `BLOCK` pictures, or all where it has fewer; all blocks have the same labels
    """

    def pictures() -> Tensor:
        return torch.from_numpy(np.zeros((count, *block.shape), np.uint8))

    if isinstance(block, PairSet):
        return replace(block, x=pictures(), y=pictures(), x_as_y=pictures(), y_as_x=pictures(), truth={})
    labels = None if block.labels is None else block.labels[torch.arange(count) % len(block)]
    return replace(block, images=pictures(), labels=labels, truth={})


def own_card(title: str, text: str) -> Card:
    """The card of data that ganarium makes itself."""
    return Card(title, "drawn by ganarium", "no licence needed (CC0)", text)
