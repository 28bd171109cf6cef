"""Grids and scatter plots of a run's training data and of its samples."""

import torch
from PIL import Image
from torch import Tensor

from ganarium.data.batches import to_bytes
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, random_rows
from ganarium.plotting.figures import cloud
from ganarium.plotting.images import grid, side_by_side
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

PICTURES, ROWS, POINTS = 64, 8, 2_000
FARTHEST = 4.0  # maximum half-width of a plot, as a multiple of that for the real points


def picture_of_data(source: Source) -> Image.Image:
    """Draw a grid of random images from a data set, or a scatter plot of its points."""
    if isinstance(source, PointSet):
        points = source.subset(POINTS).fixed
        return cloud(points.numpy(), extent=extent_of(points))
    if isinstance(source, PairSet):
        return _in_columns(_beside_answers(source.subset(ROWS * ROWS)), ROWS)
    return grid(source.subset(PICTURES).images.numpy())


def _beside_answers(source: PairSet) -> list[Tensor]:
    """Return x and y, each followed by its true translation if known."""
    return _as_many(source.x, source.x_as_y, source.y, source.y_as_x)


def _as_many(*columns: Tensor | None) -> list[Tensor]:
    """Return the columns that are not None, truncated to the length of the shortest."""
    known = [pictures for pictures in columns if pictures is not None]
    n = min(map(len, known))
    return [pictures[:n] for pictures in known]


def _in_columns(columns: list[Tensor], times: int) -> Image.Image:
    """Draw a grid that alternates images [n, C, H, W] of all columns, repeated `times` times in each row."""
    return grid(torch.stack(columns, dim=1).flatten(0, 1).numpy(), columns=times * len(columns))


def picture_of_samples(sampler: Sampler | Translations, source: Source, seed: int = 0) -> Image.Image:
    """Draw samples from fixed latents: one column per class if conditional, or points over real points.

    For translations, draw inputs, translations and, where known, true translations side by side.
    """
    if isinstance(sampler, Translations):
        assert isinstance(source, PairSet)
        return _in_columns(_beside_translations(sampler, source.subset(2 * ROWS)), 2)
    if isinstance(source, ImageSet):
        columns = len(sampler.trained) or None
        n = ROWS * columns if columns else PICTURES
        return grid(to_bytes(sampler.sample(n, seed=seed)).numpy(), columns)
    assert isinstance(source, PointSet)
    real = source.subset(POINTS).fixed
    return cloud(sampler.sample(POINTS, seed=seed).numpy(), real.numpy(), extent_of(real))


def picture_beside_real(generated: Tensor, label: Tensor | None, source: Source) -> Image.Image:
    """Draw real images on the left, with the same labels if given, and generated images on the right.

    generated: float [n, C, H, W] in [0, 1] with int64 [n] labels, or points [n, d], drawn in front of real points
    """
    if isinstance(source, PointSet):
        real = source.subset(len(generated)).fixed
        extent = min(extent_of(torch.cat([real, generated])), FARTHEST * extent_of(real))
        return cloud(generated.numpy(), real.numpy(), extent)
    assert isinstance(source, ImageSet)
    rows = random_rows(len(source), len(generated)) if label is None else _rows_alike(label, source)
    real = source.images[rows]
    real[rows < 0] = 0  # classes without images, which older runs allow
    return side_by_side(grid(real.numpy()), grid(to_bytes(generated).numpy()))


def _rows_alike(label: Tensor, source: ImageSet) -> Tensor:
    """Choose random row numbers [n] of real images with the given labels [n], without repetition where possible.

    The row is −1 if a class has no images.
    """
    assert source.labels is not None
    rows, order = torch.full_like(label, -1), random_rows(len(source), len(source))
    for number in label.bincount().nonzero().flatten():
        requested, available = (label == number).nonzero().flatten(), order[source.labels[order] == number]
        if len(available):
            rows[requested] = available[torch.arange(len(requested)) % len(available)]
    return rows


def _beside_translations(translations: Translations, source: PairSet) -> list[Tensor]:
    """Return x, its translation and, if known, its true translation; also for y if the run translates back."""
    columns = [source.x, to_bytes(translations.translate(source.x)), source.x_as_y]
    if "back" in translations.ways:
        columns += [source.y, to_bytes(translations.translate(source.y, back=True)), source.y_as_x]
    return _as_many(*columns)


def extent_of(points: Tensor) -> float:
    """Return the half-width of a plot that shows all points with a margin."""
    return 1.25 * float(points.abs().max())
