"""Load pictures or points from files, folders or memory for scoring."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.config.files import ArrayConfig, FilesConfig, PictureFilesConfig
from ganarium.config.overrides import data_settings
from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.classes import MOST_NAMED, renumbered
from ganarium.data.datasets import ImageSet, PointSet, Split
from ganarium.data.files.archive import TRUTH
from ganarium.data.files.arrays import Pictures, image_set
from ganarium.data.files.coordinates import holds_points, read_points
from ganarium.data.files.detect import overrides_for
from ganarium.data.files.in_memory import plain_array
from ganarium.data.files.labels import class_names, stored_names, to_labels
from ganarium.data.files.npz import keys_of, read_arrays
from ganarium.data.load import load_data
from ganarium.evaluation.samples import Made, Real, RealPoints, Standard

HELD_OUT: tuple[Split, ...] = ("validation", "test")
BINS = 16  # bins for values 0 … 255
PLAINLY = 0.2  # difference of total variation distances too large to be explained by the choice of pictures


def given(samples: Path | Pictures, by: Standard) -> Made:
    """Load pictures or points from a file, a folder or memory, with the classes that were requested.

    The classes are the labels in an .npz file, or those in `truth.npz` of a folder whose pictures are named by their
    row; `ganarium sample` writes both formats. They are matched with the classes of the data by name.

    Pictures are decoded with the settings of `by`: on the same background, inverted if its pictures are, and so on.
    Raises `InputError` for samples that cannot be read, for pictures of another size than the data's, which are not
    resized, and for pictures that are evidently inverted already.
    """
    if not isinstance(samples, Path):
        if isinstance(by, PointSet | RealPoints):
            return Made(_checked_points(plain_array(samples, "points in memory"), "points in memory"))
        images = image_set(samples).images
        inverted = _treatment(ArrayConfig, by).get("invert", False)
        return Made(_checked("pictures in memory", images.bitwise_not() if inverted else images, by))
    if holds_points(samples):
        return Made(torch.from_numpy(read_points(samples)))
    settings = data_settings(overrides_for(str(samples.absolute())))
    if isinstance(settings, PictureFilesConfig):
        files = _files(samples, settings, by)
        return Made(_checked(str(samples), files.images, by), _asked_of_rows(samples, files, by))
    whole = _with(settings, _treatment(type(settings), by) | {"held_out": 0, "empty_classes": "keep"})
    found = load_data(whole)
    _say_left_out(samples, whole)
    if isinstance(found, PointSet):
        return Made(found.fixed)
    assert isinstance(found, ImageSet)
    _say(samples, found)
    return Made(_checked(str(samples), found.images, by), _asked(samples, found.labels, found.classes, by))


def _asked(place: Path, labels: Tensor | None, classes: Sequence[str], by: Standard) -> Tensor | None:
    """Return the requested classes, int64 [n], numbered as in the data; None if the data lack one of them."""
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
    """Return the requested classes for a folder, from `truth.npz` and the numbers in the names of its pictures."""
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


def _files(place: Path, settings: PictureFilesConfig, by: Standard) -> ImageSet:
    if not isinstance(by, Real):
        raise InputError(f"{place}: pictures, to be judged by data that are none; points go into an npz file")
    channels, height, width = by.train.shape
    alike = {"size": (height, width), "colour": "grey" if channels == 1 else "rgb", "labels": "none", "held_out": 0}
    whole = _with(settings, _treatment(type(settings), by) | alike)
    found = load_data(whole)
    _say_left_out(place, whole)
    if not isinstance(found, ImageSet):
        raise InputError(f"{place} holds two domains for translation: name the folder of one")
    sizes = found.origin.sizes if found.origin else {}
    others = [f"{h}×{w}" for h, w in sizes if (h, w) != (height, width)]
    if others:
        raise InputError(
            f"{place}: pictures of {listed(others)} pixels against data={by.train.name} of {height}×{width}: nothing "
            "is resized to be judged; make pictures of the data's own size"
        )
    _say(place, found)
    return found


def _with(settings: DataConfig, values: Mapping[str, Any]) -> DataConfig:
    """Return the settings, updated with those of the values that this kind of data has."""
    known = {name: value for name, value in values.items() if name in type(settings).model_fields}
    return type(settings).model_validate(settings.model_dump() | known)


def _treatment(kind: type[DataConfig], by: Standard) -> dict[str, Any]:
    """Return the decoding settings of the pictures of `by` that this kind of data also has."""
    if not isinstance(by, Real) or not isinstance(by.settings, FilesConfig):
        return {}
    return {name: value for name, value in by.settings.decoding_settings.items() if name in kind.model_fields}


def _say_left_out(place: Path, settings: DataConfig) -> None:
    """Warn about pictures of a file or folder that belong to another split and are not scored."""
    for split in HELD_OUT:
        try:
            count = len(load_data(settings, split))
        except InputError:
            continue
        logging.getLogger("ganarium").warning(
            "%s: only its training part is scored, not its %d %s samples", place, count, split
        )


def _say(place: Path, found: ImageSet) -> None:
    for sentence in found.origin.messages if found.origin else ():
        logging.getLogger("ganarium").warning("%s: %s", place, sentence)


def _checked(where: str, images: Tensor, by: Standard) -> Tensor:
    """Return the same pictures. Raises `InputError` for values that are evidently not on the data's scale.

    Examples are masks of 0 and 1, and pictures that match the data before the inversion that its settings request.
    """
    if isinstance(by, Real) and int(images.max()) == 1 < int(by.train.images.max()):
        raise InputError(
            f"{where}: the values are 0 and 1, those of data={by.train.name} go up to "
            f"{int(by.train.images.max())}; multiply the pictures by 255"
        )
    if not isinstance(by, Real) or not _treatment(ArrayConfig, by).get("invert"):
        return images
    real = _histogram(by.train.images)
    apart, otherwise = ((_histogram(each) - real).abs().sum() / 2 for each in (images, images.bitwise_not()))
    if otherwise + PLAINLY < apart:
        raise InputError(
            f"{where}: data.invert=true exchanges black and white of the data and of what is judged by them, but these "
            "pictures are like the data without it; samples of a run are so: write them with ganarium sample --invert"
        )
    return images


def _histogram(images: Tensor) -> Tensor:
    """Return the shares of values in equal bins, float [BINS]."""
    return torch.bincount((images.flatten() // (256 // BINS)).long(), minlength=BINS) / images.numel()


def _checked_points(points: NDArray[Any], where: str) -> Tensor:
    """Return points as float32 [n, d]. Raises `InputError` for others."""
    if points.ndim != 2 or points.dtype.kind != "f" or not np.isfinite(points).all():
        raise InputError(f"{where}: shape {points.shape} and type {points.dtype}; need finite numbers [n, d]")
    return torch.from_numpy(points.astype(np.float32))
