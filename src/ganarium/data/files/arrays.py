"""Load images from NumPy and MATLAB files, or from arrays, lists and tensors in memory."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import isqrt
from pathlib import Path
from typing import Any, Literal

import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ganarium.config.data_files import LARGEST, SMALLEST, ArrayConfig
from ganarium.core.errors import InputError
from ganarium.core.escape import printable
from ganarium.data.datasets import Card, ImageSet, Origin, Split
from ganarium.data.files.array_names import Named, named_arrays
from ganarium.data.files.content_splits import digest, limited
from ganarium.data.files.in_memory import array_of_images, plain_array
from ganarium.data.files.label_validation import Numbers, class_names, stored_names, to_labels, used_classes
from ganarium.data.files.mat import SUFFIX as MAT
from ganarium.data.files.mat import read_mat
from ganarium.data.files.npz import keys_of, read_arrays
from ganarium.data.files.pixel_conversion import Messages, Pixels, to_pictures
from ganarium.data.files.split_selection import HELD_OUT, empty_split, inverted, part_for, split_rows

Pictures = NDArray[Any] | Tensor | Image.Image | Sequence[Any]
Labels = NDArray[Any] | Tensor | Sequence[int]
Arrays = Mapping[str, NDArray[Any]]


def load(settings: ArrayConfig, split: Split = "train") -> ImageSet:
    """Load one split of the images in an .npz, .npy or .mat file; `settings.count` limits only the train split.

    The arrays of images, labels and class names are recognized by their names: see `array_names`. Validation and
    test images without a separate array are held out by content: see `split_selection.split_rows`. Classes without
    an image in the file are dropped, unless `settings.empty_classes` is "keep".

    Raises `InputError` when the file or its arrays are invalid, `EmptySplitError` when the split has no images.
    """
    path = Path(settings.array)
    everything, apart = _whole(settings, split)
    contents = [digest(picture.data) for picture in everything.images.numpy()]
    rows = split_rows(split, contents, settings.held_out, apart)
    if split == "train":
        rows = limited(rows, settings.count, settings.subset)
    if not rows:
        raise empty_split(path, split, len(everything), settings.held_out)
    chosen = _taken(everything, list(rows))
    return inverted(chosen) if settings.invert else chosen


def image_set(
    images: Pictures, labels: Labels | None = None, classes: Sequence[str] = (), name: str = "array"
) -> ImageSet:
    """Return a data set with a copy of images in memory.

    images: an array accepted by `to_pictures`, rows [n, side²] of square grey images, or Pillow images of one size
    labels: non-negative integers [n]; None when there are none
    classes: the names of the labels 0, 1, …; by default, each class is named after its number

    Classes without images are dropped: labels 0, 5 and 9 give three classes, named "0", "5" and "9".

    Raises `InputError`, prefixed with `name`, when the images, labels or names are invalid.
    """
    where = f"{name}, labels"
    given = None if labels is None else plain_array(labels, where)
    array, converted = array_of_images(images, name)
    pixels, messages = _pictures(array, name, count=_count(given))
    numbers = None if given is None else to_labels(given, len(pixels), where)
    if numbers is None and len(classes):
        raise InputError(f"{name}: there are class names but no labels; pass labels, or omit the class names")
    names: tuple[str, ...] = ()
    if numbers is not None:
        numbers, names = used_classes(numbers, class_names(classes, [numbers], name), (), "drop")
    card = Card(name, "", "", "Your own images, from memory.")
    return replace(_image_set(pixels.copy(), converted + messages, numbers, names, card), name=name)


def _whole(settings: ArrayConfig, split: Split) -> tuple[ImageSet, Collection[Split]]:
    """Return all images of the part that contains a split, and the splits that have a separate part in the file."""
    path = Path(settings.array)
    keys, read, said_before = _opened(path, settings.names)
    named = named_arrays(path, keys, settings.names)
    apart = [part for part in HELD_OUT if part in named.pictures]
    part = part_for(split, apart)
    image_key, key = named.pictures.get(part), named.labels.get(part)
    if image_key is None:
        present = " and ".join(f"{part} images" for part in named.pictures)
        raise InputError(
            f"{path}: there are {present} but no training images; name the array of training images images_train"
        )
    arrays = read({image_key, *named.labels.values(), *([named.classes] if named.classes else [])})
    _refuse_domains(path, image_key, key, arrays)
    count = (
        len(arrays[image_key]) if part in apart else _count(arrays.get(key or ""))
    )  # otherwise, the labels show how to read the array
    pixels, messages = _pictures(arrays[image_key], _where(path, image_key), settings.decoding, count)
    labels, classes = (None, ()) if key is None else _labels(path, named, arrays, key, len(pixels), settings)
    card = Card(printable(path.name), "", "", f"Your own images, from {printable(str(path))}.")
    return _image_set(pixels, (*said_before, *messages, *named.messages), labels, classes, card), apart


def _refuse_domains(path: Path, image_key: str, other: str | None, arrays: Arrays) -> None:
    """Raise `InputError` when the array named as labels holds images, as in pairs written by `data export`."""
    if other and arrays[image_key].ndim > 2 and arrays[other].ndim > 2:
        raise InputError(
            f"{path}: {image_key} and {other} are the images of two domains, only one of which can be read; save "
            "one of these arrays alone under the name images"
        )


def _opened(
    path: Path, known: Literal["usual", "few"]
) -> tuple[Sequence[str], Callable[[Collection[str]], Arrays], Messages]:
    """Return the names of the arrays in a file, a function that reads some of them, and the applied conversions."""
    if path.suffix.lower() != MAT:
        return keys_of(path), partial(read_arrays, path), ()
    found = read_mat(path, known)
    return tuple(found.arrays), lambda _: found.arrays, found.messages


def _labels(
    path: Path, named: Named, arrays: Arrays, key: str, n: int, settings: ArrayConfig
) -> tuple[Numbers, tuple[str, ...]]:
    """Return the labels [n] of a part, and the class names of all parts."""
    labels = to_labels(arrays[key], n, _where(path, key))
    given = stored_names(arrays[named.classes], _where(path, named.classes)) if named.classes else ()
    every = [to_labels(arrays[each], None, _where(path, each)) for each in named.labels.values()]
    return used_classes(labels, class_names(given, every, str(path)), every, settings.empty_classes)


def _pictures(
    array: NDArray[Any], where: str, decoding: Literal[1, 2] = 2, count: int | None = None
) -> tuple[Pixels, Messages]:
    """Convert an array to images; each row may be a flattened square grey image.

    decoding, count: see `to_pictures`
    """
    side = isqrt(array.shape[1]) if array.ndim == 2 else 0
    square = side > 1 and side * side == array.shape[1]
    if square and side < SMALLEST and len(array) > LARGEST:  # otherwise it may be a single image
        raise InputError(
            f"{where}: rows of {side * side} numbers are {side}×{side} images; height and width must be {SMALLEST} to "
            f"{LARGEST} pixels; resize the images first"
        )
    if not (square and SMALLEST <= side <= LARGEST):
        return to_pictures(array, where, decoding, count)
    pixels, messages = to_pictures(array.reshape(-1, side, side), where, decoding, len(array))
    return pixels, (f"rows of {side * side:,} numbers were read as {side}×{side} grey images, row by row", *messages)


def _image_set(
    pixels: Pixels, messages: Messages, labels: Numbers | None, classes: tuple[str, ...], card: Card
) -> ImageSet:
    n, channels, height, width = pixels.shape
    return ImageSet(
        name="array",
        images=torch.from_numpy(pixels),
        labels=None if labels is None else torch.from_numpy(labels),
        classes=classes,
        card=card,
        origin=Origin(sizes={(height, width): n}, modes={"grey" if channels == 1 else "RGB": n}, messages=messages),
    )


def _count(labels: NDArray[Any] | None) -> int | None:
    """Return the number of images, taken from the labels; None if unknown."""
    return None if labels is None or not labels.ndim else len(labels)


def _where(path: Path, key: str) -> str:
    return f"{path}, {key}" if path.suffix.lower() != ".npy" else str(path)


def _taken(whole: ImageSet, rows: list[int]) -> ImageSet:
    """Return a data set with a copy of the given rows."""
    labels = None if whole.labels is None else whole.labels[rows]
    return replace(whole, images=whole.images[rows], labels=labels)
