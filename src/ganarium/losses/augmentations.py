"""Differentiable image augmentations, driven by random numbers in [0, 1) (Zhao 2020, DiffAugment, arXiv 2006.10738).

Each function takes images [n, c, h, w] and one number per image, [n], or two, [n, 2]. At 0.5, brightness, saturation,
contrast and translation change nothing. Where a function has the option `law`, "authors" follows the authors' code
(mit-han-lab/data-efficient-gans, DiffAugment_pytorch.py), and "earlier" reproduces runs recorded before the option
existed.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.config.base import PixelLaw

OUTSIDE = -1e3  # a position at which nothing is cut out


def brightened(x: Tensor, chance: Tensor, strength: float) -> Tensor:
    """Shift the brightness of each image by a uniform amount: U(−½, ½) at strength 1."""
    return x + strength * (_each(chance) - 0.5)


def saturated(x: Tensor, chance: Tensor, strength: float) -> Tensor:
    """Scale the distance of each pixel from grey by a uniform factor: U(0, 2) at strength 1."""
    return _stretched(x, x.mean(1, keepdim=True), 2 * strength * (_each(chance) - 0.5))


def contrasted(x: Tensor, chance: Tensor, strength: float) -> Tensor:
    """Scale the distance of each pixel from the image mean by a uniform factor: U(½, 3⁄2) at strength 1."""
    return _stretched(x, x.mean((1, 2, 3), keepdim=True), strength * (_each(chance) - 0.5))


def translated(
    x: Tensor,
    chances: Tensor,
    share: float,
    law: PixelLaw = "authors",
    padding: Literal["zero", "reflect"] = "zero",
) -> Tensor:
    """Translate each image by a random number of whole pixels, uniform up to a share of the height and width."""
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
    """Set a rectangle with a given share of the height and width to 0; the rectangle may extend beyond the border.

    With `law="authors"`, the rectangle has sides of s whole pixels and begins at o − ⌊s / 2⌋, where o is uniform on
    0 … side, or on 0 … side − 1 for an odd s. With `law="earlier"`, the rectangle is centred anywhere in the image, and
    its sides need not be whole numbers of pixels.
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
    """Return a share of a height or width in whole pixels; halves round up, or to even if `law` is "earlier"."""
    return int(share * side + 0.5) if law == "authors" else round(share * side)


def _reflected(places: Tensor, side: int) -> Tensor:
    """Reflect positions outside 0 … side − 1 at the border pixels, which are not repeated."""
    there_and_back = max(1, 2 * (side - 1))
    folded = places % there_and_back
    return torch.minimum(folded, there_and_back - folded) if side > 1 else torch.zeros_like(places)


def _each(chance: Tensor) -> Tensor:
    return chance[:, None, None, None]


def _stretched(x: Tensor, middle: Tensor, more: Tensor) -> Tensor:
    return x + more * (x - middle)
