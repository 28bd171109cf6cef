"""Training images that are nearest to a generated one, compared pixel by pixel."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ganarium.core.errors import EmptySplitError, InputError
from ganarium.data.batches import blocks_of
from ganarium.data.datasets import ImageSet, random_rows
from ganarium.data.load import load_data
from ganarium.runs.directory import Run
from ganarium.training.loop import data_of

BLOCK = 4_096  # images compared at once
HELD_OUT = 128  # images from which the typical distance is computed
NEAREST = 8


@dataclass(frozen=True)
class NearestImages:
    """The k training images nearest to an image, uint8 [k, C, H, W], their distances [k] and their rows.

    Distances are root mean squares of differences of pixels in [0, 1].
    """

    images: Tensor
    distances: Tensor
    rows: list[int]


class TrainingImages:
    """The training images of a run, with the distance that is typical for images that were held out.

    typical: median distance of held-out images to their nearest training images; None without held-out images
    """

    def __init__(self, run: Run) -> None:
        source = data_of(run)
        if not isinstance(source, ImageSet):
            raise InputError(f"{run}: nearest training images exist only for runs on images")
        self.images, self.labels, self.classes = source.images, source.labels, source.classes
        self.typical = _typical(run, source)

    def nearest(self, image: Tensor, k: int = NEAREST) -> NearestImages:
        """Return the training images nearest to an image [C, H, W] in [0, 1], the first of equal ones first."""
        distances = root_mean_squares(image[None], self.images)[0]
        found = torch.sort(distances, stable=True)
        rows = found.indices[:k]
        return NearestImages(self.images[rows], found.values[:k], rows.tolist())


def root_mean_squares(images: Tensor, others: Tensor) -> Tensor:
    """Return the root mean square differences [n, m] between images [n, …] in [0, 1] and others, uint8 [m, …].

    Equal images have distance 0.
    """
    rows = images.flatten(1).float()
    parts = []
    for block in blocks_of(others, BLOCK):
        known = block.flatten(1).float() / 255
        parts.append(torch.stack([(known - row).square().mean(1).sqrt() for row in rows]))
    return torch.cat(parts, 1)


def _typical(run: Run, train: ImageSet) -> float | None:
    for split in ("validation", "test"):
        try:
            held_out = load_data(run.experiment.data, split)
        except (EmptySplitError, InputError):
            continue
        if isinstance(held_out, ImageSet) and held_out.shape == train.shape and len(held_out):
            chosen = held_out.images[random_rows(len(held_out), min(HELD_OUT, len(held_out)))]
            return float(_smallest(chosen, train.images).median())
    return None


def _smallest(images: Tensor, others: Tensor) -> Tensor:
    """Return the distance from each image, uint8 [n, …], to the nearest other, by products of pixels."""
    rows = images.flatten(1).float() / 255
    least = torch.full((len(rows),), torch.inf)
    for block in blocks_of(others, BLOCK):
        known = block.flatten(1).float() / 255
        squares = torch.addmm(known.square().sum(1), rows, known.T, alpha=-2) + rows.square().sum(1)[:, None]
        least = torch.minimum(least, squares.amin(1))
    return (least.clamp_min(0) / rows.shape[1]).sqrt()
