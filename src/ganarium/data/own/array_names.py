"""Which arrays of a file are pictures, labels and names of classes, by what they are called."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ganarium.core.errors import InputError
from ganarium.core.text import listed
from ganarium.data.sets import Split

PICTURES = ("images", "image", "x", "data")
LABELS = ("labels", "label", "targets", "target", "y")
CLASSES = ("classes", "class_names", "target_names", "label_names")
PARTS: Mapping[Split, tuple[str, ...]] = {
    "train": ("train",),
    "validation": ("val", "valid", "validation"),
    "test": ("test",),
}
UNNAMED = ("arr_0", "arr_1")  # of pictures and labels that numpy.savez was given without names


@dataclass(frozen=True)
class Named:
    """The names of a file's arrays by what they hold.

    pictures, labels: by the part of the data that they hold, "train" where no name says which
    classes: the array of class names, if there is one
    unread: all others
    """

    pictures: Mapping[Split, str]
    labels: Mapping[Split, str]
    classes: str | None
    unread: tuple[str, ...]

    @property
    def said(self) -> tuple[str, ...]:
        """The arrays that are not read, in one sentence, if there are any."""
        if not self.unread:
            return ()
        names = listed(f"'{name}'" for name in self.unread)
        return (f"array {names} is not read",) if len(self.unread) == 1 else (f"arrays {names} are not read",)


def named_arrays(path: Path, keys: Sequence[str]) -> Named:
    """Find out what each array holds.

    Raises `InputError` when no array is called like pictures, or two are called alike.
    """
    pictures = _by_part(path, keys, PICTURES, UNNAMED[0])
    labels = {part: key for part, key in _by_part(path, keys, LABELS, UNNAMED[1]).items() if part in pictures}
    if not pictures:
        wanted = ", ".join([*PICTURES, *(f"{PICTURES[0]}_{word}" for words in PARTS.values() for word in words[:1])])
        there = f"there are: {listed(keys)}" if keys else "there are no arrays"
        raise InputError(f"{path}: no array is named {wanted} or {UNNAMED[0]}; {there}")
    classes = _first(path, keys, CLASSES) if labels else None
    read = {*pictures.values(), *labels.values(), classes}
    return Named(pictures, labels, classes, tuple(key for key in keys if key not in read))


def _by_part(path: Path, keys: Sequence[str], words: Sequence[str], unnamed: str) -> dict[Split, str]:
    found = {part: _first(path, keys, list(_names(words, part))) for part in PARTS}
    if found["train"] is None:
        found["train"] = _first(path, keys, [unnamed])
    return {part: key for part, key in found.items() if key is not None}


def _names(words: Sequence[str], part: Split) -> Iterator[str]:
    """ "images" -> "images" itself for the training pictures, "images_train", "train_images"."""
    for word in words:
        if part == "train":
            yield word
        for name in PARTS[part]:
            yield f"{word}_{name}"
            yield f"{name}_{word}"


def _first(path: Path, keys: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The first wanted name that is there, in the letters of the file."""
    for name in wanted:
        found = [key for key in keys if key.lower() == name]
        if len(found) > 1:
            raise InputError(f"{path}: {len(found)} arrays are named {name}; leave one of them")
        if found:
            return found[0]
    return None
