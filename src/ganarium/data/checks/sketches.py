"""Low-dimensional sketches of images for a fast search of similar images.

A sketch contains block means, projected onto the directions of greatest variance of a set. Both steps only reduce
distances, so that images within some distance have sketches within the same distance.
"""

from collections.abc import Callable
from math import ceil

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.data.checks.helpers import by_chunks
from ganarium.data.datasets import random_rows

BLOCK = 4  # pixels: over a block, an encoder's errors cancel and a changed detail does not
GRID = 16  # maximum number of blocks along one side of a sketch
DIRECTIONS = 32  # numbers in a sketch
SAMPLE = 2_000  # images from which the directions are computed
QUERIES, KEYS = 512, 8_192  # sketches compared at once: 16 MB of distances

Sketch = Callable[[Tensor], Tensor]


def block_of(side: int) -> int:
    """Return the block size in pixels along an axis of `side` pixels: 4, or less if `side` is below 16."""
    return max(1, min(BLOCK, side // 4))


def sketcher(images: Tensor) -> Sketch:
    """Return a function from images uint8 [n, C, H, W] to sketches float32 [n, d], d ≤ 32.

    The distance of two sketches is at most the root mean square difference of the images' pixels.
    """
    kernel = tuple(max(block_of(side), ceil(side / GRID)) for side in images.shape[2:])

    def means(x: Tensor) -> Tensor:
        return F.avg_pool2d(x.float(), kernel).flatten(1)

    some = by_chunks(means, images[random_rows(len(images), min(SAMPLE, len(images)))])
    centre = some.mean(0)
    _, directions = torch.linalg.eigh((some - centre).T @ (some - centre))
    basis = directions.flip(1)[:, :DIRECTIONS] / some.shape[1] ** 0.5
    return lambda x: by_chunks(lambda chunk: (means(chunk) - centre) @ basis, x)


def nearest(query_md: Tensor, key_nd: Tensor, radius: float, limit_m: Tensor | None = None) -> Tensor:
    """Return the index of the nearest key within the radius of each query, or −1 if there is no such key: int64 [m].

    Queries and keys must be sorted by their first number, so that distant keys can be skipped. If `limit_m`, in
    ascending order, is given, only the first limit_m[i] keys count for query i.
    """
    along = key_nd[:, 0].contiguous()
    limit_m = torch.full((len(query_md),), len(key_nd)) if limit_m is None else limit_m
    parts = [torch.zeros(0, dtype=torch.long)]
    for query, limit in zip(torch.split(query_md, QUERIES), torch.split(limit_m, QUERIES), strict=True):
        low = int(torch.searchsorted(along, query[0, 0] - radius))
        high = int(torch.searchsorted(along, query[-1, 0] + radius, right=True))
        window = range(low, min(high, int(limit[-1])))
        parts.append(_nearest_within(query, key_nd, radius, limit, window))
    return torch.cat(parts)


def _nearest_within(query: Tensor, key: Tensor, radius: float, limit: Tensor, window: range) -> Tensor:
    best, found = query.new_full((len(query),), radius**2), torch.full((len(query),), -1)
    for start in window[::KEYS]:
        end = min(start + KEYS, window.stop)
        some = key[start:end]
        squares = torch.addmm(some.square().sum(1), query, some.T, alpha=-2)
        if end > int(limit[0]):
            squares.masked_fill_(torch.arange(start, end) >= limit[:, None], torch.inf)
        least, which = squares.min(1)
        least += query.square().sum(1)
        better = least <= best
        best, found = torch.where(better, least, best), torch.where(better, which + start, found)
    return found
