"""Pictures or points from anywhere, to be judged as if a run had made them."""

import logging
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.settings.own import Array, Folder
from ganarium.core.text import listed
from ganarium.data.classes import MOST_NAMED, renumbered
from ganarium.data.export import TRUTH
from ganarium.data.own.arrays import Pictures, image_set
from ganarium.data.own.labels import class_names, stored_names, to_labels
from ganarium.data.own.npz import SUFFIXES, keys_of, read_arrays
from ganarium.data.sets import ImageSet
from ganarium.judgement.material import Made, Real, Standard
from ganarium.training.assemble import load_data

POINTS = "points"


def given(samples: Path | Pictures, by: Standard) -> Made:
    """Pictures or points of a file, of a folder, or in memory, and the classes that were asked for.

    Those are the labels in an .npz file, and those in `truth.npz` of a folder whose pictures are named by their row, as
    `ganarium sample` writes both. They are matched with the classes of the data by name.

    Raises `InputError` for what cannot be read, and for files of another size than the data's: nothing is resized.
    """
    if not isinstance(samples, Path):
        return Made(image_set(samples).images)
    if samples.suffix.lower() in SUFFIXES and POINTS in keys_of(samples):
        return Made(_points(samples))
    if samples.suffix.lower() in SUFFIXES:
        found = load_data(Array(array=str(samples), held_out=0, empty_classes="keep"))
        assert isinstance(found, ImageSet)
        return Made(found.images, _asked(samples, found.labels, found.classes, by))
    found = _files(samples, by)
    return Made(found.images, _asked_of_rows(samples, found, by))


def _asked(place: Path, labels: Tensor | None, classes: Sequence[str], by: Standard) -> Tensor | None:
    """The classes asked for, int64 [n], numbered as those of the data; None where the data lack one of them."""
    if labels is None or not isinstance(by, Real) or by.train.labels is None:
        return None
    if unknown := sorted(set(classes) - set(by.train.classes)):
        logging.getLogger("ganarium").warning(
            "%s: its labels are not used, since data=%s has no class %s; classes are matched by name",
            place,
            by.train.name,
            listed(unknown, MOST_NAMED),
        )
        return None
    return renumbered(labels, classes, by.train.classes)


def _asked_of_rows(folder: Path, found: ImageSet, by: Standard) -> Tensor | None:
    """The same of a folder, by the labels in `truth.npz` and the numbers that its pictures are named by."""
    truth = folder / TRUTH
    names = [PurePosixPath(name).stem for name in found.origin.names] if found.origin else []
    if not truth.is_file() or not {"labels", "classes"} <= set(keys_of(truth)):
        return None
    stored = read_arrays(truth, ("labels", "classes"))
    labels = to_labels(stored["labels"], None, str(truth))
    classes = class_names(stored_names(stored["classes"], str(truth)), [labels], str(truth))
    if not all(map(str.isdecimal, names)) or sorted(map(int, names)) != list(range(len(labels))):
        return None
    return _asked(truth, torch.from_numpy(labels)[list(map(int, names))], classes, by)


def _files(place: Path, by: Standard) -> ImageSet:
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
    return found


def _points(path: Path) -> torch.Tensor:
    (points,) = read_arrays(path, [POINTS]).values()
    if points.ndim != 2 or points.dtype.kind != "f" or not np.isfinite(points).all():
        raise InputError(f"{path}, {POINTS}: shape {points.shape} and type {points.dtype}; need finite numbers [n, d]")
    return torch.from_numpy(points.astype(np.float32))
