"""Which pictures are the same but for tiny noise or another encoding: candidates by sketches, a verdict by pixels."""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.data.checks.finding import CHUNK_VALUES
from ganarium.data.checks.ink import value_range
from ganarium.data.checks.sketch import block_of, nearest, sketcher
from ganarium.data.datasets import random_rows

# In spreads of the set (its pixels' standard deviation, about 65 levels for MNIST). Most JPEGs of quality 75 and all
# noise up to ±10 stay below all three; of 50,000 digits no two do, of 3,396 emoji two, of 50,000 clothes 25 pairs.
PIXELS_APART = 0.2  # root mean square of pixels' differences
BLOCK_APART = 0.15  # greatest difference of a block's mean brightness: a changed detail, another colour of skin
SKETCH_APART = 0.1  # root mean square of block means' differences
LEAST_SPREAD = 0.1  # of the set's range: in pictures of hardly any ink, it is that little which tells them apart
SAMPLE = 2_000  # pictures that the spread is taken from, at most


def spread(images: Tensor) -> float:
    """Standard deviation of a typical pixel over the set, in levels; at least a tenth of the range, and above 0."""
    most = max(2, min(SAMPLE, CHUNK_VALUES // images[0].numel()))
    some = images[random_rows(len(images), min(most, len(images)))].float()
    low, high = value_range(images)
    return max(float((some - some.mean(0)).square().mean().sqrt()), LEAST_SPREAD * (high - low), 1e-3)


def earlier_twins(images: Tensor, asked: Tensor) -> Tensor:
    """Which of the rows `asked` have a near copy before them in some order of all: rows in ascending order.

    A pair counts once, so that the rows are what can go without loss.
    """
    if len(images) < 2:
        return torch.zeros(0, dtype=torch.long)
    sketches = sketcher(images)(images)
    order = sketches[:, 0].argsort(stable=True)
    place = order.argsort()[asked].sort().values
    scale = spread(images)
    twin = nearest(sketches[order[place]], sketches[order], SKETCH_APART * scale, limit_m=place)
    rows, twins = order[place[twin >= 0]], order[twin[twin >= 0]]
    return rows[alike(images, rows, images, twins, scale)].sort().values


def twins_in(images: Tensor, others: Tensor) -> Tensor:
    """Which rows of `others` have a near copy among `images`: rows in ascending order."""
    sketch, scale = sketcher(images), spread(images)
    keys, queries = sketch(images), sketch(others)
    order, place = keys[:, 0].argsort(stable=True), queries[:, 0].argsort(stable=True)
    twin = nearest(queries[place], keys[order], SKETCH_APART * scale)
    rows, twins = place[twin >= 0], order[twin[twin >= 0]]
    return rows[alike(others, rows, images, twins, scale)].sort().values


def alike(a: Tensor, a_rows: Tensor, b: Tensor, b_rows: Tensor, spread: float) -> Tensor:
    """Whether picture a[a_rows[i]] and b[b_rows[i]] differ by no more than noise or an encoding: bool [len(a_rows)]."""
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
