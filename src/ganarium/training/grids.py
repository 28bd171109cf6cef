"""Pictures of what a run learns from and of what it makes."""

import torch
from PIL import Image
from torch import Tensor

from ganarium.data.batches import to_bytes
from ganarium.data.datasets import ImageSet, PairSet, PointSet, Source, random_rows
from ganarium.plotting.clouds import cloud
from ganarium.plotting.pictures import grid, side_by_side
from ganarium.training.sampler import Sampler
from ganarium.training.translations import Translations

PICTURES, ROWS, POINTS = 64, 8, 2_000
FARTHEST = 4.0  # times the real points' half-width that is shown


def picture_of_data(source: Source) -> Image.Image:
    """Draw pictures of a set, chosen at random, or a cloud of its points."""
    if isinstance(source, PointSet):
        points = source.subset(POINTS).fixed
        return cloud(points.numpy(), extent=extent_of(points))
    if isinstance(source, PairSet):
        return _in_columns(_beside_answers(source.subset(ROWS * ROWS)), ROWS)
    return grid(source.subset(PICTURES).images.numpy())


def _beside_answers(source: PairSet) -> list[Tensor]:
    """x, what x is as y, y, and what y is as x; without the answers where they are not known."""
    return _as_many(source.x, source.x_as_y, source.y, source.y_as_x)


def _as_many(*columns: Tensor | None) -> list[Tensor]:
    """Those pictures that are there, of each as many as of the fewest."""
    known = [pictures for pictures in columns if pictures is not None]
    n = min(map(len, known))
    return [pictures[:n] for pictures in known]


def _in_columns(columns: list[Tensor], times: int) -> Image.Image:
    """A grid of pictures [n, C, H, W] from each column in turn, so many times side by side."""
    return grid(torch.stack(columns, dim=1).flatten(0, 1).numpy(), columns=times * len(columns))


def picture_of_samples(sampler: Sampler | Translations, source: Source, seed: int = 0) -> Image.Image:
    """Samples from fixed noise: a column for each class where labels are told, points before those of the data.

    Of translations: pictures, what is made of them, and the answers where they are known, side by side.
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


def picture_beside_real(made: Tensor, label: Tensor | None, source: Source) -> Image.Image:
    """Real pictures on the left, of the same classes where labels were told, and generated ones on the right.

    made: float [n, C, H, W] in [0, 1] with int64 [n] labels, or points [n, d], which are drawn before real ones.
    """
    if isinstance(source, PointSet):
        real = source.subset(len(made)).fixed
        extent = min(extent_of(torch.cat([real, made])), FARTHEST * extent_of(real))
        return cloud(made.numpy(), real.numpy(), extent)
    assert isinstance(source, ImageSet)
    rows = random_rows(len(source), len(made)) if label is None else _rows_alike(label, source)
    real = source.images[rows]
    real[rows < 0] = 0  # of a class without pictures, which older runs may be asked for
    return side_by_side(grid(real.numpy()), grid(to_bytes(made).numpy()))


def _rows_alike(label: Tensor, source: ImageSet) -> Tensor:
    """Choose rows [n] of real pictures with these labels [n] at random, each once before any comes again.

    −1 where a class has none.
    """
    assert source.labels is not None
    rows, order = torch.full_like(label, -1), random_rows(len(source), len(source))
    for number in label.bincount().nonzero().flatten():
        asked, there = (label == number).nonzero().flatten(), order[source.labels[order] == number]
        if len(there):
            rows[asked] = there[torch.arange(len(asked)) % len(there)]
    return rows


def _beside_translations(translations: Translations, source: PairSet) -> list[Tensor]:
    """x, what is made of x, what x is as y; the same of y where there is a way back; only known answers."""
    columns = [source.x, to_bytes(translations.translate(source.x)), source.x_as_y]
    if "back" in translations.ways:
        columns += [source.y, to_bytes(translations.translate(source.y, back=True)), source.y_as_x]
    return _as_many(*columns)


def extent_of(points: Tensor) -> float:
    """A half-width that shows the points with some air."""
    return 1.25 * float(points.abs().max())
