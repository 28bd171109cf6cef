"""Random samples of a data set, for checks that would take too long on all pictures."""

from dataclasses import replace

import torch

from ganarium.core.random_streams import Streams, permutation
from ganarium.data.datasets import ImageSet, Origin


def sampled(pictures: ImageSet, most_values: int) -> ImageSet:
    """Return random pictures with at most `most_values` values, in their order.

    Each picture keeps its name or number.
    """
    n, most = len(pictures), most_values // max(1, pictures.images[:1].numel())
    if n <= most:
        return pictures
    rows = Streams(0).at("doctor", permutation(n), 0)[:most].sort().values
    some = replace(pictures, truth={}).at(rows)
    origin = some.origin or Origin()
    names = origin.names or tuple(f"picture {row}" for row in rows.tolist())
    return replace(some, origin=replace(origin, names=names))


def thumbnails(images: torch.Tensor, side: int = 16) -> torch.Tensor:
    """Return the pixels of a grid over each picture, at least 16×16 where there are as many.

    Equal pictures have equal thumbnails.
    """
    height, width = images.shape[2:]
    return images[:, :, :: max(1, height // side), :: max(1, width // side)]
