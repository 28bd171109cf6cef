"""Structural similarity of two images: means, contrasts and structures of 7×7 windows (Wang et al. 2004).

Windows are uniform and lie entirely inside the image; variances divide by n, not n − 1; K₁ = 0.01, K₂ = 0.03.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.validation import Array, pictures, tensor

WINDOW = 7
C1, C2 = 0.01**2, 0.03**2
WEIGHTS = (0.0448 / 0.3304, 0.2856 / 0.3304)  # the first two of the paper's five, normalized to sum to 1
BLOCK = 500  # pairs processed at once


def structural_similarity(real_nchw: Array, fake_nchw: Array) -> Tensor:
    """Return the SSIM of each pair of images with values in [0, 1]: float64 [n], at most 1.

    The mean is taken over windows and channels. Symmetric; 1 only for equal images.
    """
    brightness, structure = _parts(*_paired(real_nchw, fake_nchw, WINDOW))
    return _mean(brightness * structure)


def two_scale_similarity(real_nchw: Array, fake_nchw: Array) -> Tensor:
    """Return the MS-SSIM of each pair at full and at half size: float64 [n], in [0, 1] (Wang et al. 2003).

    The value is the structure at full size to the power 0.136, times the SSIM at half size to the power 0.864; negative
    factors count as 0. The half-size image is the mean over 2×2 pixels.
    """
    real, fake = _paired(real_nchw, fake_nchw, 2 * WINDOW)
    _, fine = _parts(real, fake)
    brightness, structure = _parts(F.avg_pool2d(real, 2), F.avg_pool2d(fake, 2))
    fine_n, coarse_n = _mean(fine).clamp_min(0), _mean(brightness * structure).clamp_min(0)
    return fine_n ** WEIGHTS[0] * coarse_n ** WEIGHTS[1]


def pairwise_similarity(pictures_nchw: Array, pairs_k2: Array, block: int = BLOCK) -> Tensor:
    """Return `two_scale_similarity` of pairs of images from one sample, uint8 or in [0, 1]: float64 [k].

    The lower the mean, the more diverse the sample (Odena et al. 2017). Use pairs within one class, since images of
    different classes always differ, and compare with the value of real images.
    """
    pictures_nchw, pairs_k2 = tensor("given images", pictures_nchw), tensor("pairs", pairs_k2)
    pictures(given=_unit(pictures_nchw[:1]))
    n = len(pictures_nchw)
    if pairs_k2.ndim != 2 or pairs_k2.shape[1] != 2 or not len(pairs_k2) or pairs_k2.is_floating_point():
        raise InputError(
            f"pairs have shape {tuple(pairs_k2.shape)} and type {pairs_k2.dtype}; pass integers of shape [k, 2]"
        )
    if not 0 <= pairs_k2.min() <= pairs_k2.max() < n or (pairs_k2[:, 0] == pairs_k2[:, 1]).any():
        raise InputError(f"each pair must contain two different image indices from 0 to {n - 1}")
    parts = [
        two_scale_similarity(_unit(pictures_nchw[i]), _unit(pictures_nchw[j]))
        for i, j in map(_columns, torch.split(pairs_k2, block))
    ]
    return torch.cat(parts)


def _unit(pictures: Tensor) -> Tensor:
    return pictures / 255 if pictures.dtype == torch.uint8 else pictures


def _columns(pairs_k2: Tensor) -> tuple[Tensor, Tensor]:
    return pairs_k2[:, 0], pairs_k2[:, 1]


def _parts(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the brightness term and the combined contrast and structure of each window: [n, C, H − 6, W − 6]."""
    mean_x, mean_y = _window_mean(x), _window_mean(y)
    spread_x = _window_mean(x * x) - mean_x**2
    spread_y = _window_mean(y * y) - mean_y**2
    shared = _window_mean(x * y) - mean_x * mean_y
    brightness = (2 * mean_x * mean_y + C1) / (mean_x**2 + mean_y**2 + C1)
    return brightness, (2 * shared + C2) / (spread_x + spread_y + C2)


def _window_mean(x: Tensor) -> Tensor:
    return F.avg_pool2d(x, WINDOW, stride=1)


def _mean(values_nchw: Tensor) -> Tensor:
    return values_nchw.flatten(1).mean(1)


def _paired(real_nchw: Array, fake_nchw: Array, least: int) -> tuple[Tensor, Tensor]:
    """Return two batches of equal shape in float64. Raises `InputError` for images with fewer than `least` pixels."""
    real, fake = pictures(real=real_nchw, fake=fake_nchw)
    if real.shape != fake.shape:
        raise InputError(f"images have shapes {tuple(real.shape)} and {tuple(fake.shape)}; pass pairs of equal shape")
    if min(real.shape[2:]) < least:
        raise InputError(f"images have {real.shape[2]}×{real.shape[3]} pixels; use at least {least}×{least}")
    return real.double(), fake.double()
