"""Small implementations that explain S4 and S5: losses, gradient descent, back-propagation and common layers."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def squared_error(answers: Tensor, truth: Tensor) -> Tensor:
    """Return the mean squared error of predictions, as a scalar."""
    return (answers - truth).square().mean()


def cross_entropy(probabilities: Tensor, truth: Tensor) -> Tensor:
    """Return the mean cross-entropy −t·ln p − (1 − t)·ln(1 − p), as a scalar; targets t are in [0, 1]."""
    return F.binary_cross_entropy(probabilities, truth)


def descend(slope: Callable[[float], float], start: float, alpha: float, steps: int) -> list[float]:
    """Return the start and all later positions of gradient descent, x ← x − α·slope(x)."""
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
    """Compute J = 3(a + bc) and its derivatives with PyTorch's automatic differentiation."""
    numbers = [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (a, b, c)]
    value = 3 * (numbers[0] + numbers[1] * numbers[2])
    slopes = torch.autograd.grad(value, numbers)
    return {"J": value.item()} | {f"dJ/d{name}": slope.item() for name, slope in zip("abc", slopes, strict=True)}


def batch_normalized(x_nd: Tensor, gain: float = 1.0, offset: float = 0.0, eps: float = 1e-5) -> Tensor:
    """Normalize each column to batch mean 0 and standard deviation 1, then apply gain and offset.

    Ioffe & Szegedy 2015, algorithm 1.
    """
    mean, variance = x_nd.mean(0), x_nd.var(0, unbiased=False)
    return gain * (x_nd - mean) / (variance + eps).sqrt() + offset


def dropped_out(x: Tensor, mask: Tensor) -> Tensor:
    """Apply dropout as in S4, mask · ReLU(x); the mask contains 0s and 1s in training and only 1s in evaluation."""
    return mask * F.relu(x)


def dropped_out_and_scaled(x: Tensor, mask: Tensor, keep: float) -> Tensor:
    """Apply dropout as in PyTorch, mask · ReLU(x) / keep.

    Since the output is divided by the share of values kept, evaluation needs no change.
    """
    return mask * F.relu(x) / keep


def zeros_between(x: Tensor, stride: int) -> Tensor:
    """Return images [n, C, H, W] with stride − 1 rows and columns of zeros between neighbouring pixels."""
    n, channels, height, width = x.shape
    wide = x.new_zeros(n, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    wide[..., ::stride, ::stride] = x
    return wide


def by_zeros(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, extra: int = 0) -> Tensor:
    """Return a transposed convolution, computed as a convolution with the kernel rotated by 180° after inserting zeros.

    x [n, C, H, W], weight [C, D, k, k] with k > padding; `extra` adds rows at the bottom and columns at the right,
    fewer than stride, and corresponds to PyTorch's output_padding.
    """
    border = weight.shape[-1] - 1 - padding
    wide = F.pad(zeros_between(x, stride), (border, border + extra, border, border + extra))
    return F.conv2d(wide, weight.flip(2, 3).transpose(0, 1))


def by_backward_pass(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, extra: int = 0) -> Tensor:
    """Return a transposed convolution, computed as the backward pass of a convolution with x as the gradient."""
    height, width = ((size - 1) * stride - 2 * padding + weight.shape[-1] + extra for size in x.shape[2:])
    blank = x.new_zeros(len(x), weight.shape[1], height, width, requires_grad=True)
    (gradient,) = torch.autograd.grad(F.conv2d(blank, weight, stride=stride, padding=padding), blank, x)
    return gradient
