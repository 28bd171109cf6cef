"""Optimizers that update all weights in one pass, with the learning rate as a 0-d tensor."""

from collections.abc import Iterable

import torch
from torch import Tensor

from ganarium.config.optimizers import AdamConfig, RmsPropConfig, SgdConfig


def adam(settings: AdamConfig, parameters: Iterable[Tensor], lr: Tensor) -> torch.optim.Optimizer:
    """Return Adam with bias correction (Kingma & Ba 2015, Algorithm 1)."""
    betas = (settings.beta1, settings.beta2)
    return torch.optim.Adam(parameters, lr=lr, betas=betas, eps=settings.eps, fused=True)


def sgd(settings: SgdConfig, parameters: Iterable[Tensor], lr: Tensor) -> torch.optim.Optimizer:
    """Return gradient descent with momentum: v ← momentum·v + gradient, weight ← weight − lr·v."""
    return torch.optim.SGD(parameters, lr=lr, momentum=settings.momentum, fused=True)


def rmsprop(settings: RmsPropConfig, parameters: Iterable[Tensor], lr: Tensor) -> torch.optim.Optimizer:
    """Return RMSprop: mean ← decay·mean + (1 − decay)·gradient²; weight ← weight − lr·gradient / (√mean + eps)."""
    return torch.optim.RMSprop(parameters, lr=lr, alpha=settings.decay, eps=settings.eps, capturable=lr.is_cuda)
