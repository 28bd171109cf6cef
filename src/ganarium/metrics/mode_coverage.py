"""Quality and mode coverage of points in the plane, for data from a known mixture of round Gaussians (PacGAN)."""

from math import exp, inf, sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.histograms import class_histogram, histogram_kl, kl_floor
from ganarium.metrics.validation import Array, features

REACH = 3.0  # largest distance of a point of high quality from its centre, in σ
DISC = 1 - exp(-(REACH**2) / 2)  # share of a round Gaussian within that disc: 0.98889
# standard deviation along an axis, in σ, of a round Gaussian cut off at that disc
CUT_SIGMA = sqrt(1 - REACH**2 / 2 * exp(-(REACH**2) / 2) / DISC)


class ModeReport(NamedTuple):
    """Mode statistics of a sample (Lin et al. 2018); a point has high quality within 3 σ of the nearest centre.

    captured: number of modes with at least one point of high quality; half_captured: with at least half of n / k points
    in_disc: share of points of high quality, 0.98889 for the mixture itself; above it, modes are too narrow
    in_box: share of points with |dx| and |dy| both below 3 σ, 0.99461 for the mixture itself
    kl: KL(points of high quality per mode ‖ uniform) in nats, infinite if there are none
    kl_floor: expected kl for the same number of points from the mixture itself
    spread_k: each mode's standard deviation along an axis over σ, float64 [k], from points of high quality around
        their own mean, corrected for the cut at 3 σ: 1 for the mixture itself, 1.54 for a full disc; NaN below two
        points
    """

    captured: int
    half_captured: int
    in_disc: float
    in_box: float
    kl: float
    kl_floor: float
    spread_k: Tensor


def mode_report(centres_k2: Array, sigma: float, fake_n2: Array) -> ModeReport:
    """Return the coverage, quality and balance of points [n, 2] over k equally likely modes.

    Not symmetric.
    """
    centres_k2, fake_n2 = features(1, centres=centres_k2, fake=fake_n2)
    if centres_k2.shape[1] != 2 or not 0 < sigma < inf:
        raise InputError(f"centres [k, {centres_k2.shape[1]}] and sigma {sigma} are invalid; pass [k, 2] and sigma > 0")
    centres_k2, points_n2 = centres_k2.double().to(fake_n2.device), fake_n2.double()
    k, n = len(centres_k2), len(points_n2)
    mode_n = torch.cdist(points_n2, centres_k2, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)
    offset_n2 = (points_n2 - centres_k2[mode_n]) / sigma
    good_n = offset_n2.norm(dim=1) < REACH
    counts = class_histogram(mode_n[good_n], k)
    found = int(counts.sum())
    return ModeReport(
        captured=int((counts > 0).sum()),
        half_captured=int((2 * k * counts >= n).sum()),
        in_disc=found / n,
        in_box=(offset_n2.abs() < REACH).all(1).double().mean().item(),
        kl=histogram_kl(counts, torch.ones_like(counts)) if found else inf,
        kl_floor=kl_floor(k, found) if found else inf,
        spread_k=_spread(offset_n2[good_n], mode_n[good_n], counts.double()),
    )


def _spread(offset_n2: Tensor, mode_n: Tensor, counts_k: Tensor) -> Tensor:
    sums_k2 = torch.zeros(len(counts_k), 2, dtype=torch.float64, device=offset_n2.device)
    mean_k2 = sums_k2.index_add(0, mode_n, offset_n2) / counts_k[:, None]
    squares_k = sums_k2.index_add(0, mode_n, (offset_n2 - mean_k2[mode_n]).square()).sum(1)
    freedom_k = torch.where(counts_k > 1, 2 * (counts_k - 1), torch.nan)
    return (squares_k / freedom_k).sqrt() / CUT_SIGMA
