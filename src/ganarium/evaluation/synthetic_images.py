"""Scores of synthetic images by their content: share of valid images, and distances between property distributions."""

from collections.abc import Callable, Iterator
from importlib import import_module
from math import isfinite

import numpy as np
import torch
from torch import Tensor

from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.cache import cached_tensors
from ganarium.evaluation.samples import Generated, ImageReference, shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import GROUPS, jackknifed, share
from ganarium.metrics.shapes.base import Bytes, Floats, ShapeReading
from ganarium.metrics.shapes.property_distances import distance, distances, shares

VERSION = 1  # of the readers, which stay fixed while recipes are tuned with them
VALID = "valid"
FEWEST = 2 * GROUPS  # valid images, for the standard error of a distance
READERS = {  # modules of `metrics.shapes` by name of data set
    "points": "plus_marks",
    "lines": "lines",
    "polygons": "polygons",
    "puzzles": "puzzles",
    "figures": "figures",
}


def reader_of(data: str) -> Callable[[Bytes], ShapeReading]:
    """Import and return the function that measures the content of this data set's images, uint8 [n, C, H, W]."""
    read: Callable[[Bytes], ShapeReading] = import_module(f"ganarium.metrics.shapes.{READERS[data]}").read
    return read


def score_structure(generated: Generated, reference: ImageReference) -> Iterator[Score]:
    """Yield scores of the content of images: validity, the properties of valid images, and ink.

    The score of a property, and of the ink of all images, is the distance between its generated and real values.
    """
    name, n = f"{reference.train.name}-reader-{VERSION}", len(generated)
    fake = reader_of(reference.train.name)(generated.samples.numpy())
    held_out = _cached_reading(reference.held_out, len(reference.held_out))
    stand_in = _cached_reading(reference.train, n)
    faults = ", ".join(
        f"{word} {part:.1%}" for word, part in sorted(shares(fake).items(), key=lambda each: -each[1]) if word
    )
    valid = share(torch.from_numpy(fake.valid))
    yield Score(
        f"valid/{name}",
        valid.value,
        float(np.mean(stand_in.valid)),
        n,
        f"share of valid images, higher is better{f'; {faults}' if faults else ''}",
        valid.error,
        reference.against,
    )
    floors = distances(held_out, stand_in)
    for what, value in distances(held_out, fake).items():
        if isfinite(value):  # not finite if no image is valid
            whole = held_out.values[what].dtype.kind == "i"
            note = "total variation" if whole else "Wasserstein distance over the standard deviation of real images"
            yield Score(
                f"{what.replace(' ', '-')}/{name}",
                value,
                floors[what],
                n,
                f"{what} of valid images: {note}, lower is better",
                _distance_error(what, held_out, fake),
                reference.against,
            )


def score_ink(generated: Generated, reference: ImageReference) -> Iterator[Score]:
    """Yield the distance between the amounts of ink in generated and in real images, valid or not."""
    real, fake = ink(reference.held_out.images), ink(generated.samples)
    stand_in = ink(reference.train.subset(len(generated)).images)
    value = jackknifed(lambda some: distance(real, some.numpy()), shuffled(torch.from_numpy(fake), "fake"))
    yield Score(
        "ink/pixels",
        value.value,
        distance(real, stand_in),
        len(generated),
        "mean brightness of an image: Wasserstein distance over the standard deviation of real images, lower is better",
        value.error,
        reference.against,
    )


def ink(images: Tensor) -> Floats:
    """Return the mean brightness of each image uint8 [n, C, H, W] over its pixels and channels, [n] in [0, 1]."""
    return (images.flatten(1).float().mean(1).double() / 255).numpy()


def _distance_error(what: str, real: ShapeReading, fake: ShapeReading) -> float | None:
    """Return the standard error of the distance between one value's distributions; None for few valid images."""
    rows = shuffled(torch.from_numpy(np.flatnonzero(fake.valid)), "fake")
    if len(rows) < FEWEST:
        return None
    known, values, period = real.values[what][real.valid], fake.values[what], real.periods.get(what)
    error = jackknifed(lambda some: distance(known, values[some.numpy()], period), rows).error
    return error if isfinite(error) else None


def _cached_reading(data: ImageSet, n: int) -> ShapeReading:
    """Return the properties of n random images, computed or loaded from a cache without descriptions of faults."""
    read, images = reader_of(data.name), data.subset(n).images.numpy()

    def compute() -> dict[str, Tensor]:
        reading = read(images)
        arrays = dict(reading.values) | {VALID: reading.valid}
        return {name: torch.from_numpy(values) for name, values in arrays.items()}

    tensors = cached_tensors(f"{data.name}-reader-{VERSION}-{data.hash[:16]}-{len(images)}-random", compute)
    empty = read(images[:0])  # supplies the order and periods of the values, which the file lacks
    values = {name: tensors[name].numpy() for name in empty.values}
    return ShapeReading(tensors[VALID].numpy(), np.full(len(images), ""), values, empty.periods)
