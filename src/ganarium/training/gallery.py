"""Pictures of what a run learns from and of what it makes."""

import torch
from PIL import Image
from torch import Tensor

from ganarium.data.feed import to_bytes
from ganarium.data.sets import ImageSet, PairSet, PointSet, Source
from ganarium.draw.clouds import cloud
from ganarium.draw.pictures import grid, side_by_side
from ganarium.training.sampler import Sampler
from ganarium.training.translations import Translations

PICTURES, ROWS, POINTS = 64, 8, 2_000
FARTHEST = 4.0  # times the real points' half-width that is shown


def picture_of_data(source: Source) -> Image.Image:
    """The first pictures of a set, or a cloud of its points."""
    if isinstance(source, PointSet):
        points = source.first(POINTS)
        return cloud(points.numpy(), extent=extent_of(points))
    if isinstance(source, PairSet):
        return _in_columns(_beside_answers(source), ROWS)
    return grid(source.images[:PICTURES].numpy())


def _beside_answers(source: PairSet) -> list[Tensor]:
    """x, what x is as y, y, and what y is as x; without the answers where they are not known."""
    n = min(ROWS * ROWS, len(source.x), len(source.y))
    columns = (source.x, source.x_as_y, source.y, source.y_as_x)
    return [pictures[:n] for pictures in columns if pictures is not None]


def _in_columns(columns: list[Tensor], times: int) -> Image.Image:
    """A grid of pictures [n, C, H, W] from each column in turn, so many times side by side."""
    return grid(torch.stack(columns, dim=1).flatten(0, 1).numpy(), columns=times * len(columns))


def picture_of_samples(sampler: Sampler | Translations, source: Source, seed: int = 0) -> Image.Image:
    """Samples from fixed noise: a column for each class where labels are told, points before those of the data.

    Of translations: pictures, what is made of them, and the answers where they are known, side by side.
    """
    if isinstance(sampler, Translations):
        assert isinstance(source, PairSet)
        return _in_columns(_beside_translations(sampler, source), 2)
    if isinstance(source, ImageSet):
        columns = len(sampler.trained) or None
        n = ROWS * columns if columns else PICTURES
        return grid(to_bytes(sampler.sample(n, seed=seed)).numpy(), columns)
    real = source.first(POINTS)
    return cloud(sampler.sample(POINTS, seed=seed).numpy(), real.numpy(), extent_of(real))


def picture_beside_real(made: Tensor, label: Tensor | None, source: Source) -> Image.Image:
    """Real pictures on the left, of the same classes where labels were told, and generated ones on the right.

    made: float [n, C, H, W] in [0, 1] with int64 [n] labels, or points [n, d], which are drawn before real ones.
    """
    if isinstance(source, PointSet):
        real = source.first(len(made))
        extent = min(extent_of(torch.cat([real, made])), FARTHEST * extent_of(real))
        return cloud(made.numpy(), real.numpy(), extent)
    assert isinstance(source, ImageSet)
    rows = torch.arange(len(made)) % len(source) if label is None else _rows_alike(label, source)
    real = source.images[rows]
    real[rows < 0] = 0  # of a class without pictures, which older runs may be asked for
    return side_by_side(grid(real.numpy()), grid(to_bytes(made).numpy()))


def _rows_alike(label: Tensor, source: ImageSet) -> Tensor:
    """Rows [n] of real pictures with these labels [n], each class from its first picture on; −1 where it has none."""
    assert source.labels is not None
    rows = torch.full_like(label, -1)
    for number in label.bincount().nonzero().flatten():
        asked, there = (label == number).nonzero().flatten(), (source.labels == number).nonzero().flatten()
        if len(there):
            rows[asked] = there[torch.arange(len(asked)) % len(there)]
    return rows


def _beside_translations(translations: Translations, source: PairSet) -> list[Tensor]:
    """x, what is made of x, what x is as y; the same of y where there is a way back; only known answers."""
    n = min(2 * ROWS, len(source.x), len(source.y))
    columns = [source.x[:n], to_bytes(translations.translate(source.x[:n])), source.x_as_y]
    if "back" in translations.ways:
        columns += [source.y[:n], to_bytes(translations.translate(source.y[:n], back=True)), source.y_as_x]
    return [pictures[:n] for pictures in columns if pictures is not None]


def extent_of(points: Tensor) -> float:
    """A half-width that shows the points with some air."""
    return 1.25 * float(points.abs().max())
