"""Pictures in arrays: NumPy's files, or arrays, lists and tensors in memory."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.errors import EmptySplitError, InputError, brief
from ganarium.core.settings.own import Array
from ganarium.core.text import listed, printable
from ganarium.data.own.labels import Numbers, class_names, stored_names, to_labels
from ganarium.data.own.npz import keys_of, read_arrays
from ganarium.data.own.pixels import Pixels, Told, to_pictures
from ganarium.data.own.splits import digest, limited, rows_of, split_of
from ganarium.data.sets import Card, ImageSet, Origin, Split

Pictures = NDArray[Any] | Tensor | Sequence[Any]
Labels = NDArray[Any] | Tensor | Sequence[int]

PICTURES, TEST_PICTURES = ("images", "x", "x_train", "data", "arr_0"), ("x_test", "images_test")
LABELS, TEST_LABELS = ("labels", "y", "y_train", "arr_1"), ("y_test", "labels_test")
CLASSES = ("classes",)


def load(settings: Array, split: Split = "train") -> ImageSet:
    """One split of the pictures in an .npz or .npy file; `settings.count` bounds the train split alone.

    An .npz file holds pictures as `images`, `x`, `x_train`, `data` or `arr_0`, and may hold labels as `labels`, `y`,
    `y_train` or `arr_1` and names as `classes`. Test pictures are those of `x_test` or `images_test` if there are
    any, and then half of `settings.held_out` is validation; else half is validation and half test, by content.

    Raises `InputError` when the file or its arrays are not that, `EmptySplitError` when the split has no pictures.
    """
    path = Path(settings.array)
    everything, tested = _whole(path, split)
    rows: Sequence[int] = range(len(everything))
    if not (tested and split == "test"):
        rows = _rows(split, everything.images.numpy(), settings.held_out, tested)
    if split == "train":
        rows = limited(rows, settings.count, settings.subset)
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

    images: numbers and shapes as `to_pictures` takes them
    labels: whole numbers [n] from 0; None when there are none
    classes: what each label is called; their numbers by default

    Raises `InputError`, which begins with `name`, when the pictures, labels or names are not that.
    """
    pixels, said = to_pictures(_plain(images, name), name)
    beside = f"{name}, labels"
    numbers = None if labels is None else to_labels(_plain(labels, beside), len(pixels), beside)
    if numbers is None and len(classes):
        raise InputError(f"{name}: classes are named, but there are no labels; give labels, or no classes")
    names = () if numbers is None else class_names(classes, [numbers], name)
    card = Card(name, "", "", "Pictures of your own, from memory.")
    return replace(_image_set(pixels.copy(), said, numbers, names, card), name=name)


def _whole(path: Path, split: Split) -> tuple[ImageSet, bool]:
    """All pictures of the part of a file that a split lies in, and whether it has test pictures of its own."""
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

    pixels, said = to_pictures(arrays[shown], _where(path, shown))
    key = beside[own_test]
    labels = None if key is None else to_labels(arrays[key], len(pixels), _where(path, key))
    classes: tuple[str, ...] = ()
    if labels is not None:
        given = stored_names(arrays[names], _where(path, names)) if names else ()
        every = [to_labels(arrays[each], None, _where(path, each)) for each in beside if each]
        classes = class_names(given, every, str(path))
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


def _plain(values: Any, where: str) -> NDArray[Any]:
    """A NumPy array of what somebody holds, which it may share."""
    try:
        if isinstance(values, Tensor):
            kept = values.detach().cpu()
            return (kept.float() if kept.dtype == torch.bfloat16 else kept).numpy()
        return np.asarray(values)
    except (ValueError, TypeError, RuntimeError, OverflowError) as error:
        raise InputError(
            f"{where}: cannot become one array ({brief(error)}); give numbers, in rows of one shape"
        ) from None
