"""Search for near-duplicates, which are images that differ only by slight noise or encoding."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.data.checks.brightness import value_range
from ganarium.data.checks.helpers import CHUNK_VALUES
from ganarium.data.checks.sketches import block_of, nearest, sketcher
from ganarium.data.datasets import random_rows

# In units of the set's spread (standard deviation of pixels, 65 levels for MNIST). Most JPEGs of quality 75 and all
# noise up to ±10 stay below all three. Among different images, so do no digits of 50,000, two
# emoji of 3,396 and 25 pairs of 50,000 clothes.
PIXELS_APART = 0.2  # root mean square difference of pixels
BLOCK_APART = 0.15  # maximum difference of a block's mean brightness; a changed detail or skin colour exceeds it
SKETCH_APART = 0.1  # root mean square difference of block means
LEAST_SPREAD = 0.1  # minimum spread as a share of the range, for images that differ only in a small foreground
SAMPLE = 2_000  # maximum number of images from which the spread is estimated


def spread(images: Tensor) -> float:
    """Return the standard deviation of a typical pixel over the set, in levels.

    The result is at least a tenth of the range, and above 0.
    """
    most = max(2, min(SAMPLE, CHUNK_VALUES // images[0].numel()))
    some = images[random_rows(len(images), min(most, len(images)))].float()
    low, high = value_range(images)
    return max(float((some - some.mean(0)).square().mean().sqrt()), LEAST_SPREAD * (high - low), 1e-3)


def near_copies_of_earlier(images: Tensor, queries: Tensor) -> Tensor:
    """Return the ascending rows of `queries` with a near-duplicate earlier in a fixed order of all images.

    Each pair counts once, so that these rows can be deleted without loss.
    """
    if len(images) < 2:
        return torch.zeros(0, dtype=torch.long)
    sketches = sketcher(images)(images)
    order = sketches[:, 0].argsort(stable=True)
    place = order.argsort()[queries].sort().values
    scale = spread(images)
    match = nearest(sketches[order[place]], sketches[order], SKETCH_APART * scale, limit_m=place)
    rows, matches = order[place[match >= 0]], order[match[match >= 0]]
    return rows[near_equal(images, rows, images, matches, scale)].sort().values


def near_copies_in(images: Tensor, others: Tensor) -> Tensor:
    """Return the ascending rows of `others` with a near-duplicate among `images`."""
    sketch, scale = sketcher(images), spread(images)
    keys, queries = sketch(images), sketch(others)
    order, place = keys[:, 0].argsort(stable=True), queries[:, 0].argsort(stable=True)
    match = nearest(queries[place], keys[order], SKETCH_APART * scale)
    rows, matches = place[match >= 0], order[match[match >= 0]]
    return rows[near_equal(others, rows, images, matches, scale)].sort().values


def near_equal(a: Tensor, a_rows: Tensor, b: Tensor, b_rows: Tensor, spread: float) -> Tensor:
    """Return True where images a[a_rows[i]] and b[b_rows[i]] differ only by noise or encoding.

    The result is a mask, bool [len(a_rows)].
    """
    kernel = (block_of(a.shape[2]), block_of(a.shape[3]))
    stride = (max(1, kernel[0] // 2), max(1, kernel[1] // 2))
    same = [torch.zeros(0, dtype=torch.bool)]
    size = max(1, CHUNK_VALUES // a[0].numel())
    for some, others in zip(torch.split(a_rows, size), torch.split(b_rows, size), strict=True):
        apart = a[some].float() - b[others].float()
        pixels = apart.square().mean((1, 2, 3)).sqrt()
        blocks = F.avg_pool2d(apart.mean(1, keepdim=True), kernel, stride).abs().amax((1, 2, 3))
        same.append((pixels <= PIXELS_APART * spread) & (blocks <= BLOCK_APART * spread))
    return torch.cat(same)
