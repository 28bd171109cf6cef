"""Features that know no classes: fixed random convolutions, and the directions in which the data vary.

Networks without training tell unlike pictures apart about as well as trained ones of another domain do (Naeem et al.
2020, §5, arXiv 2002.09797), and a generator that pleases a classifier cannot please them by that.
"""

from hashlib import sha256
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.base import BATCH, Extractor, Reading, in_batches
from ganarium.evaluation.features.cache import kept_tensors

VERSION = 2  # of everything below
CHANNELS = (16, 32, 64)
PLACES = 4  # a side: where in the picture a pattern is, up to a quarter of its side
SKETCH = 512  # random sums of what the convolutions see
WIDTH = 64  # features, d
FITTED_ON = 10_000  # pictures at most, chosen at random
SMALLEST = 16  # pixels a side
LEAST_VARIANCE = 1e-8  # a direction in which alike pictures hardly vary is not blown up


@final
class RandomConvolutions(Extractor):
    """Three random convolutions, averaged over a 4×4 grid of places, then the data's first directions, whitened.

    Over the pictures that it is fitted on each feature has mean 0 and variance 1, and none goes along with another:
    of two samples of n pictures like them the Fréchet distance is about d(d + 5)/(2n).
    """

    def __init__(self, train: ImageSet) -> None:
        self.shape = train.shape
        if min(self.shape[1:]) < SMALLEST or len(train) < 2:
            raise InputError(
                f"data={train.name}: {len(train):,} pictures of shape {self.shape}; features without labels need "
                f"two pictures and {SMALLEST} pixels a side"
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
        self._fit = kept_tensors(f"{self.name}.fit", lambda: self._fitted(train))

    def read(self, images: Tensor, batch: int = BATCH) -> Reading:
        """Read uint8 [n, C, H, W] pictures."""
        self.refuse_others(images)
        (sketch,) = in_batches(images, batch, self._sketch)
        return Reading(((sketch.double() - self._fit["mean"]) @ self._fit["directions"]).float())

    def _fitted(self, train: ImageSet) -> dict[str, Tensor]:
        (sketch,) = in_batches(train.subset(FITTED_ON).images, BATCH, self._sketch)
        mean, directions = _whitening(sketch.double(), min(WIDTH, len(train) - 1))
        return {"mean": mean, "directions": directions}

    def _sketch(self, images: Tensor) -> tuple[Tensor]:
        """[n, C, H, W] -> [n, SKETCH]"""
        maps, seen = images.float() / 255 - 0.5, []
        for kernel in self._kernels:
            maps = F.relu(F.conv2d(maps, kernel, padding=1))
            seen.append(F.adaptive_avg_pool2d(maps, PLACES).flatten(1))
            maps = F.avg_pool2d(maps, 2)
        return (torch.cat(seen, 1) @ self._sums,)


def _whitening(rows_nd: Tensor, width: int) -> tuple[Tensor, Tensor]:
    """Mean [d], and the `width` directions [d, width] of most variance, each divided by its standard deviation."""
    mean = rows_nd.mean(0)
    centred = rows_nd - mean
    variances, directions = torch.linalg.eigh(centred.T @ centred / (len(rows_nd) - 1))
    largest = variances[-width:].clamp_min(LEAST_VARIANCE)
    return mean, directions[:, -width:] / largest.sqrt()
