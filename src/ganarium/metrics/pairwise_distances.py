"""Mean Euclidean distances between pairs of rows, within one sample and between two."""

import torch
from torch import Tensor

from ganarium.metrics.validation import Array, features


def mean_distance(x_nd: Array) -> float:
    """Return the mean distance over all pairs of two different rows."""
    (x_nd,) = features(given=x_nd)
    x_nd = x_nd.double()
    return torch.pdist(x_nd).mean().item()


def distance_within(x_nd: Tensor, groups_n: Tensor, groups: int) -> Tensor:
    """Return the mean pairwise distance for each group 0 … K − 1: float64 [K], NaN for fewer than two rows."""
    (x_nd,) = features(1, given=x_nd)
    parts = (x_nd[groups_n == group].double() for group in range(groups))
    return torch.stack([torch.pdist(rows).mean() if len(rows) > 1 else rows.new_tensor(torch.nan) for rows in parts])


def core_within(x_nd: Tensor, groups_n: Tensor, groups: int, fewest: int = 8) -> Tensor:
    """Return the median distance of each group's rows from the median row of the group: float64 [K].

    Groups are 0 … K − 1; a group with fewer than `fewest` rows gets NaN. Up to half of the rows may be outliers, so a
    group whose rows are mostly copies of one sample gets 0.
    """
    (x_nd,) = features(1, given=x_nd)
    parts = (x_nd[groups_n == group].double() for group in range(groups))
    return torch.stack([_around_median(rows) if len(rows) >= fewest else rows.new_tensor(torch.nan) for rows in parts])


def _around_median(rows: Tensor) -> Tensor:
    median: Tensor = (rows - rows.median(0).values).norm(dim=1).median()
    return median


def energy_distance(real_nd: Array, fake_md: Array) -> float:
    """Return the energy distance 2 E‖r − f‖ − E‖r − r′‖ − E‖f − f′‖ (Székely & Rizzo 2013).

    Means are over pairs of different rows. Symmetric and unbiased: 0 on average for two samples of one distribution, of
    any size, and sometimes negative.
    """
    return 2 * distance_between(real_nd, fake_md) - mean_distance(real_nd) - mean_distance(fake_md)


def distance_between(x_nd: Array, y_md: Array) -> float:
    """Return the mean distance over all pairs with one row from each sample; symmetric in both samples."""
    x_nd, y_md = features(1, one=x_nd, other=y_md)
    return torch.cdist(x_nd.double(), y_md.double(), compute_mode="donot_use_mm_for_euclid_dist").mean().item()
