"""Image features that reveal low-level processing (rounding, encoding and blur) rather than content.

Frequencies of values reveal rounding, clipping and lost bits. Frequencies of pairs of neighbouring differences reveal
noise and blur (Pevný, Bas, Fridrich 2010, Steganalysis by subtractive pixel adjacency matrix, §3). Differences by
position in blocks of eight pixels reveal JPEG encoding.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.data.checks.helpers import by_chunks

VALUES = 256
LARGEST = 4  # differences beyond ±4 count as ±4
STEPS = 2 * LARGEST + 1
JPEG = 8  # side of a block in pixels


def traces(images: Tensor) -> Tensor:
    """Return the processing features of images: uint8 [n, C, H, W], H and W ≥ 3 -> float32 [n, 434]."""
    return by_chunks(_traces, images)


def _traces(images: Tensor) -> Tensor:
    x = images.long()
    turned = x.transpose(2, 3)
    shares = [_shares(x, VALUES), _shares(neighbours(x), STEPS**2), _shares(neighbours(turned), STEPS**2)]
    return torch.cat([*(share.sqrt() for share in shares), by_place(x), by_place(turned)], dim=1)


def _shares(cells: Tensor, bins: int) -> Tensor:
    """Return the relative frequency of each number below `bins` in each row: [n, …] -> [n, bins].

    The caller takes the square root, which stabilizes the variance.
    """
    flat = cells.flatten(1)
    apart = flat + bins * torch.arange(len(flat))[:, None]
    return torch.bincount(apart.flatten(), minlength=bins * len(flat)).view(-1, bins).float() / flat.shape[1]


def neighbours(x: Tensor) -> Tensor:
    """Encode each pair of successive differences along the width as a number below 81.

    [n, C, H, W] -> [n, C, H, W − 2]
    """
    steps = (x[..., 1:] - x[..., :-1]).clamp(-LARGEST, LARGEST) + LARGEST
    return steps[..., :-1] * STEPS + steps[..., 1:]


def by_place(x: Tensor) -> Tensor:
    """Return the share of absolute differences at each position in a block of 8 pixels: [n, C, H, W] -> [n, 8]."""
    sizes = (x[..., 1:] - x[..., :-1]).abs().float().mean((1, 2))  # [n, W − 1]
    blocks = F.pad(sizes, (0, -sizes.shape[1] % JPEG)).view(len(sizes), -1, JPEG)
    return blocks.sum(1) / (sizes.sum(1, keepdim=True) + 1e-6)
