"""How far samples lie from one another, and from real ones: mean Euclidean distances of pairs of rows."""

import torch
from torch import Tensor

from ganarium.metrics.validation import refuse_features


def mean_distance(x_nd: Tensor) -> float:
    """Mean over all pairs of two different rows."""
    refuse_features(given=x_nd)
    x_nd = x_nd.double()
    return torch.pdist(x_nd).mean().item()


def distance_within(x_nd: Tensor, kinds_n: Tensor, kinds: int) -> Tensor:
    """The same among rows of each kind 0 … K − 1: float64 [K], NaN where a kind has fewer than two."""
    refuse_features(1, given=x_nd)
    parts = (x_nd[kinds_n == kind].double() for kind in range(kinds))
    return torch.stack([torch.pdist(rows).mean() if len(rows) > 1 else rows.new_tensor(torch.nan) for rows in parts])


def core_within(x_nd: Tensor, kinds_n: Tensor, kinds: int, fewest: int = 8) -> Tensor:
    """Median distance of the rows of each kind 0 … K − 1 from their median: float64 [K], NaN where they are too few.

    Half of the rows may lie anywhere, so a kind that is one sample in most of its rows has 0.
    """
    refuse_features(1, given=x_nd)
    parts = (x_nd[kinds_n == kind].double() for kind in range(kinds))
    return torch.stack([_around_median(rows) if len(rows) >= fewest else rows.new_tensor(torch.nan) for rows in parts])


def _around_median(rows: Tensor) -> Tensor:
    median: Tensor = (rows - rows.median(0).values).norm(dim=1).median()
    return median


def energy_distance(real_nd: Tensor, fake_md: Tensor) -> float:
    """2 E‖r − f‖ − E‖r − r′‖ − E‖f − f′‖ over pairs of different rows; symmetric (Székely & Rizzo 2013).

    Unbiased: 0 on average for two samples of one law, however few, and sometimes below.
    """
    return 2 * distance_between(real_nd, fake_md) - mean_distance(real_nd) - mean_distance(fake_md)


def distance_between(x_nd: Tensor, y_md: Tensor) -> float:
    """Mean over all pairs of a row of either; symmetric."""
    refuse_features(1, one=x_nd, other=y_md)
    return torch.cdist(x_nd.double(), y_md.double(), compute_mode="donot_use_mm_for_euclid_dist").mean().item()
