"""Fréchet distance of two samples, each seen as a Gaussian (Heusel et al. 2017, arXiv 1706.08500)."""

import torch
from torch import Tensor

from ganarium.core.errors import InputError


def frechet_distance(real_nd: Tensor, fake_md: Tensor) -> float:
    """‖μ₁ − μ₂‖² + tr(S₁ + S₂ − 2 (S₁S₂)^½), in squared units of the features; symmetric.

    real_nd: [n, d] features, n >= 2; fake_md: [m, d]; means and unbiased covariances are taken in float64.
    It shrinks as samples grow: two samples of n from one N(0, I_d) are about 2d/n + d(d + 1)/(2n) apart, so
    only values at the same n compare, and each belongs beside that of two real samples.
    """
    _refuse_unusable(real_nd, fake_md)
    return gaussian_distance(*_moments(real_nd), *_moments(fake_md))


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


def _moments(x_nd: Tensor) -> tuple[Tensor, Tensor]:
    x_nd = x_nd.double()
    mean_d = x_nd.mean(0)
    centred_nd = x_nd - mean_d
    return mean_d, centred_nd.T @ centred_nd / (len(x_nd) - 1)


def _refuse_unusable(real_nd: Tensor, fake_md: Tensor) -> None:
    for name, rows in (("real", real_nd), ("fake", fake_md)):
        if rows.ndim != 2 or len(rows) < 2:
            raise InputError(
                f"{name} features of shape {tuple(rows.shape)}: need [n, d] with n >= 2, give more pictures"
            )
        if not rows.isfinite().all():
            raise InputError(f"{name} features are not all finite: look for NaN or infinity in the pictures")
    if real_nd.shape[1] != fake_md.shape[1]:
        raise InputError(f"features {real_nd.shape[1]} and {fake_md.shape[1]} wide: read both with the same extractor")
