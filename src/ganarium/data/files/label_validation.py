"""Validate labels and class names given as arrays."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganarium.config.data_files import ClassOrder, Unused
from ganarium.core.errors import InputError

MOST_CLASSES = 10_000
LONGEST_NAME = 255  # characters, as for the name of a folder
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
DIGITS = re.compile("([0-9]+)")
DRIVE = re.compile("[A-Za-z]:")

Numbers = NDArray[np.int64]


def to_labels(array: NDArray[Any], n: int | None, where: str) -> Numbers:
    """Copy labels, non-negative integers [n] or [n, 1], to int64 [n]; any number of labels is accepted if n is None.

    Raises `InputError`, prefixed with `where`, for all other arrays.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        shape = "×".join(map(str, array.shape)) or "()"
        raise InputError(f"{where}: labels have shape {shape} instead of [n]; {_advice(array)}")
    if array.dtype.kind not in "iub":
        raise InputError(f"{where}: labels of type {array.dtype} are not integers; number the classes from 0")
    if n is not None and len(array) != n:
        raise InputError(f"{where}: there are {len(array):,} labels for {n:,} images; pass one label for each image")
    low, high = (int(array.min()), int(array.max())) if array.size else (0, 0)
    if low < 0 or high >= MOST_CLASSES:
        raise InputError(
            f"{where}: labels from {low} to {high} are outside the range 0 to {MOST_CLASSES - 1}; "
            "number the classes from 0"
        )
    return array.astype(np.int64)


def _advice(array: NDArray[Any]) -> str:
    """Return advice on how to get one label for each image."""
    marks = array.ndim == 2 and array.dtype.kind in "iubf" and bool(np.isin(array, (0, 1)).all())
    if not marks:
        return "pass one integer for each image"
    if (np.count_nonzero(array, 1) == 1).all():
        return "convert one-hot rows with .argmax(1)"
    return "some images have several labels or none; choose one label for each image, or omit the labels"


def class_names(given: NDArray[Any] | Sequence[Any], labels: Sequence[Numbers], where: str) -> tuple[str, ...]:
    """Return the given names of classes or, if there are none, the numbers from 0 to the highest label.

    Raises `InputError`, prefixed with `where`, when names are too few, duplicated, or not valid names of folders.
    """
    needed = 1 + max((int(rows.max()) for rows in labels if len(rows)), default=-1)
    if not len(given):
        return tuple(str(label) for label in range(needed))
    names = tuple(_text(name) for name in given)
    if len(names) < needed:
        raise InputError(
            f"{where}: there are {len(names)} class names, but labels up to {needed - 1}; pass {needed} names"
        )
    for name in names:
        if not names_a_folder(name):
            raise InputError(
                f"{where}: {name[:LONGEST_NAME]!r} is not a valid name for a class and its folder; choose another name"
            )
    if len(set(names)) < len(names):
        ((twice, _),) = Counter(names).most_common(1)
        raise InputError(f"{where}: two classes are named {twice!r}; choose other names")
    return names


def in_order(names: Collection[str], order: ClassOrder) -> list[str]:
    """Sort class names, with numbers within them compared by value ("natural"), or entirely as text ("text").

    >>> in_order(["10", "9", "2.5", "-1"], "natural"), in_order(["10", "9", "2.5", "-1"], "text")
    (['-1', '2.5', '9', '10'], ['-1', '10', '2.5', '9'])
    >>> in_order(["class10", "class2"], "natural")
    ['class2', 'class10']
    """
    if order == "text":
        return sorted(names)
    if all(map(NUMBER.fullmatch, names)):
        return sorted(names, key=lambda name: (Decimal(name), name))
    return sorted(names, key=lambda name: (_text_and_numbers(name), name))


def _text_and_numbers(name: str) -> list[tuple[int, str]]:
    """Split a name alternately into text and digits; digits compare by length, then as text."""
    parts = DIGITS.split(name)
    return [(len(part.lstrip("0")), part.lstrip("0")) if i % 2 else (0, part) for i, part in enumerate(parts)]


def used_classes(
    labels: Numbers, names: Sequence[str], every: Sequence[Numbers], empty: Unused
) -> tuple[Numbers, tuple[str, ...]]:
    """Unless `empty` is "keep", drop classes that occur in neither `labels` [n] nor `every`, and renumber `labels`.

    >>> used_classes(np.array([0, 9, 5]), "0123456789", [np.array([0, 5, 9])], "drop")
    (array([0, 2, 1]), ('0', '5', '9'))
    """
    if empty == "keep":
        return labels, tuple(names)
    used = np.unique(np.concatenate([labels, *every]))
    return np.searchsorted(used, labels), tuple(names[number] for number in used)


def stored_names(array: NDArray[Any], where: str) -> list[Any]:
    """Return the class names [K] in an array of text or integers."""
    short = array.dtype.kind in "iu" or (array.dtype.kind in "SU" and array.dtype.itemsize <= 4 * LONGEST_NAME)
    if array.ndim != 1 or not short or len(array) > MOST_CLASSES:
        raise InputError(
            f"{where}: not an array [K] of class names; save at most {MOST_CLASSES:,} strings of at most "
            f"{LONGEST_NAME} characters"
        )
    try:
        return list(array.tolist())
    except (ValueError, SystemError):
        raise InputError(f"{where}: contains values that are not text; save the names again") from None


def _text(name: Any) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)


def names_a_folder(name: str) -> bool:
    """Return whether the name of a class is a valid folder name on every operating system."""
    sound = name.isprintable() and len(name) <= LONGEST_NAME and not set(name) & set("/\\") and not DRIVE.match(name)
    return sound and name == name.strip() and bool(name.strip("."))
