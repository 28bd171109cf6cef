"""Grids and scatter plots of a run's training data and of its samples."""

from collections.abc import Sequence

import torch
from PIL import Image
from torch import Tensor

from ganarium.data.batches import to_bytes
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, random_rows
from ganarium.metrics.principal_axes import principal_axes
from ganarium.plotting.figures import cloud
from ganarium.plotting.images import grid, side_by_side
from ganarium.training.sampler import Sampler
from ganarium.training.translator import Translations

PICTURES, ROWS, POINTS = 64, 8, 2_000
FARTHEST = 4.0  # maximum half-width of a plot, as a multiple of that for the real points
PRINCIPAL = ("first principal axis", "second principal axis")  # labels of the plot of points with more than two axes


def picture_of_data(source: Source) -> Image.Image:
    """Draw a grid of random images from a data set, or a scatter plot of its points."""
    if isinstance(source, PointSet):
        return picture_of_points(source.subset(POINTS).fixed)
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
    return picture_of_points(sampler.sample(POINTS, seed=seed), source.subset(POINTS).fixed)


def picture_beside_real(generated: Tensor, label: Tensor | None, source: Source) -> Image.Image:
    """Draw real images on the left, with the same labels if given, and generated images on the right.

    generated: float [n, C, H, W] in [0, 1] with int64 [n] labels, or points [n, d], drawn in front of real points
    """
    if isinstance(source, PointSet):
        return picture_of_points(generated, source.subset(len(generated)).fixed, farthest=FARTHEST)
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


def picture_of_points(points: Tensor, real: Tensor | None = None, farthest: float = 1.0) -> Image.Image:
    """Draw points [n, d], in front of real points [m, d] if given: a histogram for d = 1, else a scatter plot.

    For d > 2, the plot shows the plane of the first two principal axes of the real points, or of `points` without them.

    farthest: half-width of the plot up to which all points are visible, as a multiple of that for the real points
    """
    if points.shape[1] > 2:
        origin = points if real is None else real
        plane = principal_axes(origin)[:, :2]
        flat = (points - origin.mean(0)) @ plane
        flat_real = None if real is None else (real - origin.mean(0)) @ plane
        return _cloud(flat, flat_real, farthest, PRINCIPAL)
    return _cloud(points, real, farthest)


def _cloud(points: Tensor, real: Tensor | None, farthest: float, axis_labels: Sequence[str] = ()) -> Image.Image:
    if real is None:
        return cloud(points.numpy(), extent=extent_of(points), axis_labels=axis_labels)
    extent = extent_of(real) if farthest <= 1 else min(extent_of(torch.cat([real, points])), farthest * extent_of(real))
    return cloud(points.numpy(), real.numpy(), extent, axis_labels)


def extent_of(points: Tensor) -> float:
    """Return the half-width of a plot that shows all points with a margin."""
    return 1.25 * float(points.abs().max())
