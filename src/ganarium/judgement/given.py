"""Pictures or points from anywhere, to be judged as if a run had made them."""

from pathlib import Path

import numpy as np
import torch

from ganarium.core.errors import InputError
from ganarium.core.settings.own import Array, Folder
from ganarium.data.own.arrays import Pictures, image_set
from ganarium.data.own.npz import SUFFIXES, keys_of, read_arrays
from ganarium.data.sets import ImageSet
from ganarium.judgement.material import Made
from ganarium.training.assemble import load_data

POINTS = "points"


def given(samples: Path | Pictures, by_classes: tuple[str, ...] = ()) -> Made:
    """Pictures or points of a file, of a folder, or in memory; a file's labels are what was asked for.

    Raises `InputError` for what cannot be read.
    """
    if not isinstance(samples, Path):
        return Made(image_set(samples).images)
    if samples.suffix.lower() in SUFFIXES and POINTS in keys_of(samples):
        return Made(_points(samples))
    settings = (
        Array(array=str(samples), held_out=0)
        if samples.suffix.lower() in SUFFIXES
        else Folder(folder=str(samples), held_out=0, labels="none")
    )
    found = load_data(settings)
    assert isinstance(found, ImageSet)
    return Made(found.images, found.labels if found.classes == by_classes else None)


def _points(path: Path) -> torch.Tensor:
    (points,) = read_arrays(path, [POINTS]).values()
    if points.ndim != 2 or points.dtype.kind != "f" or not np.isfinite(points).all():
        raise InputError(f"{path}, {POINTS}: shape {points.shape} and type {points.dtype}; need finite numbers [n, d]")
    return torch.from_numpy(points.astype(np.float32))
