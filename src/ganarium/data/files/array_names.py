"""Recognize the arrays of images, labels and class names in a file by their names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.datasets import Split

PICTURES = ("images", "image", "x", "data")
LABELS = ("labels", "label", "targets", "target", "y")
CLASSES = ("classes", "class_names", "target_names", "label_names")
PARTS: Mapping[Split, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("val", "valid", "validation"),
    "test": ("test",),
}
UNNAMED = ("arr_0", "arr_1")  # names of images and labels that were passed to numpy.savez without names


def _usual(words: Sequence[str], unnamed: str) -> Mapping[Split, tuple[str, ...]]:
    """Return array names by split, such as "images", "images_train" and "train_images" for the training images."""
    names = {
        part: tuple(name for word in words for mark in marks for name in (f"{word}_{mark}", f"{mark}_{word}"))
        for part, marks in PARTS.items()
    }
    alone = tuple(name for word in words for name in (word, f"{word}_train", f"train_{word}"))
    return names | {"train": (*alone, unnamed)}


@dataclass(frozen=True)
class Names:
    """Recognized names of arrays, in order of preference."""

    pictures: Mapping[Split, tuple[str, ...]]
    labels: Mapping[Split, tuple[str, ...]]
    classes: tuple[str, ...]


KNOWN: Mapping[Literal["usual", "few"], Names] = {
    "usual": Names(_usual(PICTURES, UNNAMED[0]), _usual(LABELS, UNNAMED[1]), CLASSES),
    "few": Names(
        {"train": ("images", "x", "x_train", "data", "arr_0"), "test": ("x_test", "images_test")},
        {"train": ("labels", "y", "y_train", "arr_1"), "test": ("y_test", "labels_test")},
        ("classes",),
    ),
}


@dataclass(frozen=True)
class Named:
    """The names of the arrays in a file, grouped by what the arrays contain.

    pictures, labels: split -> name of its array; an array whose name contains no split belongs to "train"
    classes: name of the array of class names, or None
    unread: names of all other arrays
    """

    pictures: Mapping[Split, str]
    labels: Mapping[Split, str]
    classes: str | None
    unread: tuple[str, ...]

    @property
    def messages(self) -> tuple[str, ...]:
        """Return a message that lists the unread arrays; () if all arrays are read."""
        if not self.unread:
            return ()
        names = listed(f"'{name}'" for name in self.unread)
        return (f"array {names} is not read",) if len(self.unread) == 1 else (f"arrays {names} are not read",)


def named_arrays(path: Path, keys: Sequence[str], known: Literal["usual", "few"] = "usual") -> Named:
    """Determine which arrays contain images, labels and class names.

    Raises `InputError` when no array has a recognized name for images, or when two names differ only in case.
    """
    names = KNOWN[known]
    pictures = _by_part(path, keys, names.pictures)
    labels = {part: key for part, key in _by_part(path, keys, names.labels).items() if part in pictures}
    if not pictures:
        wanted = ", ".join([*PICTURES, *(f"{PICTURES[0]}_{words[0]}" for words in PARTS.values())])
        present = f"found: {listed(keys)}" if keys else "the file has no arrays"
        raise InputError(f"{path}: no array is named {wanted} or {UNNAMED[0]}; {present}")
    classes = _first(path, keys, names.classes) if labels else None
    read = {*pictures.values(), *labels.values(), classes}
    return Named(pictures, labels, classes, tuple(key for key in keys if key not in read))


def _by_part(path: Path, keys: Sequence[str], wanted: Mapping[Split, Sequence[str]]) -> dict[Split, str]:
    found = {part: _first(path, keys, names) for part, names in wanted.items()}
    return {part: key for part, key in found.items() if key is not None}


def _first(path: Path, keys: Sequence[str], wanted: Sequence[str]) -> str | None:
    """Return the first wanted name that is present, spelled as in the file."""
    for name in wanted:
        found = [key for key in keys if key.lower() == name]
        if len(found) > 1:
            raise InputError(f"{path}: {len(found)} arrays are named {name}; keep only one of them")
        if found:
            return found[0]
    return None
