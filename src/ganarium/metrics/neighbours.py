"""Nearest neighbours by Euclidean distance, looked up in blocks of rows so that memory stays small.

Distances are float64 and taken from differences, not from a matrix product: a copy lies at exactly 0, and no answer
depends on the size of a block.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.metrics.refusals import refuse_features, refuse_neighbours

BLOCK = 200  # rows at once: 16 MB against 10,000 others


def distance_blocks(x_nd: Tensor, others_md: Tensor, block: int = BLOCK) -> Iterator[tuple[slice, Tensor]]:
    """Rows' places in x and their distances [rows, m] to all others, block after block."""
    x_nd, others_md = x_nd.double(), others_md.double()
    for start in range(0, len(x_nd), block):
        rows = slice(start, min(start + block, len(x_nd)))
        yield rows, torch.cdist(x_nd[rows], others_md, compute_mode="donot_use_mm_for_euclid_dist")


def kth_distances(x_nd: Tensor, k: int = 1, block: int = BLOCK, of_m: Tensor | None = None) -> Tensor:
    """Distance from each row, or from those whose places `of_m` names, to its k-th nearest other row: float64 [m]."""
    refuse_neighbours(k)
    refuse_features(k + 1, given=x_nd)
    places = torch.arange(len(x_nd), device=x_nd.device) if of_m is None else of_m
    parts = []
    for rows, distances in distance_blocks(x_nd[places], x_nd, block):
        distances.scatter_(1, places[rows, None], torch.inf)  # no row is its own neighbour
        parts.append(distances.topk(k, largest=False).values[:, -1])
    return torch.cat(parts)


def nearest(train_nd: Tensor, others_md: Tensor, block: int = BLOCK) -> tuple[Tensor, Tensor]:
    """Distance from each other row to its nearest training row, float64 [m], and which that is, int64 [m]."""
    refuse_features(1, train=train_nd, other=others_md)
    found = [distances.min(1) for _, distances in distance_blocks(others_md, train_nd, block)]
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])
