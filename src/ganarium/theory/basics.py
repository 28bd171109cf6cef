"""Basics for the explanation of S4: two losses, gradient descent, back-propagation, and two common layers."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def squared_error(answers: Tensor, truth: Tensor) -> Tensor:
    """Return the mean of (answer − truth)², one number."""
    return (answers - truth).square().mean()


def cross_entropy(probabilities: Tensor, truth: Tensor) -> Tensor:
    """Return the mean of −truth·ln p − (1 − truth)·ln(1 − p), one number; truths are in [0, 1]."""
    return F.binary_cross_entropy(probabilities, truth)


def descend(slope: Callable[[float], float], start: float, alpha: float, steps: int) -> list[float]:
    """Return the start and the position after each of the given number of steps x ← x − α·slope(x)."""
    places = [start]
    for _ in range(steps):
        places.append(places[-1] - alpha * slope(places[-1]))
    return places


def by_hand(a: float, b: float, c: float) -> dict[str, float]:
    """Compute J = 3(a + bc) forward through u = bc and v = a + u, and its derivatives backward by the chain rule."""
    u = b * c
    v = a + u
    by_v = 3.0
    by_a, by_u = by_v * 1, by_v * 1
    return {"J": 3 * v, "dJ/da": by_a, "dJ/db": by_u * c, "dJ/dc": by_u * b}


def by_autograd(a: float, b: float, c: float) -> dict[str, float]:
    """Compute J = 3(a + bc) and its derivatives with the framework's automatic differentiation."""
    numbers = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (a, b, c)]
    value = 3 * (numbers[0] + numbers[1] * numbers[2])
    slopes = torch.autograd.grad(value, numbers)
    return {"J": value.item()} | {f"dJ/d{name}": slope.item() for name, slope in zip("abc", slopes, strict=True)}


def batch_normalized(x_nd: Tensor, gain: float = 1.0, offset: float = 0.0, eps: float = 1e-5) -> Tensor:
    """Return each column minus its batch mean, divided by its batch standard deviation.

    Ioffe & Szegedy 2015, algorithm 1.
    """
    mean, variance = x_nd.mean(0), x_nd.var(0, unbiased=False)
    return gain * (x_nd - mean) / (variance + eps).sqrt() + offset


def dropped_out(x: Tensor, mask: Tensor) -> Tensor:
    """Return S4's dropout, mask · ReLU(x); the mask has 0s and 1s in training and only 1s in evaluation."""
    return mask * F.relu(x)


def dropped_out_and_scaled(x: Tensor, mask: Tensor, keep: float) -> Tensor:
    """Return the framework's dropout, mask · ReLU(x) / keep.

    Since the output is divided by the share that is kept, evaluation needs no change.
    """
    return mask * F.relu(x) / keep
