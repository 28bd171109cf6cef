"""Pictures of what a run learns from and of what it makes."""

import torch
from PIL import Image
from torch import Tensor

from ganarium.data.feed import to_bytes
from ganarium.data.sets import ImageSet, PairSet, PointSet, Source
from ganarium.draw.clouds import cloud
from ganarium.draw.pictures import grid
from ganarium.training.sampler import Sampler

PICTURES, ROWS, POINTS = 64, 8, 2_000


def picture_of_data(source: Source) -> Image.Image:
    """The first pictures of a set, or a cloud of its points."""
    if isinstance(source, PointSet):
        points = source.first(POINTS)
        return cloud(points.numpy(), extent=extent_of(points))
    if isinstance(source, PairSet):
        return grid(_beside_answers(source).numpy(), columns=4 * ROWS)
    return grid(source.images[:PICTURES].numpy())


def _beside_answers(source: PairSet) -> Tensor:
    """Rows of x, what x is as y, y, and what y is as x, in turns."""
    n = ROWS * ROWS
    columns = [source.x[:n], source.x_as_y[:n], source.y[:n], source.y_as_x[:n]]
    return torch.stack(columns, dim=1).flatten(0, 1)


def picture_of_samples(sampler: Sampler, source: Source, seed: int = 0) -> Image.Image:
    """Samples from fixed noise: a column for each class where labels are told, points before those of the data."""
    if isinstance(source, ImageSet):
        columns = len(sampler.classes) or None
        n = ROWS * columns if columns else PICTURES
        return grid(to_bytes(sampler.sample(n, seed=seed)).numpy(), columns)
    real = source.first(POINTS)
    return cloud(sampler.sample(POINTS, seed=seed).numpy(), real.numpy(), extent_of(real))


def extent_of(points: Tensor) -> float:
    """A half-width that shows the points with some air."""
    return 1.25 * float(points.abs().max())
