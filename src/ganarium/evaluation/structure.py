"""Scores of drawn pictures by their content: the share that is valid, and the distribution of what they show."""

from collections.abc import Callable, Iterator
from importlib import import_module
from math import isfinite

import numpy as np
import torch
from torch import Tensor

from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.cache import kept_tensors
from ganarium.evaluation.samples import Made, Real
from ganarium.evaluation.scores import Score
from ganarium.metrics.estimate import share
from ganarium.metrics.shapes.base import Bytes, ShapeReading
from ganarium.metrics.shapes.distance import distances, shares

VERSION = 1  # of the readers, which stay fixed while recipes are tuned with them
VALID = "valid"
READERS = ("points", "lines", "polygons", "puzzles", "figures")


def reader_of(kind: str) -> Callable[[Bytes], ShapeReading]:
    """Return the reader of uint8 [n, C, H, W] pictures of this kind, importing its dependencies on demand."""
    read: Callable[[Bytes], ShapeReading] = import_module(f"ganarium.metrics.shapes.{kind}").read
    return read


def judge_structure(made: Made, real: Real) -> Iterator[Score]:
    """Yield the share of valid pictures and, for each property, the distance of its distribution to the real one."""
    name, n = f"{real.train.name}-reader-{VERSION}", len(made)
    fake = reader_of(real.train.name)(made.samples.numpy())
    held_out, stand_in = _reading_of(real.held_out, len(real.held_out)), _reading_of(real.train, n)
    faults = ", ".join(
        f"{word} {part:.1%}" for word, part in sorted(shares(fake).items(), key=lambda each: -each[1]) if word
    )
    valid = share(torch.from_numpy(fake.valid))
    yield Score(
        f"valid/{name}",
        valid.value,
        float(np.mean(stand_in.valid)),
        n,
        f"share of pictures that read cleanly, higher is better{f'; {faults}' if faults else ''}",
        valid.error,
        real.against,
    )
    usual = distances(held_out, stand_in)
    for what, apart in distances(held_out, fake).items():
        if isfinite(apart):  # nothing was read if no picture is valid
            whole = held_out.values[what].dtype.kind == "i"
            note = "total variation" if whole else "Wasserstein distance over the real spread"
            yield Score(
                f"{what.replace(' ', '-')}/{name}",
                apart,
                usual[what],
                n,
                f"{what} as read in valid pictures: {note}, lower is better",
                against=real.against,
            )


def _reading_of(data: ImageSet, n: int) -> ShapeReading:
    """Read n random pictures of a data set, or load the cached result, which omits the texts of the faults."""
    read, images = reader_of(data.name), data.subset(n).images.numpy()

    def tensors() -> dict[str, Tensor]:
        found = read(images)
        return {name: torch.from_numpy(values) for name, values in (dict(found.values) | {VALID: found.valid}).items()}

    kept = kept_tensors(f"{data.name}-reader-{VERSION}-{data.hash[:16]}-{len(images)}-random", tensors)
    nothing = read(images[:0])  # supplies the order and periods, which the file does not store
    values = {name: kept[name].numpy() for name in nothing.values}
    return ShapeReading(kept[VALID].numpy(), np.full(len(images), ""), values, nothing.periods)
