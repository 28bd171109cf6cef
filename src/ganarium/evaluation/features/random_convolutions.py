"""Features without classes: fixed random convolutions, projected onto the principal components of the data.

Untrained networks separate different images about as well as networks trained on another domain (Naeem et al.
2020, §5, arXiv 2002.09797), and a generator that fools a classifier does not thereby fool them.
"""

from hashlib import sha256
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.base import BATCH, Extractor, ExtractorOutput, in_batches
from ganarium.evaluation.features.cache import cached_tensors

VERSION = 2  # of all features in this module
CHANNELS = (16, 32, 64)
PLACES = 4  # grid cells per side; keeps the position of a pattern up to a quarter of the image's side
SKETCH = 512  # number of random sums of the convolutions' outputs
WIDTH = 64  # number of features, d
FITTED_ON = 10_000  # maximum number of images, chosen at random
SMALLEST = 16  # minimum pixels per side
LEAST_VARIANCE = 1e-8  # avoids amplifying directions in which similar images hardly vary


@final
class RandomConvolutions(Extractor):
    """Three random convolutions, averaged over a 4×4 grid, then projected onto the whitened principal components.

    On the images used for fitting, each feature has mean 0 and variance 1, and the features are uncorrelated:
    the Fréchet distance of two samples of n such images is about d(d + 5)/(2n).
    """

    def __init__(self, train: ImageSet) -> None:
        self.shape = train.shape
        if min(self.shape[1:]) < SMALLEST or len(train) < 2:
            raise InputError(
                f"data={train.name} has {len(train):,} images of shape {self.shape}; random convolutions need at least "
                f"two images of at least {SMALLEST}×{SMALLEST} pixels"
            )
        self.name = f"random-conv-{sha256(f'{VERSION}/{train.hash}'.encode()).hexdigest()[:8]}"
        streams = Streams(0)
        sides = zip((self.shape[0], *CHANNELS[:-1]), CHANNELS, strict=True)
        self._kernels = [
            streams.at(f"kernels.{i}", normal(wide, narrow, 3, 3), 0) * (2 / (9 * narrow)) ** 0.5
            for i, (narrow, wide) in enumerate(sides)
        ]
        seen = sum(CHANNELS) * PLACES**2
        self._sums = streams.at("sums", normal(seen, SKETCH), 0) / seen**0.5
        self._fit = cached_tensors(f"{self.name}.fit", lambda: self._fitted(train))

    def extract(self, images: Tensor, batch: int = BATCH) -> ExtractorOutput:
        """Extract features of uint8 [n, C, H, W] images."""
        self.refuse_unsupported(images)
        (sketch,) = in_batches(images, batch, self._sketch)
        return ExtractorOutput(((sketch.double() - self._fit["mean"]) @ self._fit["directions"]).float())

    def _fitted(self, train: ImageSet) -> dict[str, Tensor]:
        (sketch,) = in_batches(train.subset(FITTED_ON).images, BATCH, self._sketch)
        mean, directions = _whitening(sketch.double(), min(WIDTH, len(train) - 1))
        return {"mean": mean, "directions": directions}

    def _sketch(self, images: Tensor) -> tuple[Tensor]:
        """Return the random projection [n, SKETCH] of images [n, C, H, W]."""
        maps, seen = images.float() / 255 - 0.5, []
        for kernel in self._kernels:
            maps = F.relu(F.conv2d(maps, kernel, padding=1))
            seen.append(F.adaptive_avg_pool2d(maps, PLACES).flatten(1))
            maps = F.avg_pool2d(maps, 2)
        return (torch.cat(seen, 1) @ self._sums,)


def _whitening(rows_nd: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Return the mean [d] and the first `width` principal directions [d, width], scaled to unit variance."""
    mean = rows_nd.mean(0)
    centred = rows_nd - mean
    variances, directions = torch.linalg.eigh(centred.T @ centred / (len(rows_nd) - 1))
    largest = variances[-width:].clamp_min(LEAST_VARIANCE)
    return mean, directions[:, -width:] / largest.sqrt()
