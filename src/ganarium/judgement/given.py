"""Pictures or points from anywhere, to be judged as if a run had made them."""

from pathlib import Path

import numpy as np
import torch

from ganarium.core.errors import InputError
from ganarium.core.settings.own import PictureFiles
from ganarium.core.text import listed
from ganarium.core.words import data_settings
from ganarium.data.own.arrays import Pictures, image_set
from ganarium.data.own.kinds import words_for
from ganarium.data.own.npz import SUFFIXES, keys_of, read_arrays
from ganarium.data.sets import ImageSet, PointSet
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
    settings = data_settings(words_for(str(samples.absolute())))
    if isinstance(settings, PictureFiles):
        return Made(_files(samples, settings, by))
    found = load_data(settings.model_copy(update={"held_out": 0} if "held_out" in type(settings).model_fields else {}))
    if isinstance(found, PointSet):
        return Made(found.first(len(found)))
    assert isinstance(found, ImageSet)
    alike = isinstance(by, Real) and found.classes == by.train.classes
    return Made(found.images, found.labels if alike else None)


def _files(place: Path, settings: PictureFiles, by: Standard) -> torch.Tensor:
    if not isinstance(by, Real):
        raise InputError(f"{place}: pictures, to be judged by data that are none; points go into an npz file")
    channels, height, width = by.train.shape
    colour = "grey" if channels == 1 else "rgb"
    alike = {"size": (height, width), "colour": colour, "labels": "none", "held_out": 0}
    fields = type(settings).model_fields
    found = load_data(settings.model_copy(update={name: value for name, value in alike.items() if name in fields}))
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
