"""Functions to name, sample and iterate over the images of a set."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, permutation
from ganarium.data.datasets import ImageSet, Origin

MOST_EXAMPLES = 8
CHUNK_VALUES = 1 << 21  # values in one chunk: each takes up to 40 bytes, 80 MB in total


def example_names(pictures: ImageSet, rows: Tensor | Sequence[int]) -> tuple[str, ...]:
    """Return the file names of the first 8 of the given rows, or "image 17" if the images have no file names."""
    names = pictures.origin.names if pictures.origin else ()
    return tuple(names[row] if row < len(names) else f"image {row}" for row in map(int, rows[:MOST_EXAMPLES]))


def share_of(rows: Tensor) -> float:
    """Return the share of true entries in a mask, bool [n]; the division is exact, so 1 of 100 is at least 1 %."""
    return int(rows.sum()) / max(1, len(rows))


def percent(share: float) -> str:
    """Format a share as a percentage: 0.0123 -> "1.23 %"."""
    return f"{100 * share:.3g} %"


def by_chunks(function: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Apply a function to chunks of images: [n, C, H, W] -> [n, …], one row per image."""
    return torch.cat([function(chunk) for chunk in chunks(images)])


def chunks(images: Tensor) -> Iterable[Tensor]:
    """Split images [n, C, H, W], n ≥ 1, into chunks of bounded size."""
    return torch.split(images, max(1, CHUNK_VALUES // images[0].numel()))


def random_sample(pictures: ImageSet, most_values: int) -> ImageSet:
    """Return a random subset with at most `most_values` pixel values, in the original order.

    Each image keeps the name or number that it has in the whole set.
    """
    n, most = len(pictures), most_values // max(1, pictures.images[:1].numel())
    if n <= most:
        return pictures
    rows = Streams(0).at("doctor", permutation(n), 0)[:most].sort().values
    some = replace(pictures, truth={}).at(rows)
    origin = some.origin or Origin()
    names = origin.names or tuple(f"image {row}" for row in rows.tolist())
    return replace(some, origin=replace(origin, names=names))


def thumbnails(images: Tensor, side: int = 16) -> Tensor:
    """Subsample each image to a grid of at least `side`×`side` pixels, if the image is that large.

    Equal images have equal thumbnails.
    """
    height, width = images.shape[2:]
    return images[:, :, :: max(1, height // side), :: max(1, width // side)]
