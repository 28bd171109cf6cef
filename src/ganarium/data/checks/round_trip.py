"""Check for detectable changes in real images that pass through the output path of generated images.

If changes are detectable, discriminators and scores measure this path instead of the generator: different rounding, a
lossy encoder, or blur from resizing, which changes scores (Parmar, Zhang, Zhu 2022, On aliased resizing, arXiv
2104.11222).
"""

from collections.abc import Callable, Iterator
from io import BytesIO
from math import sqrt
from typing import final

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ganarium.core.random_streams import Streams, permutation
from ganarium.data import batches
from ganarium.data.batches import Batch, Feed, Scaled
from ganarium.data.checks.duplicates import distinct
from ganarium.data.checks.processing_traces import traces
from ganarium.data.datasets import ImageSet
from ganarium.data.finding import DataFinding
from ganarium.plotting.images import png, to_image

RANGES = ((0.0, 1.0), (-1.0, 1.0))  # output ranges of generators, by their last activation
MOST = 2_000  # maximum number of images used
MOST_VALUES = 1 << 24  # maximum number of values used: 1,365 RGB images of 64×64, a few seconds
RIDGE = 0.1  # penalty in units of the variance of a feature
SIGMAS = 3  # false positive rate: 1 in 740

Conversion = Callable[[Tensor], Tensor]


@final
class Whole(Feed):
    """A single batch of all images, in order."""

    def __init__(self, images: Tensor) -> None:
        self._images = images

    def batch(self, index: int) -> Batch:  # noqa: ARG002  # there is only one batch
        """Return all images."""
        return Batch(self._images, None)


def generated_output_path(images: Tensor) -> Tensor:
    """Convert images to each generator output range and back to bytes, then encode and decode them as PNG.

    images: uint8 [n, C, H, W] -> the same shape
    """
    for output_range in RANGES:
        real = Scaled(Whole(images), output_range).batch(0).real
        images = batches.to_bytes(batches.to_unit(real, output_range))
    return torch.from_numpy(np.stack([_from_file(png(to_image(image))) for image in images.numpy()]))


def _from_file(content: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    pixels = np.asarray(Image.open(BytesIO(content)))
    return pixels[None] if pixels.ndim == 2 else pixels.transpose(2, 0, 1)


def round_trip(images: Tensor, conversion: Conversion = generated_output_path) -> float:
    """Return the AUC, on held-out images, of a classifier that distinguishes converted from unchanged images.

    images: uint8 [n, C, H, W]; exact copies are left out, and at most 2,000 images are used. Half of the images are
    converted; the classifier is trained on half of the images of each type and tested on the other half. The classifier
    is linear in `traces` and has a closed-form solution, so no initial weights are needed. The AUC is 0.5 if there are
    too few images; `band` returns the deviation from 0.5 that chance explains.
    """
    chosen = images[sampled_rows(images)]
    quarter = len(chosen) // 4
    if not quarter:
        return 0.5
    plain, changed = traces(chosen[0::2]), traces(conversion(chosen[1::2]))
    direction = _discriminant(plain[:quarter], changed[:quarter])
    return auc(plain[quarter:].double() @ direction, changed[quarter:].double() @ direction)


def distinguishable(train: ImageSet, conversion: Conversion = generated_output_path) -> Iterator[DataFinding]:
    """Report a round-trip classifier with a larger AUC than chance explains."""
    value, limit = round_trip(train.images, conversion), 0.5 + band(len(sampled_rows(train.images)) // 4)
    if value > limit:
        yield DataFinding(
            "round-trip",
            True,
            f"a classifier distinguishes real images encoded like generated images from unchanged images with an "
            f"AUC of {value:.3f} (threshold {limit:.3f}: 0.5 plus {SIGMAS} standard deviations)",
            "this is not a fault of the data, but scores would measure the encoding; compare the versions of Pillow "
            "and PyTorch, and report a bug with this message",
            value,
        )


def sampled_rows(images: Tensor) -> Tensor:
    """Return up to 2,000 random rows of images to examine, int64; the number of rows is a multiple of 4."""
    rows = distinct(images)
    n = min(len(rows), MOST, MOST_VALUES // images[0].numel())
    return rows[Streams(0).at("round-trip", permutation(len(rows)), 0)[: n - n % 4]]


def _discriminant(plain: Tensor, changed: Tensor) -> Tensor:
    """Return the direction, float64 [d], that separates `changed` from `plain`, [m, d] each, by ridge regression.

    Changed samples have larger projections.
    """
    x = torch.cat([plain, changed]).double()
    side = torch.cat([-torch.ones(len(plain)), torch.ones(len(changed))]).double()
    deviation = x.std(0)
    scale = torch.where(deviation > 1e-9, 1 / deviation, 0.0)  # constant features carry no information
    z = (x - x.mean(0)) * scale
    ridge = RIDGE * len(z) * torch.eye(z.shape[1], dtype=torch.float64)
    weights: Tensor = torch.linalg.solve(z.T @ z + ridge, z.T @ side)
    return weights * scale


def auc(real: Tensor, fake: Tensor) -> float:
    """Return the share of pairs whose fake value exceeds the real value, ties counting half: [m], [n] -> [0, 1]."""
    ranked = real.sort().values
    below = torch.searchsorted(ranked, fake) + torch.searchsorted(ranked, fake, right=True)
    return float(below.double().mean()) / (2 * len(real))


def band(count: int) -> float:
    """Return three standard deviations of the AUC between two samples of the same distribution (Mann, Whitney 1947).

    count: size of each sample
    """
    return SIGMAS * sqrt((2 * count + 1) / (12 * count**2)) if count else 0.5
