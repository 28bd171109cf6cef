"""Differentiable changes of images, controlled by numbers in [0, 1) (Zhao 2020, DiffAugment, arXiv 2006.10738).

Each function takes images [n, c, h, w] and one number for each, [n], or two, [n, 2]. At 0.5 brightness, saturation,
contrast and translation change nothing. Where a `law` is asked for, "authors" is that of their code
(mit-han-lab/data-efficient-gans, DiffAugment_pytorch.py) and "earlier" that of runs recorded before there was a choice.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.config.base import PixelLaw

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


def translated(
    x: Tensor,
    chances: Tensor,
    share: float,
    law: PixelLaw = "authors",
    padding: Literal["zero", "reflect"] = "zero",
) -> Tensor:
    """Move by whole pixels, up to that share of each side in every direction; all moves are equally likely."""
    sides = x.shape[2:]
    most = [_whole(share, side, law) for side in sides]
    rows, columns = (
        torch.arange(side, device=x.device) + (chances[:, axis] * (2 * far + 1)).floor().long()[:, None] - far
        for axis, (side, far) in enumerate(zip(sides, most, strict=True))
    )
    if padding == "reflect":
        rows, columns = (_reflected(places, side) for places, side in zip((rows, columns), sides, strict=True))
    else:
        x = F.pad(x, (most[1], most[1], most[0], most[0]))
        rows, columns = rows + most[0], columns + most[1]
    images = torch.arange(len(x), device=x.device)[:, None, None]
    return x.permute(0, 2, 3, 1)[images, rows[:, :, None], columns[:, None]].movedim(3, 1)


def cut_out(x: Tensor, chances: Tensor, share: float, law: PixelLaw = "authors") -> Tensor:
    """Set a rectangle of that share of each side to 0; it may reach beyond the border.

    The authors' rectangle has s whole pixels and begins at o − ⌊s / 2⌋, where o is uniform on 0 … side, or on
    0 … side − 1 for an odd s. The earlier one has its middle anywhere in the image and a side of any length.
    """
    of = {"authors": _lost_pixels, "earlier": _lost_centres}[law]
    rows, columns = (of(chances[:, axis, None], share, side) for axis, side in enumerate(x.shape[2:]))
    return x.masked_fill(rows[:, None, :, None] & columns[:, None, None, :], 0)


def _lost_pixels(chance: Tensor, share: float, side: int) -> Tensor:
    size = _whole(share, side, "authors")
    first = (chance * (side + 1 - size % 2)).floor() - size // 2
    places = torch.arange(side, device=chance.device)
    return (first <= places) & (places < first + size)


def _lost_centres(chance: Tensor, share: float, side: int) -> Tensor:
    return (torch.arange(side, device=chance.device) + 0.5 - side * chance).abs() < share * side / 2


def _whole(share: float, side: int, law: PixelLaw) -> int:
    """Return a share of a side in whole pixels; half a pixel goes up, or earlier to the even number."""
    return int(share * side + 0.5) if law == "authors" else round(share * side)


def _reflected(places: Tensor, side: int) -> Tensor:
    """Fold places outside 0 … side − 1 back at the border pixels, which are not repeated."""
    there_and_back = max(1, 2 * (side - 1))
    folded = places % there_and_back
    return torch.minimum(folded, there_and_back - folded) if side > 1 else torch.zeros_like(places)


def _each(chance: Tensor) -> Tensor:
    return chance[:, None, None, None]


def _stretched(x: Tensor, middle: Tensor, more: Tensor) -> Tensor:
    return x + more * (x - middle)
