"""Convert data passed from Python to a data set: arrays, tensors, images, data sets and iterables of batches."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from torch.utils.data import IterableDataset

from ganarium.config.data_files import LARGEST, MOST_DIMENSIONS, SMALLEST
from ganarium.core.errors import InputError, UsageError
from ganarium.data.datasets import Card, ImageSet, PointSet
from ganarium.data.files.arrays import Labels, image_set
from ganarium.data.files.in_memory import plain_array
from ganarium.data.files.label_validation import names_a_folder
from ganarium.data.files.mapped import write_mapped
from ganarium.data.files.point_files import to_points
from ganarium.data.items import Transform, read_batches, read_dataset, read_stream
from ganarium.data.stacking import Items

ACCEPTED = (
    "pass a name, a path, an array, a tensor, Pillow images, a pair (x, y), a data set with __len__ and __getitem__, "
    "or an iterable of batches"
)


@dataclass(frozen=True)
class LargeImages:
    """Samples [n, …] of images in a memory-mapped file, not yet converted, with their labels and names of classes."""

    samples: NDArray[Any]
    labels: NDArray[Any] | None
    classes: Sequence[str]
    name: str

    def write(self, folder: Path, held_out: float) -> Path:
        """Convert the samples and write them to a memory-mapped file in `folder`; return its path.

        held_out: fraction that will be held out, which determines the order in the file
        """
        return write_mapped(folder, self.samples, self.labels, self.classes, self.name, held_out)


@overload
def given_data(
    data: Any, labels: Labels | None = None, transform: Transform | None = None, name: str = "data"
) -> ImageSet | PointSet: ...


@overload
def given_data(
    data: Any, labels: Labels | None, transform: Transform | None, name: str, scratch: Path
) -> ImageSet | PointSet | LargeImages: ...


def given_data(
    data: Any,
    labels: Labels | None = None,
    transform: Transform | None = None,
    name: str = "data",
    scratch: Path | None = None,
) -> ImageSet | PointSet | LargeImages:
    """Return data passed from Python as a set of images or points in memory.

    data: images as in `image_set`; points [n, d], d ≤ 64; a pair (x, y) of one of these and integer labels [n]; a
        map-style data set of x or (x, y); or an iterable of batches, which is read once to its end
    labels: integers [n]; None if there are none or the data contain them
    transform: applied once to each item
    scratch: file for the images of a map-style data set that do not fit into memory; otherwise, they are refused

    Labels of points are ignored with a warning. Raises `UsageError` for other objects, and `InputError`, prefixed with
    `name`, for invalid data.
    """
    x, y = _parts(data)
    if y is not None and labels is not None:
        raise UsageError("labels=…: the data are a pair (x, y) that contains labels; leave out labels=…")
    labels = y if labels is None else labels
    if _is_in_memory(x) and transform is None:
        array = None if _holds_pillow(x) else plain_array(x, name)
        return _source(x, labels, (), name, are_points=array is not None and _are_points(array, name))
    items = _read(x, f"{name} ({type(x).__name__})", transform, scratch)
    if items.labels is not None and labels is not None:
        raise UsageError("labels=…: the items are pairs (x, y) that contain labels; leave out labels=…")
    labels = items.labels if labels is None else labels
    if isinstance(items.samples, list):
        return _source(items.samples, labels, _class_names(x), name, are_points=False)
    if items.samples.ndim <= 2 and items.samples[0].size <= MOST_DIMENSIONS:
        return _source(items.samples, labels, (), name, are_points=True)
    images = items.samples[:, None] if items.samples.ndim == 3 else items.samples
    if isinstance(images, np.memmap):
        return LargeImages(images, None if labels is None else plain_array(labels, name), _class_names(x), name)
    return _source(images, labels, _class_names(x), name, are_points=False)


def points_of(data: Any, name: str = "data") -> PointSet:
    """Return numbers [n, d] in memory as points; raises `InputError` if there are none, or all are equal."""
    points = to_points(plain_array(data, name), name)
    n = len(points)
    if not n:
        raise InputError(f"{name}: the array is empty; pass at least one point")
    if n > 1 and (points == points[0]).all():
        raise InputError(f"{name}: all {n:,} points are equal, and equal points share a split; pass points that differ")
    return PointSet("coordinates", None, torch.from_numpy(points), Card(name, "", "", "Your own points, from memory."))


def _parts(data: Any) -> tuple[Any, Any]:
    """Split a pair (x, y), where y has one number for each item of x; the labels of other data are None."""
    if not (isinstance(data, tuple) and len(data) == 2):
        return data, None
    x, y = data
    is_column = y.ndim == 1 if isinstance(y, np.ndarray | Tensor) else _are_numbers(y)
    if not is_column or _are_numbers(x) or not hasattr(x, "__len__"):
        return data, None
    if len(x) != len(y):
        raise InputError(f"data: a pair of {len(x):,} samples and {len(y):,} labels; pass one label for each sample")
    return x, y


def _are_numbers(values: Any) -> bool:
    """Return whether a value is a list of numbers, judged by the first."""
    return isinstance(values, list) and all(isinstance(value, int | float | np.number) for value in values[:1])


def _is_in_memory(data: Any) -> bool:
    """Return whether data are arrays, tensors, lists of them, or Pillow images, which are not read item by item."""
    if isinstance(data, list | tuple):
        return not any(isinstance(item, tuple) for item in data[:1])
    return isinstance(data, np.ndarray | Tensor | Image.Image | Sequence) or hasattr(data, "__array__")


def _read(data: Any, where: str, transform: Transform | None, scratch: Path | None) -> Items:
    if isinstance(data, IterableDataset):
        return read_stream(data, where, transform)
    if not isinstance(data, Mapping | str | bytes | set):
        if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
            return read_dataset(data, where, transform, scratch)
        if isinstance(data, Iterable):
            return read_batches(data, where, transform)
    raise UsageError(f"data={type(data).__name__}: this type is not supported; {ACCEPTED}")


def _class_names(dataset: Any) -> Sequence[str]:
    """Return the class names in the attribute `classes`, as in torchvision, if they can be names of folders."""
    names = getattr(dataset, "classes", ())
    if not isinstance(names, list | tuple) or len(set(map(str, names))) < len(names):
        return ()
    return names if all(isinstance(name, str) and names_a_folder(name) for name in names) else ()


def _source(x: Any, labels: Any, names: Sequence[str], name: str, *, are_points: bool) -> ImageSet | PointSet:
    """Return samples in memory as images or points; `names` of classes are used if there is one for each label."""
    if are_points:
        if labels is not None:
            logging.getLogger("ganarium").warning("%s: the labels are ignored, because the data are points", name)
        return points_of(x, name)
    known = names if labels is not None and len(names) > int(np.max(plain_array(labels, name), initial=0)) else ()
    return replace(image_set(x, labels, known, name), name="array")


def _holds_pillow(x: Any) -> bool:
    return isinstance(x, Image.Image) or (
        isinstance(x, list | tuple) and any(isinstance(one, Image.Image) for one in x)
    )


def _are_points(array: NDArray[Any], name: str) -> bool:
    """Return whether an array holds points [n] or [n, d]; raises `InputError` if it may also be one image."""
    if array.ndim == 1:
        logging.getLogger("ganarium").warning(
            "%s: an array of %s numbers is read as points in 1 dimension; pass an array [n, d] for other points",
            name,
            f"{len(array):,}",
        )
        return True
    if array.ndim != 2 or array.shape[1] > MOST_DIMENSIONS:
        return False
    if SMALLEST <= len(array) <= LARGEST and array.shape[1] >= SMALLEST:
        raise InputError(
            f"{name}: shape {array.shape[0]}×{array.shape[1]} is ambiguous: points or one image; pass "
            'data={"points": x} for points, x[None] for one image'
        )
    return True
