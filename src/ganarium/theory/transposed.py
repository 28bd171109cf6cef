"""The transposed convolution in two other ways, as S5 explains it."""

import torch
import torch.nn.functional as F
from torch import Tensor


def zeros_between(x: Tensor, stride: int) -> Tensor:
    """Pictures [n, C, H, W] with stride − 1 rows and columns of zeros from each pixel to the next."""
    n, channels, height, width = x.shape
    wide = x.new_zeros(n, channels, (height - 1) * stride + 1, (width - 1) * stride + 1)
    wide[..., ::stride, ::stride] = x
    return wide


def by_zeros(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, extra: int = 0) -> Tensor:
    """Zeros between the pixels and around them, then an ordinary convolution with the kernel turned half around.

    x [n, C, H, W], weight [C, D, k, k] with k > padding; `extra` adds rows below and columns at the right, fewer
    than stride, and is the framework's output_padding.
    """
    border = weight.shape[-1] - 1 - padding
    wide = F.pad(zeros_between(x, stride), (border, border + extra, border, border + extra))
    return F.conv2d(wide, weight.flip(2, 3).transpose(0, 1))


def by_backward_pass(x: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, extra: int = 0) -> Tensor:
    """What the backward pass of a convolution does to a gradient x: forward and backward exchanged."""
    height, width = ((size - 1) * stride - 2 * padding + weight.shape[-1] + extra for size in x.shape[2:])
    blank = x.new_zeros(len(x), weight.shape[1], height, width, requires_grad=True)
    (gradient,) = torch.autograd.grad(F.conv2d(blank, weight, stride=stride, padding=padding), blank, x)
    return gradient
