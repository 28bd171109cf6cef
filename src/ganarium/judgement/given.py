"""Pictures or points from anywhere, to be judged as if a run had made them."""

from pathlib import Path
from typing import Literal

import numpy as np
import torch

from ganarium.core.errors import InputError
from ganarium.core.settings.own import Array, Folder
from ganarium.core.text import listed
from ganarium.data.own.arrays import Pictures, image_set
from ganarium.data.own.npz import SUFFIXES, keys_of, read_arrays
from ganarium.data.sets import ImageSet
from ganarium.judgement.material import Made, Real, Standard
from ganarium.training.assemble import load_data

POINTS = "points"


def given(samples: Path | Pictures, by: Standard) -> Made:
    """Pictures or points of a file, of a folder, or in memory; a file's labels are what was asked for.

    Raises `InputError` for what cannot be read, and for files of another size than the data's: nothing is resized.
    """
    if not isinstance(samples, Path):
        return Made(image_set(samples).images)
    if samples.suffix.lower() in SUFFIXES and POINTS in keys_of(samples):
        return Made(_points(samples))
    if samples.suffix.lower() in SUFFIXES:
        found = load_data(Array(array=str(samples), held_out=0))
        assert isinstance(found, ImageSet)
        alike = isinstance(by, Real) and found.classes == by.train.classes
        return Made(found.images, found.labels if alike else None)
    return Made(_files(samples, by))


def _files(place: Path, by: Standard) -> torch.Tensor:
    if not isinstance(by, Real):
        raise InputError(f"{place}: pictures, to be judged by data that are none; points go into an npz file")
    channels, height, width = by.train.shape
    colour: Literal["grey", "rgb"] = "grey" if channels == 1 else "rgb"
    found = load_data(Folder(folder=str(place), size=(height, width), colour=colour, labels="none", held_out=0))
    if not isinstance(found, ImageSet):
        raise InputError(f"{place} holds two domains for translation: name the folder of one")
    sizes = found.origin.sizes if found.origin else {}
    others = [f"{h}×{w}" for h, w in sizes if (h, w) != (height, width)]
    if others:
        raise InputError(
            f"{place}: pictures of {listed(others)} pixels against data={by.train.name} of {height}×{width}: nothing "
            "is resized to be judged; make pictures of the data's own size"
        )
    return found.images


def _points(path: Path) -> torch.Tensor:
    (points,) = read_arrays(path, [POINTS]).values()
    if points.ndim != 2 or points.dtype.kind != "f" or not np.isfinite(points).all():
        raise InputError(f"{path}, {POINTS}: shape {points.shape} and type {points.dtype}; need finite numbers [n, d]")
    return torch.from_numpy(points.astype(np.float32))
