"""Nearest neighbours by Euclidean distance, looked up in blocks of rows so that memory stays small.

No answer depends on the size of a block. Products of matrices are ten times as fast as differences, and as good as
float64 allows near the middle of the rows; where only the nearest row is wanted they find a few candidates, whose
distances are then taken from differences: a copy lies at exactly 0.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from ganarium.metrics.refusals import refuse_features, refuse_neighbours

BLOCK = 100  # rows at once: 8 MB against 10,000 others; larger blocks go back to the system each time
CANDIDATES = 4  # rows among which float32 rounding may hide the nearest


def distance_blocks(x_nd: Tensor, others_md: Tensor, block: int = BLOCK) -> Iterator[tuple[slice, Tensor]]:
    """Rows' places in x and their distances [rows, m] to all others, block after block."""
    centre = others_md.double().mean(0)  # far from it, products lose what sets rows apart
    x_nd, others_md = x_nd.double() - centre, others_md.double() - centre
    squares_n, squares_m = x_nd.square().sum(1), others_md.square().sum(1)
    for start in range(0, len(x_nd), block):
        rows = slice(start, min(start + block, len(x_nd)))
        squares = torch.addmm(squares_m, x_nd[rows], others_md.T, alpha=-2).add_(squares_n[rows, None])
        yield rows, squares.clamp_min_(0).sqrt_()


def kth_distances(x_nd: Tensor, k: int = 1, block: int = BLOCK) -> Tensor:
    """Distance from each row to its k-th nearest other row: float64 [n]."""
    refuse_neighbours(k)
    refuse_features(k + 1, given=x_nd)
    parts = []
    for rows, distances in distance_blocks(x_nd, x_nd, block):
        own = torch.arange(len(x_nd), device=x_nd.device)[rows, None]
        distances.scatter_(1, own, torch.inf)  # no row is its own neighbour
        parts.append(distances.topk(k, largest=False).values[:, -1])
    return torch.cat(parts)


def nearest(train_nd: Tensor, others_md: Tensor, block: int = BLOCK) -> tuple[Tensor, Tensor]:
    """Distance from each other row to its nearest training row, float64 [m], and which that is, int64 [m]."""
    refuse_features(1, train=train_nd, other=others_md)
    train = _looked_up(train_nd)
    found = [_nearest_of_few(train, rows, None) for rows in torch.split(others_md, block)]
    return torch.cat([distances for distances, _ in found]), torch.cat([which for _, which in found])


def nearest_other(train_nd: Tensor, of_m: Tensor, block: int = BLOCK) -> Tensor:
    """Distance from each training row that `of_m` names to its nearest other one: float64 [m]."""
    refuse_features(2, train=train_nd)
    rows, where = torch.unique(of_m, return_inverse=True)
    train = _looked_up(train_nd)
    parts = [_nearest_of_few(train, train_nd[own], own)[0] for own in torch.split(rows, block)]
    return torch.cat(parts)[where]


class _LookedUp(NamedTuple):
    """Training rows, and what every look at them needs: their centre, and as float32 around it rows and −‖row‖²/2."""

    rows_nd: Tensor
    centre_d: Tensor
    centred_nd: Tensor
    lengths_n: Tensor


def _looked_up(train_nd: Tensor) -> _LookedUp:
    centre_d = train_nd.double().mean(0)
    centred_nd = (train_nd - centre_d).float()
    return _LookedUp(train_nd.double(), centre_d, centred_nd, centred_nd.square().sum(1) / -2)


def _nearest_of_few(train: _LookedUp, rows_bd: Tensor, own_b: Tensor | None) -> tuple[Tensor, Tensor]:
    """The nearest of the candidates that a float32 product finds; no row counts as its own neighbour."""
    nearness = torch.addmm(train.lengths_n, (rows_bd - train.centre_d).float(), train.centred_nd.T)
    if own_b is not None:
        nearness.scatter_(1, own_b[:, None], -torch.inf)
    few = nearness.topk(min(CANDIDATES, len(train.rows_nd) - (own_b is not None))).indices
    distances = (train.rows_nd[few] - rows_bd.double()[:, None]).norm(dim=2)
    closest, place = distances.min(1)
    return closest, few.gather(1, place[:, None])[:, 0]
