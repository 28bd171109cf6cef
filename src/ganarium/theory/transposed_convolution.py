"""Two alternative implementations of the transposed convolution, as explained in S5."""

import torch
import torch.nn.functional as F
from torch import Tensor


def zeros_between(x: Tensor, stride: int) -> Tensor:
    """Return pictures [n, C, H, W] with stride − 1 rows and columns of zeros between neighbouring pixels."""
    n, channels, height, width = x.shape
    wide = x.new_zeros(n, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    wide[..., ::stride, ::stride] = x
    return wide


def by_zeros(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, extra: int = 0) -> Tensor:
    """Insert zeros between and around the pixels, then apply a convolution with the kernel rotated by 180°.

    x [n, C, H, W], weight [C, D, k, k] with k > padding; `extra` adds rows at the bottom and columns at the right,
    fewer than stride, and corresponds to the framework's output_padding.
    """
    border = weight.shape[-1] - 1 - padding
    wide = F.pad(zeros_between(x, stride), (border, border + extra, border, border + extra))
    return F.conv2d(wide, weight.flip(2, 3).transpose(0, 1))


def by_backward_pass(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, extra: int = 0) -> Tensor:
    """Apply the backward pass of a convolution to x as the gradient, exchanging forward and backward."""
    height, width = ((size - 1) * stride - 2 * padding + weight.shape[-1] + extra for size in x.shape[2:])
    blank = x.new_zeros(len(x), weight.shape[1], height, width, requires_grad=True)
    (gradient,) = torch.autograd.grad(F.conv2d(blank, weight, stride=stride, padding=padding), blank, x)
    return gradient
