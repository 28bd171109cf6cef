"""Pictures in arrays: NumPy's files, or arrays, lists and tensors in memory."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.settings.own import Array
from ganarium.core.text import listed, printable
from ganarium.data.own.in_memory import numbers_of, plain_array
from ganarium.data.own.labels import Numbers, class_names, stored_names, to_labels, used_classes
from ganarium.data.own.npz import keys_of, read_arrays
from ganarium.data.own.pixels import Pixels, Told, to_pictures
from ganarium.data.own.splits import digest, rows_of, split_of
from ganarium.data.sets import Card, ImageSet, Origin, Split

Pictures = NDArray[Any] | Tensor | Image.Image | Sequence[Any]
Labels = NDArray[Any] | Tensor | Sequence[int]

PICTURES, TEST_PICTURES = ("images", "x", "x_train", "data", "arr_0"), ("x_test", "images_test")
LABELS, TEST_LABELS = ("labels", "y", "y_train", "arr_1"), ("y_test", "labels_test")
CLASSES = ("classes",)


def load(settings: Array, split: Split = "train") -> ImageSet:
    """One split of the pictures in an .npz or .npy file; `settings.count` bounds the train split alone.

    An .npz file holds pictures as `images`, `x`, `x_train`, `data` or `arr_0`, and may hold labels as `labels`, `y`,
    `y_train` or `arr_1` and names as `classes`. Test pictures are those of `x_test` or `images_test` if there are
    any, and then half of `settings.held_out` is validation; else half is validation and half test, by content.
    A class of which the file has no picture is left out, unless `settings.empty_classes` is "keep".

    Raises `InputError` when the file or its arrays are not that, `EmptySplitError` when the split has no pictures.
    """
    path = Path(settings.array)
    everything, tested = _whole(settings, split)
    rows: Sequence[int] = range(len(everything))
    if not (tested and split == "test"):
        rows = _rows(split, everything.images.numpy(), settings.held_out, tested)
    if split == "train":
        rows = rows[: settings.count]
    if not rows:
        raise EmptySplitError(
            f"{path}: the {split} split is empty; of {len(everything):,} pictures data.held_out={settings.held_out:g} "
            f"are kept from training: {'lower it' if split == 'train' else 'raise it, or add pictures'}"
        )
    return _taken(everything, list(rows), invert=settings.invert)


def image_set(
    images: Pictures, labels: Labels | None = None, classes: Sequence[str] = (), name: str = "array"
) -> ImageSet:
    """Pictures in memory, copied, as a data set.

    images: numbers and shapes as `to_pictures` takes them, or Pillow's images of one size
    labels: whole numbers [n], not negative; None when there are none
    classes: the names of the labels 0, 1, …; by default a class is named by its number

    Classes without a picture are left out: of labels 0, 5 and 9 there are three classes, named "0", "5" and "9".

    Raises `InputError`, which begins with `name`, when the pictures, labels or names are not that.
    """
    beside = f"{name}, labels"
    given = None if labels is None else plain_array(labels, beside)
    array, converted = numbers_of(images, name)
    pixels, said = to_pictures(array, name, count=_count(given))
    numbers = None if given is None else to_labels(given, len(pixels), beside)
    if numbers is None and len(classes):
        raise InputError(f"{name}: classes are named, but there are no labels; give labels, or no classes")
    names: tuple[str, ...] = ()
    if numbers is not None:
        numbers, names = used_classes(numbers, class_names(classes, [numbers], name), (), "drop")
    card = Card(name, "", "", "Pictures of your own, from memory.")
    return replace(_image_set(pixels.copy(), converted + said, numbers, names, card), name=name)


def _whole(settings: Array, split: Split) -> tuple[ImageSet, bool]:
    """All pictures of the part of a file that a split lies in, and whether it has test pictures of its own."""
    path = Path(settings.array)
    keys = keys_of(path)
    test = _find(path, keys, TEST_PICTURES)
    images, beside = _find(path, keys, PICTURES), [_find(path, keys, LABELS), test and _find(path, keys, TEST_LABELS)]
    own_test = split == "test" and test is not None
    shown = test if own_test else images
    if shown is None:
        there = f"there are: {listed(keys)}" if keys else "there are no arrays"
        raise InputError(f"{path}: no array is named {', '.join(PICTURES[:-1])} or {PICTURES[-1]}; {there}")
    names = _find(path, keys, CLASSES)
    arrays = read_arrays(path, {key for key in (shown, *beside, names) if key})

    key = beside[own_test]
    count = len(arrays[shown]) if own_test else _count(arrays.get(key or ""))  # the others tell what test pictures are
    pixels, said = to_pictures(arrays[shown], _where(path, shown), settings.decoding, count)
    labels = None if key is None else to_labels(arrays[key], len(pixels), _where(path, key))
    classes: tuple[str, ...] = ()
    if labels is not None:
        given = stored_names(arrays[names], _where(path, names)) if names else ()
        every = [to_labels(arrays[each], None, _where(path, each)) for each in beside if each]
        labels, classes = used_classes(labels, class_names(given, every, str(path)), every, settings.empty_classes)
    card = Card(printable(path.name), "", "", f"Pictures of your own, from {printable(str(path))}.")
    return _image_set(pixels, said, labels, classes, card), test is not None


def _image_set(pixels: Pixels, said: Told, labels: Numbers | None, classes: tuple[str, ...], card: Card) -> ImageSet:
    n, channels, height, width = pixels.shape
    return ImageSet(
        name="array",
        images=torch.from_numpy(pixels),
        labels=None if labels is None else torch.from_numpy(labels),
        classes=classes,
        card=card,
        origin=Origin(sizes={(height, width): n}, modes={"grey" if channels == 1 else "RGB": n}, said=said),
    )


def _count(labels: NDArray[Any] | None) -> int | None:
    """How many pictures there are, by their labels."""
    return None if labels is None or not labels.ndim else len(labels)


def _where(path: Path, key: str) -> str:
    return f"{path}, {key}" if path.suffix.lower() == ".npz" else str(path)


def _find(path: Path, keys: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The first wanted name that is there, in the letters of the file."""
    for name in wanted:
        found = [key for key in keys if key.lower() == name]
        if len(found) > 1:
            raise InputError(f"{path}: {len(found)} arrays are named {name}; leave one of them")
        if found:
            return found[0]
    return None


def _rows(split: Split, pixels: Pixels, held_out: float, tested: bool) -> list[int]:
    """The rows of one split by each picture's bytes; when test pictures lie elsewhere, only validation is held out."""
    digests = [digest(picture.data) for picture in pixels]
    if not tested:
        return rows_of(split, digests, held_out)
    return [row for row, each in enumerate(digests) if (split_of(each, held_out / 2) == "train") == (split == "train")]


def _taken(whole: ImageSet, rows: list[int], invert: bool) -> ImageSet:
    """These rows, copied."""
    images, origin = whole.images[rows], whole.origin or Origin()
    if invert:
        images.bitwise_not_()  # 255 - x
        origin = replace(origin, said=(*origin.said, "black and white were exchanged"))
    return replace(whole, images=images, labels=None if whole.labels is None else whole.labels[rows], origin=origin)
