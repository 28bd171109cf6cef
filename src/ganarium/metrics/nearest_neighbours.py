"""Nearest neighbours by Euclidean distance, computed in blocks of rows to limit memory.

Results do not depend on the block size. Matrix products are several times as fast as differences, but lose precision
for rows that lie close together far from the centre, and leave rounding errors for equal rows. Products therefore
only select candidates: pairs that products cannot separate, and the distances to all neighbours, are computed from
differences in float64.
"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal
from ganarium.metrics.validation import Array, features, refuse_neighbours

BLOCK = 100  # rows processed at once: 8 MB against 10,000 others; larger blocks are reallocated every time
NARROW = 8  # features: up to this number, differences are as fast as products
CANDIDATES = 4  # number of nearest rows by products; they usually include the true nearest row
STRETCH = 100  # number of values that the first pass over a long row reduces to their extreme
CLOSE = 1e-5  # relative to both rows' squared lengths: smaller squared distances are computed from differences
MANY = 0.05  # share of close distances in a block above which all are computed from differences
VALUES = 1 << 22  # differences held in memory at once
ROUNDING = {torch.float32: 1e-5, torch.float64: 1e-12}  # error of products, relative to both rows' squared lengths


def distance_blocks(x_nd: Tensor, others_md: Tensor, block: int = BLOCK) -> Iterator[tuple[slice, Tensor]]:
    """Yield, for each block of rows of x, the slice and the distances [rows, m] to all rows of `others_md`.

    Equal rows have distance exactly 0; other distances are correct to about ten digits, however far the rows are
    from the centre.
    """
    centre_d = others_md.double().mean(0)
    x, others = (_centred(rows, centre_d) for rows in (x_nd, others_md))
    for start in range(0, len(x_nd), block):
        rows = slice(start, min(start + block, len(x_nd)))
        yield rows, _distances(_Rows(*(values[rows] for values in x)), others)


def kth_distances(x_nd: Array, k: int = 1, block: int = BLOCK) -> Tensor:
    """Return the distance from each row to its k-th nearest other row: float64 [n]."""
    refuse_neighbours(k)
    (x_nd,) = features(k + 1, given=x_nd)
    x_nd = x_nd.double()
    few = min(k + CANDIDATES, len(x_nd) - 1)
    parts = []
    for rows, distances in distance_blocks(x_nd, x_nd, block):
        own = torch.arange(len(x_nd), device=x_nd.device)[rows, None]
        distances.scatter_(1, own, torch.inf)  # no row is its own neighbour
        nearest_bk = extremes(distances, few, largest=False).indices
        parts.append(_apart(x_nd[rows, None], x_nd[nearest_bk]).sort(1).values[:, k - 1])
    return torch.cat(parts)


def nearest(train_nd: Array, others_md: Array, block: int = BLOCK) -> tuple[Tensor, Tensor]:
    """Return the distance from each row to the nearest training row, float64 [m], and its index there, int64 [m].

    Among equal training rows, the first is returned.
    """
    train_nd, others_md = features(1, train=train_nd, other=others_md)
    train = _Training(train_nd)
    found = [train.nearest(rows.double(), None) for rows in torch.split(others_md, block)]
    return torch.cat([distances for distances, _ in found]), torch.cat([which for _, which in found])


def nearest_other(train_nd: Tensor, of_m: Tensor, block: int = BLOCK) -> Tensor:
    """Return the distance from each training row with index in `of_m` to the nearest other row: float64 [m]."""
    (train_nd,) = features(2, train=train_nd)
    rows, where = torch.unique(of_m, return_inverse=True)
    train = _Training(train_nd)
    parts = [train.nearest(train.rows_nd[own], own)[0] for own in torch.split(rows, block)]
    return torch.cat(parts)[where]


class _Rows(NamedTuple):
    """Centred rows, their squared lengths, and one number per row that is identical for equal rows."""

    rows_nd: Tensor
    squares_n: Tensor
    numbers_n: Tensor


def _centred(rows_nd: Tensor, centre_d: Tensor) -> _Rows:
    rows_nd = rows_nd.double() - centre_d
    direction_d = Streams(0).at("neighbours", normal(rows_nd.shape[1]), 0).to(rows_nd)
    return _Rows(rows_nd, rows_nd.square().sum(1), (rows_nd * direction_d).sum(1))


def _distances(x: _Rows, others: _Rows) -> Tensor:
    """Return distances [b, m] computed from products, or from differences for close rows."""
    if x.rows_nd.shape[1] <= NARROW:
        return _by_differences(x.rows_nd, others.rows_nd)
    squares_bm = torch.addmm(others.squares_n, x.rows_nd, others.rows_nd.T, alpha=-2).add_(x.squares_n[:, None])
    most_b = CLOSE * (x.squares_n + others.squares_n.max())
    row, other = (squares_bm < most_b[:, None]).nonzero().unbind(1)
    close = squares_bm[row, other] < CLOSE * (x.squares_n[row] + others.squares_n[other])
    row, other = row[close], other[close]
    equal = x.numbers_n[row] == others.numbers_n[other]
    squares_bm[row[equal], other[equal]] = 0
    row, other = row[~equal], other[~equal]
    if len(row) > MANY * squares_bm.numel():
        return _by_differences(x.rows_nd, others.rows_nd)
    distances = squares_bm.clamp_min_(0).sqrt_()
    size = max(1, VALUES // x.rows_nd.shape[1])
    for i, j in zip(torch.split(row, size), torch.split(other, size), strict=True):
        distances[i, j] = _apart(x.rows_nd[i], others.rows_nd[j])
    return distances


class Extremes(NamedTuple):
    """The k most extreme values of each row, [b, k], and their column indices, int64 [b, k]."""

    values: Tensor
    indices: Tensor


def extremes(values_bn: Tensor, k: int, *, largest: bool) -> Extremes:
    """Return `values_bn.topk(k, largest=largest)`, but several times faster for long rows.

    The k stretches of a row with the most extreme values contain its k most extreme values.
    """
    rows, n = values_bn.shape
    whole = n - n % STRETCH
    if whole < 2 * k * STRETCH:
        return Extremes(*values_bn.topk(k, largest=largest))
    stretches = values_bn[:, :whole].view(rows, -1, STRETCH)
    best = (stretches.amax(2) if largest else stretches.amin(2)).topk(k, largest=largest).indices
    within = torch.arange(STRETCH, device=best.device)
    rest = torch.arange(whole, n, device=best.device).expand(rows, -1)
    columns = torch.cat([(best[:, :, None] * STRETCH + within).flatten(1), rest], 1)
    found = values_bn.gather(1, columns).topk(k, largest=largest)
    return Extremes(found.values, columns.gather(1, found.indices))


def _by_differences(x_bd: Tensor, others_md: Tensor) -> Tensor:
    return torch.cdist(x_bd, others_md, compute_mode="donot_use_mm_for_euclid_dist")


def _apart(a: Tensor, b: Tensor) -> Tensor:
    """Return the distances between corresponding float64 rows [..., d]."""
    distances: Tensor = (a - b).norm(dim=-1)
    return distances


class _Training:
    """Training rows for nearest-neighbour search, stored both as given and centred."""

    def __init__(self, rows_nd: Tensor) -> None:
        self.rows_nd = rows_nd.double()
        self._centre_d = self.rows_nd.mean(0)
        self._centred_nd = self.rows_nd - self._centre_d
        self._squares_n = self._centred_nd.square().sum(1)
        self._as = {dtype: (self._centred_nd.to(dtype), self._shortened(dtype)) for dtype in ROUNDING}

    def _shortened(self, dtype: torch.dtype) -> Tensor:
        """Return −‖row‖²/2, reduced by the rounding error, so that no product overestimates a distance."""
        return (self._squares_n * (1 - ROUNDING[dtype]) / -2).to(dtype)

    def nearest(self, rows_bd: Tensor, own_b: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the distance from each row to the nearest training row, and its index, excluding row `own_b` if given.

        Products are computed in float32, then in float64 where needed; differences are used where both are imprecise.
        """
        which = torch.zeros(len(rows_bd), dtype=torch.int64, device=rows_bd.device)
        left = torch.arange(len(rows_bd), device=rows_bd.device)
        for dtype in ROUNDING if rows_bd.shape[1] > NARROW else ():
            if len(left):
                which[left], sure = self._by_products(rows_bd[left], None if own_b is None else own_b[left], dtype)
                left = left[~sure]
        if len(left):
            distances = _by_differences(rows_bd[left], self.rows_nd)
            if own_b is not None:
                distances.scatter_(1, own_b[left, None], torch.inf)
            which[left] = distances.argmin(1)
        return _apart(rows_bd, self.rows_nd[which]), which

    def _by_products(self, rows_bd: Tensor, own_b: Tensor | None, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Return the nearest of a few candidates, int64 [b], and a mask of results that are certain, bool [b]."""
        centred_nd, lengths_n = self._as[dtype]
        centred_bd = rows_bd - self._centre_d
        nearness_bn = torch.addmm(lengths_n, centred_bd.to(dtype), centred_nd.T)
        if own_b is not None:
            nearness_bn.scatter_(1, own_b[:, None], -torch.inf)
        best = extremes(nearness_bn, min(CANDIDATES, len(self.rows_nd)), largest=True)
        few = best.indices.sort(1).values
        distances = _apart(rows_bd[:, None], self.rows_nd[few])
        if own_b is not None:
            distances.masked_fill_(few == own_b[:, None], torch.inf)
        which = few.gather(1, distances.argmin(1, keepdim=True))[:, 0]
        others = centred_bd.square().sum(1) * (1 - ROUNDING[dtype]) - 2 * best.values[:, -1].double()
        sure = (distances.amin(1).square() < others) | (len(self.rows_nd) <= CANDIDATES)
        return which, sure
