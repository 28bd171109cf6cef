"""Fréchet distance of two samples, each seen as a Gaussian (Heusel et al. 2017, arXiv 1706.08500)."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ganarium.metrics.refusals import refuse_features, refuse_order

SIZES = 15  # as the paper has it
SMALLEST = 5000


Moments = tuple[Tensor, Tensor]  # mean [d] and unbiased covariance [d, d], both float64


def frechet_distance(real_nd: Tensor, fake_md: Tensor, moments_real: Moments | None = None) -> float:
    """‖μ₁ − μ₂‖² + tr(S₁ + S₂ − 2 (S₁S₂)^½), in squared units of the features; symmetric.

    real_nd: [n, d] features, n >= 2; fake_md: [m, d]; means and unbiased covariances are taken in float64.
    It shrinks as samples grow: two samples of n from one N(0, I_d) are about 2d/n + d(d + 1)/(2n) apart, so
    only values at the same n compare, and each belongs beside that of two real samples.
    moments_real: `moments` of the real rows, if they are known already
    """
    refuse_features(real=real_nd, fake=fake_md)
    return gaussian_distance(*(moments_real or moments(real_nd)), *moments(fake_md))


def extrapolated_frechet(
    real_nd: Tensor,
    fake_md: Tensor,
    fake_order: Tensor,
    real_order: Tensor | None = None,
    moments_real: Sequence[Moments] | None = None,
) -> float:
    """`frechet_distance` at infinite samples: the intercept of a line in 1/size (Chong & Forsyth 2020, 1911.07023).

    15 sizes from 5,000, or half of the rows where there are fewer than 10,000, to all of them; each takes its rows
    where the last one stopped in the order, round and round. Without `real_order` the real rows stay whole, as in
    the paper, and so does their share of the bias; with it both samples shrink together, the answer is symmetric
    and 0 on average for one law. Maybe negative.
    orders: permutations [m] of the fake and [n] of the real rows
    moments_real: `dealt_moments` of the real rows and the smaller of both numbers of rows, if they are known already
    """
    refuse_features(2 * SIZES, real=real_nd, fake=fake_md)
    refuse_order(fake_order, len(fake_md), "fake")
    most = len(fake_md)
    if real_order is not None:
        refuse_order(real_order, len(real_nd), "real")
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
    """Return the moments of the subsets, dealt by an order [n], that `extrapolated_frechet` uses up to `most` rows."""
    return [moments(x_nd[rows]) for rows in _dealt(order, _sizes(most))]


def gaussian_distance(mean_d: Tensor, cov_dd: Tensor, other_mean_d: Tensor, other_cov_dd: Tensor) -> float:
    """The same between two Gaussians of known float64 moments: the square of their 2-Wasserstein distance."""
    root_dd = _root(cov_dd)
    # S₁S₂ and S₁^½ S₂ S₁^½ have the same eigenvalues, and the second is symmetric
    product = torch.linalg.eigvalsh(root_dd @ other_cov_dd @ root_dd)
    apart = (mean_d - other_mean_d).square().sum()
    spread = cov_dd.trace() + other_cov_dd.trace() - 2 * product.clamp_min(0).sqrt().sum()
    return float((apart + spread).clamp_min(0))  # rounding alone can make it negative


def _root(cov_dd: Tensor) -> Tensor:
    """The symmetric square root; eigenvalues that rounding made negative count as 0."""
    values, vectors = torch.linalg.eigh(cov_dd)
    root: Tensor = (vectors * values.clamp_min(0).sqrt()) @ vectors.T
    return root


def _sizes(most: int) -> list[int]:
    return [round(size) for size in np.linspace(min(SMALLEST, most // 2), most, SIZES)]


def _dealt(order: Tensor, sizes: list[int]) -> list[Tensor]:
    """Rows for each size, dealt in turn from the order and over again, so that all rows serve equally often."""
    stops = np.cumsum(sizes)
    return [order.roll(-int(stop - size))[:size] for stop, size in zip(stops, sizes, strict=True)]


def moments(x_nd: Tensor) -> Moments:
    """Return the mean and unbiased covariance of rows, in float64."""
    x_nd = x_nd.double()
    mean_d = x_nd.mean(0)
    centred_nd = x_nd - mean_d
    return mean_d, centred_nd.T @ centred_nd / (len(x_nd) - 1)
