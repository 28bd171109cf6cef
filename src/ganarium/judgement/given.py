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
        return Made(_in_range(image_set(samples).images, by, "array"))
    if samples.suffix.lower() in SUFFIXES and POINTS in keys_of(samples):
        return Made(_points(samples))
    if samples.suffix.lower() in SUFFIXES:
        found = load_data(Array(array=str(samples), held_out=0))
        assert isinstance(found, ImageSet)
        alike = isinstance(by, Real) and found.classes == by.train.classes
        return Made(_in_range(found.images, by, str(samples)), found.labels if alike else None)
    return Made(_in_range(_files(samples, by), by, str(samples)))


def _in_range(images: torch.Tensor, by: Standard, where: str) -> torch.Tensor:
    """The same pictures, unless they are masks of 0 and 1 that are judged by pictures of 0 to 255."""
    if isinstance(by, Real) and int(images.max()) == 1 < int(by.train.images.max()):
        raise InputError(
            f"{where}: the values are 0 and 1, those of data={by.train.name} go up to "
            f"{int(by.train.images.max())}; multiply the pictures by 255"
        )
    return images


def _files(place: Path, by: Standard) -> torch.Tensor:
    if not isinstance(by, Real):
        raise InputError(f"{place}: pictures, to be judged by data that are none; points go into an npz file")
    channels, height, width = by.train.shape
    colour: Literal["grey", "rgb"] = "grey" if channels == 1 else "rgb"
    found = load_data(Folder(folder=str(place), size=(height, width), colour=colour, labels="none", held_out=0))
    assert isinstance(found, ImageSet)
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
