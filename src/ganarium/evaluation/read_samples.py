"""Loading of images and points for scoring, from files, folders or memory."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.config.base import DataConfig
from ganarium.config.data_files import ArrayConfig, FilesConfig, PictureFilesConfig
from ganarium.config.overrides import data_settings
from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.class_matching import MOST_NAMED, renumbered
from ganarium.data.datasets import ImageSet, PointSet, Split
from ganarium.data.files.arrays import Pictures, image_set
from ganarium.data.files.detect import overrides_for
from ganarium.data.files.folder_or_zip import TRUTH
from ganarium.data.files.in_memory import plain_array
from ganarium.data.files.label_validation import class_names, stored_names, to_labels
from ganarium.data.files.npz import keys_of, read_arrays
from ganarium.data.files.point_files import holds_points, read_points
from ganarium.data.load import load_data
from ganarium.evaluation.samples import Generated, ImageReference, PointReference, Reference

HELD_OUT: tuple[Split, ...] = ("validation", "test")
BINS = 16  # bins for values 0 … 255
CLEARLY = 0.2  # difference between total variation distances that the choice of images cannot explain


def read_samples(samples: Path | Pictures, reference: Reference) -> Generated:
    """Load images or points from a file, a folder or memory, with the requested classes if they are known.

    The classes are the labels in an .npz file, or those in `truth.npz` of a folder whose images are named by their
    row; `ganarium sample` writes both formats. Classes are matched with those of the data by name.

    Images are decoded with the settings of the reference data, such as background and inversion, and are not resized.
    Raises `InputError` for samples that cannot be read, for images whose size differs from that of the data, and for
    images that are evidently inverted already.
    """
    if not isinstance(samples, Path):
        if isinstance(reference, PointSet | PointReference):
            return Generated(_checked_points(plain_array(samples, "points in memory"), "points in memory"))
        images = image_set(samples).images
        inverted = _decoding(ArrayConfig, reference).get("invert", False)
        return Generated(_checked("images in memory", images.bitwise_not() if inverted else images, reference))
    if holds_points(samples):
        return Generated(torch.from_numpy(read_points(samples)))
    settings = data_settings(overrides_for(str(samples.absolute())))
    if isinstance(settings, PictureFilesConfig):
        files = _files(samples, settings, reference)
        return Generated(_checked(str(samples), files.images, reference), _requested_by_row(samples, files, reference))
    whole = _updated(settings, _decoding(type(settings), reference) | {"held_out": 0, "empty_classes": "keep"})
    loaded = load_data(whole)
    _warn_of_other_splits(samples, whole)
    if isinstance(loaded, PointSet):
        return Generated(loaded.fixed)
    assert isinstance(loaded, ImageSet)
    _warn_of_notes(samples, loaded)
    return Generated(
        _checked(str(samples), loaded.images, reference), _requested(samples, loaded.labels, loaded.classes, reference)
    )


def _requested(place: Path, labels: Tensor | None, classes: Sequence[str], reference: Reference) -> Tensor | None:
    """Return the requested classes, int64 [n], numbered as in the data; None if the data lack one of the classes."""
    if labels is None or not isinstance(reference, ImageReference) or reference.train.labels is None:
        return None
    if unknown := sorted(set(classes) - set(reference.train.classes)):
        logging.getLogger("ganarium").warning(
            "%s: the labels are ignored, because data=%s lacks the classes %s; classes are matched by name",
            place,
            reference.train.name,
            listed(unknown, MOST_NAMED),
        )
        return None
    return renumbered(labels, classes, reference.train.classes)


def _requested_by_row(folder: Path, loaded: ImageSet, reference: Reference) -> Tensor | None:
    """Return the requested classes for a folder, from `truth.npz` and the numbers in the names of its images."""
    truth = folder / TRUTH
    names = [PurePosixPath(name).stem for name in loaded.origin.names] if loaded.origin else []
    if not truth.is_file() or not {"labels", "classes"} <= set(keys_of(truth)):
        return None
    stored = read_arrays(truth, ("labels", "classes"))
    labels = to_labels(stored["labels"], None, str(truth))
    classes = class_names(stored_names(stored["classes"], str(truth)), [labels], str(truth))
    if not all(map(str.isdecimal, names)) or sorted(map(int, names)) != list(range(len(labels))):
        return None
    return _requested(truth, torch.from_numpy(labels)[list(map(int, names))], classes, reference)


def _files(place: Path, settings: PictureFilesConfig, reference: Reference) -> ImageSet:
    if not isinstance(reference, ImageReference):
        raise InputError(f"{place}: contains images, but the reference data are points; pass points as an .npz file")
    channels, height, width = reference.train.shape
    alike = {"size": (height, width), "colour": "grey" if channels == 1 else "rgb", "labels": "none", "held_out": 0}
    whole = _updated(settings, _decoding(type(settings), reference) | alike)
    loaded = load_data(whole)
    _warn_of_other_splits(place, whole)
    if not isinstance(loaded, ImageSet):
        raise InputError(f"{place} contains two domains for translation; pass the folder of one domain")
    sizes = loaded.origin.sizes if loaded.origin else {}
    others = [f"{h}×{w}" for h, w in sizes if (h, w) != (height, width)]
    if others:
        raise InputError(
            f"{place}: images of {listed(others)} pixels do not match data={reference.train.name} of {height}×{width}: "
            "nothing is resized for scoring; generate images of the data's size"
        )
    _warn_of_notes(place, loaded)
    return loaded


def _updated(settings: DataConfig, values: Mapping[str, Any]) -> DataConfig:
    """Return a copy of the settings with the given values, ignoring names that this type of data set lacks."""
    known = {name: value for name, value in values.items() if name in type(settings).model_fields}
    return type(settings).model_validate(settings.model_dump() | known)


def _decoding(config: type[DataConfig], reference: Reference) -> dict[str, Any]:
    """Return the decoding settings of the reference images that this type of data set also has."""
    if not isinstance(reference, ImageReference) or not isinstance(reference.settings, FilesConfig):
        return {}
    return {name: value for name, value in reference.settings.decoding_settings.items() if name in config.model_fields}


def _warn_of_other_splits(place: Path, settings: DataConfig) -> None:
    """Warn about samples in a file or folder that are not scored because they belong to another split."""
    for split in HELD_OUT:
        try:
            count = len(load_data(settings, split))
        except InputError:
            continue
        logging.getLogger("ganarium").warning(
            "%s: only the training split is scored, not the %d %s samples", place, count, split
        )


def _warn_of_notes(place: Path, loaded: ImageSet) -> None:
    for sentence in loaded.origin.messages if loaded.origin else ():
        logging.getLogger("ganarium").warning("%s: %s", place, sentence)


def _checked(where: str, images: Tensor, reference: Reference) -> Tensor:
    """Return the images unchanged. Raises `InputError` if their values are evidently not on the data's scale.

    Examples are masks of 0 and 1, and images that match the data only if they are not inverted like the data.
    """
    if isinstance(reference, ImageReference) and int(images.max()) == 1 < int(reference.train.images.max()):
        raise InputError(
            f"{where}: its values are 0 and 1, but those of data={reference.train.name} go up to "
            f"{int(reference.train.images.max())}; multiply the images by 255"
        )
    if not isinstance(reference, ImageReference) or not _decoding(ArrayConfig, reference).get("invert"):
        return images
    real = _histogram(reference.train.images)
    decoded, inverted = ((_histogram(each) - real).abs().sum() / 2 for each in (images, images.bitwise_not()))
    if inverted + CLEARLY < decoded:
        raise InputError(
            f"{where}: data.invert=true inverts the data and the samples scored against them, but these images already "
            "look like the inverted data; write samples of a run with ganarium sample --invert"
        )
    return images


def _histogram(images: Tensor) -> Tensor:
    """Return the shares of values in equal bins, float [BINS]."""
    return torch.bincount((images.flatten() // (256 // BINS)).long(), minlength=BINS) / images.numel()


def _checked_points(points: NDArray[Any], where: str) -> Tensor:
    """Return points as float32 [n, d]. Raises `InputError` for other arrays."""
    if points.ndim != 2 or points.dtype.kind != "f" or not np.isfinite(points).all():
        raise InputError(f"{where}: points have shape {points.shape}, type {points.dtype}; pass finite floats [n, d]")
    return torch.from_numpy(points.astype(np.float32))
