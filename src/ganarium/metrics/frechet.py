"""Fréchet distance between two samples, each approximated by a Gaussian (Heusel et al. 2017, arXiv 1706.08500)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ganarium.metrics.validation import Array, features, row_order

SIZES = 15  # number of sample sizes, as in the paper
SMALLEST = 5000


Moments = tuple[Tensor, Tensor]  # mean [d] and unbiased covariance [d, d], both float64


def frechet_distance(real_nd: Array, fake_md: Array, moments_real: Moments | None = None) -> float:
    """Return the Fréchet distance ‖μ₁ − μ₂‖² + tr(S₁ + S₂ − 2 (S₁S₂)^½), in squared units of the features.

    real_nd: [n, d] features, n >= 2; fake_md: [m, d]; means and unbiased covariances are computed in float64.
    The distance is symmetric and shrinks as samples grow: two samples of n rows from N(0, I_d) have a distance of about
    2d/n + d(d + 1)/(2n). Compare only values at the same n, and also report the distance between two real samples.
    moments_real: precomputed `moments` of the real rows
    """
    real_nd, fake_md = features(real=real_nd, fake=fake_md)
    return gaussian_distance(*(moments_real or moments(real_nd)), *moments(fake_md))


def extrapolated_frechet(
    real_nd: Array,
    fake_md: Array,
    fake_order: Array | None = None,
    real_order: Array | None = None,
    moments_real: Sequence[Moments] | None = None,
) -> float:
    """Return `frechet_distance` extrapolated to infinite samples (Chong & Forsyth 2020, 1911.07023).

    The result is the intercept of a line fitted in 1/size and may be negative. There are 15 sizes, from 5,000 (or half
    of the rows if there are fewer than 10,000) to all rows; each takes the next rows of the order, wrapping around.
    Without `real_order` all real rows are used at every size, as in the paper, and the real sample's bias remains.
    With it, both samples shrink together, and the result is symmetric and 0 on average for equal distributions.
    orders: permutations [m] of the fake and [n] of the real rows; the fake rows have a fixed random order by default
    moments_real: precomputed `dealt_moments` of the real rows, up to the smaller number of rows
    """
    real_nd, fake_md = features(2 * SIZES, real=real_nd, fake=fake_md)
    fake_order = row_order(fake_order, len(fake_md), "fake")
    most = len(fake_md)
    if real_order is not None:
        real_order = row_order(real_order, len(real_nd), "real")
        most = min(most, len(real_nd))
    fakes = dealt_moments(fake_md, fake_order, most)
    if moments_real is not None:
        reals = moments_real
    elif real_order is None:
        reals = [moments(real_nd)] * SIZES
    else:
        reals = dealt_moments(real_nd, real_order, most)
    distances = [gaussian_distance(*real, *fake) for real, fake in zip(reals, fakes, strict=True)]
    return float(np.polyfit(1 / np.array(_sizes(most)), distances, 1)[1])


def dealt_moments(x_nd: Tensor, order: Tensor, most: int) -> list[Moments]:
    """Return the moments at each sample size of `extrapolated_frechet` up to `most`, taking rows in order [n]."""
    return [moments(x_nd[rows]) for rows in _dealt(order, _sizes(most))]


def gaussian_distance(mean_d: Tensor, cov_dd: Tensor, other_mean_d: Tensor, other_cov_dd: Tensor) -> float:
    """Return the squared 2-Wasserstein distance between two Gaussians with the given float64 moments."""
    root_dd = _root(cov_dd)
    # S₁S₂ and S₁^½ S₂ S₁^½ have the same eigenvalues, and the second is symmetric
    product = torch.linalg.eigvalsh(root_dd @ other_cov_dd @ root_dd)
    apart = (mean_d - other_mean_d).square().sum()
    spread = cov_dd.trace() + other_cov_dd.trace() - 2 * product.clamp_min(0).sqrt().sum()
    return float((apart + spread).clamp_min(0))  # rounding can make the sum slightly negative


def _root(cov_dd: Tensor) -> Tensor:
    """Return the symmetric square root; eigenvalues that rounding made negative are set to 0."""
    values, vectors = torch.linalg.eigh(cov_dd)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root


def _sizes(most: int) -> list[int]:
    return [round(size) for size in np.linspace(min(SMALLEST, most // 2), most, SIZES)]


def _dealt(order: Tensor, sizes: list[int]) -> list[Tensor]:
    """Return row indices for each size, taken cyclically from the order, so that all rows are used equally often."""
    stops = np.cumsum(sizes)
    return [order.roll(-int(stop - size))[:size] for stop, size in zip(stops, sizes, strict=True)]


def moments(x_nd: Tensor) -> Moments:
    """Return the mean [d] and the unbiased covariance [d, d] of the rows, in float64."""
    x_nd = x_nd.double()
    mean_d = x_nd.mean(0)
    centred_nd = x_nd - mean_d
    return mean_d, centred_nd.T @ centred_nd / (len(x_nd) - 1)
