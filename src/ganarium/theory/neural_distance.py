"""A small discriminator network, whose loss measures the distance between two data sets (S4)."""

from math import log

import torch
from torch import Tensor

from ganarium.core.progress import track
from ganarium.core.random_streams import Streams, normal
from ganarium.losses.objectives import cross_entropy_discriminator
from ganarium.theory.densities import gaussians, jensen_shannon

HIDDEN = 16
POINTS = 1000
ALPHA, MOMENTUM = 0.1, 0.9


def learned_loss(apart: float, steps: int = 300, seed: int = 0) -> float:
    """Return the discriminator's loss after training on 1,000 points each of N(0, 1) and N(apart, 1).

    The network is 1 → 16 tanh → 1, trained for `steps` full-batch steps of gradient descent with momentum. The points
    and the initial weights are the same at every distance.
    """
    streams = Streams(seed)
    real = streams.rows("real", normal(1), POINTS)
    fake = streams.rows("fake", normal(1), POINTS) + apart
    weights = _first_weights(streams)
    speeds = [torch.zeros_like(weight) for weight in weights]
    for _ in track(f"training at distance {apart:g}", range(steps), steps):
        slopes = torch.autograd.grad(_loss(real, fake, weights), weights)
        speeds = [MOMENTUM * speed - ALPHA * slope for speed, slope in zip(speeds, slopes, strict=True)]
        weights = [(w + speed).detach().requires_grad_() for w, speed in zip(weights, speeds, strict=True)]
    return _loss(real, fake, weights).item()


def best_loss(apart: float) -> float:
    """Return the optimal discriminator's mean loss for N(0, 1) and N(apart, 1): 2 ln 2 − 2 JSD."""
    return 2 * log(2) - 2 * jensen_shannon(gaussians(apart))


def _first_weights(streams: Streams) -> list[Tensor]:
    """Return the initial weights [16, 1], [16], [1, 16] and [1], in the layout of linear layers."""
    spread = {"in": normal(HIDDEN, 1), "shift": normal(HIDDEN), "out": normal(1, HIDDEN)}
    drawn = streams.all_at("discriminator", spread, 0)
    first = [drawn["in"], drawn["shift"], drawn["out"] / HIDDEN**0.5, torch.zeros(1)]
    return [weight.clone().requires_grad_() for weight in first]


def _loss(real: Tensor, fake: Tensor, weights: list[Tensor]) -> Tensor:
    return cross_entropy_discriminator(_logits(real, weights), _logits(fake, weights)).mean()


def _logits(x_n1: Tensor, weights: list[Tensor]) -> Tensor:
    inner = torch.nn.functional.linear(x_n1, weights[0], weights[1]).tanh()
    return torch.nn.functional.linear(inner, weights[2], weights[3]).squeeze(1)
