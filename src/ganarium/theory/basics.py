"""Where the explanation of S4 begins: two losses, descent, back-propagation, and what its layers compute."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def squared_error(answers: Tensor, truth: Tensor) -> Tensor:
    """Mean of (answer − truth)², one number."""
    return (answers - truth).square().mean()


def cross_entropy(probabilities: Tensor, truth: Tensor) -> Tensor:
    """Mean of −truth·ln p − (1 − truth)·ln(1 − p), one number; truths are 0, 1 or between."""
    return F.binary_cross_entropy(probabilities, truth)


def descend(slope: Callable[[float], float], start: float, alpha: float, steps: int) -> list[float]:
    """start, and where each of so many steps x ← x − α·slope(x) leads."""
    places = [start]
    for _ in range(steps):
        places.append(places[-1] - alpha * slope(places[-1]))
    return places


def by_hand(a: float, b: float, c: float) -> dict[str, float]:
    """J = 3(a + bc) forward through u = bc and v = a + u, then each derivative backward by the chain rule."""
    u = b * c
    v = a + u
    by_v = 3.0
    by_a, by_u = by_v * 1, by_v * 1
    return {"J": 3 * v, "dJ/da": by_a, "dJ/db": by_u * c, "dJ/dc": by_u * b}


def by_autograd(a: float, b: float, c: float) -> dict[str, float]:
    """The same by the framework."""
    numbers = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (a, b, c)]
    value = 3 * (numbers[0] + numbers[1] * numbers[2])
    slopes = torch.autograd.grad(value, numbers)
    return {"J": value.item()} | {f"dJ/d{name}": slope.item() for name, slope in zip("abc", slopes, strict=True)}


def batch_normalized(x_nd: Tensor, gain: float = 1.0, offset: float = 0.0, eps: float = 1e-5) -> Tensor:
    """Each column less its mean over the batch, by its deviation over the batch (Ioffe & Szegedy 2015, algorithm 1)."""
    mean, variance = x_nd.mean(0), x_nd.var(0, unbiased=False)
    return gain * (x_nd - mean) / (variance + eps).sqrt() + offset


def dropped_out(x: Tensor, mask: Tensor) -> Tensor:
    """S4's dropout: mask · ReLU(x) in training, with a mask of 0s and 1s; all ones in use."""
    return mask * F.relu(x)


def dropped_out_and_scaled(x: Tensor, mask: Tensor, keep: float) -> Tensor:
    """The framework's: the same, divided by the share that is kept, so that in use nothing needs to change."""
    return mask * F.relu(x) / keep
