"""Regularization terms as pure functions; all except `feature_gap` return one value per sample."""

import torch
from torch import Tensor


def input_gradient(logits: Tensor, pictures: Tensor) -> Tensor:
    """Return the gradient of each logit [n] with respect to its image [n, …], as differentiable rows [n, d].

    If there are m times as many images as logits, each logit and its gradient belong to m consecutive images.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return gradient.reshape(len(logits), -1)


def gradient_penalty(logits: Tensor, pictures: Tensor, gamma: float) -> Tensor:
    """Return the penalty γ/2 · ‖∇ₓD(x)‖² of each image, real or generated (Mescheder 2018, eq. 9)."""
    return 0.5 * gamma * input_gradient(logits, pictures).square().sum(1)


def difference_penalty(logits: Tensor, moved: Tensor, sigma: float, gamma: float) -> Tensor:
    """Return γ/2 · ((D(x + σε) − D(x)) / σ)² for each sample, where ε is standard normal; logits [n] or [n, patches].

    To first order in σ, the mean over ε equals `gradient_penalty`, because the mean of (∇D·ε)² is ‖∇D‖². This is the
    approximated R1 of Lin et al. 2025 (arXiv 2501.08316), who do not divide by σ. No second derivatives are needed.
    Differences are summed over patches.
    """
    difference = (moved - logits).reshape(len(logits), -1).sum(1)
    return 0.5 * gamma * (difference / sigma).square()


def gradient_norm_penalty(logits: Tensor, pictures: Tensor, weight: float, *, one_sided: bool = False) -> Tensor:
    """Return the penalty λ · (‖∇ₓD(x)‖ − 1)² of each image, real or generated (Gulrajani 2017, eq. 3).

    If one-sided, gradient norms below 1 are not penalized (Petzka 2018, WGAN-LP, arXiv 1709.08894).
    """
    excess = input_gradient(logits, pictures).square().sum(1).add(1e-12).sqrt() - 1
    return weight * (excess.relu() if one_sided else excess).square()


def feature_gap(real_nd: Tensor, fake_nd: Tensor) -> Tensor:
    """Return the feature-matching loss ‖mean f(x) − mean f(G(z))‖², one number per batch (Salimans 2016, §3.1)."""
    return (real_nd.mean(0) - fake_nd.mean(0)).square().sum()
