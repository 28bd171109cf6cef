"""Changes of pictures that a discriminator should not learn from: differentiable, by numbers in [0, 1).

Each takes pictures [n, c, h, w] and one number for each, [n], or two, [n, 2]; at 0.5 brightness, saturation, contrast
and translation change nothing. What comes in from outside is 0, and so is what is cut out (Zhao 2020, DiffAugment,
arXiv 2006.10738, as in its authors' code).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

OUTSIDE = -1e3  # a place at which nothing is cut out


def brightened(x: Tensor, chance: Tensor, strength: float) -> Tensor:
    """Add U(−½, ½), times the strength."""
    return x + strength * (_each(chance) - 0.5)


def saturated(x: Tensor, chance: Tensor, strength: float) -> Tensor:
    """Multiply the distance from grey by U(0, 2), at strength 1."""
    return _stretched(x, x.mean(1, keepdim=True), 2 * strength * (_each(chance) - 0.5))


def contrasted(x: Tensor, chance: Tensor, strength: float) -> Tensor:
    """Multiply the distance from the picture's mean by U(½, 3⁄2), at strength 1."""
    return _stretched(x, x.mean((1, 2, 3), keepdim=True), strength * (_each(chance) - 0.5))


def translated(x: Tensor, chances: Tensor, share: float) -> Tensor:
    """Move by whole pixels, up to that share of each side in every direction."""
    n, _, height, width = x.shape
    most = (round(share * height), round(share * width))
    down, right = ((chances[:, axis] * (2 * far + 1)).floor().long() for axis, far in enumerate(most))
    rows = torch.arange(height, device=x.device) + down[:, None]
    columns = torch.arange(width, device=x.device) + right[:, None]
    framed = F.pad(x, (most[1], most[1], most[0], most[0])).permute(0, 2, 3, 1)
    return framed[torch.arange(n, device=x.device)[:, None, None], rows[:, :, None], columns[:, None]].movedim(3, 1)


def cut_out(x: Tensor, chances: Tensor, share: float) -> Tensor:
    """Lose a rectangle of that share of each side, whose middle is anywhere in the picture."""
    height, width = x.shape[2:]
    apart = [
        (torch.arange(side, device=x.device) + 0.5 - side * chances[:, axis, None]).abs() < share * side / 2
        for axis, side in enumerate((height, width))
    ]
    lost = apart[0][:, None, :, None] & apart[1][:, None, None, :]
    return x.masked_fill(lost, 0)


def _each(chance: Tensor) -> Tensor:
    return chance[:, None, None, None]


def _stretched(x: Tensor, middle: Tensor, more: Tensor) -> Tensor:
    return x + more * (x - middle)
