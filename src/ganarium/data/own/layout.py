"""What the names of files say: class and split of each picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from ganarium.core.errors import InputError
from ganarium.data.sets import Split

SPLITS: Mapping[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
MOST_CLASSES = 1_000


@dataclass(frozen=True)
class Layout:
    """What the folders of a set mean.

    splits: of each picture, [n]; None when no folder says
    labels: of each picture, [n], numbers into `classes`; None when there are none
    said: why, a sentence each
    """

    splits: tuple[Split, ...] | None
    labels: tuple[int, ...] | None
    classes: tuple[str, ...]
    said: tuple[str, ...]


def arrange(names: Sequence[str], labels: Literal["auto", "folders", "none"]) -> Layout:
    """Read the paths [n] of pictures: folders that hold everything are passed through, then train/test, then classes.

    Raises `InputError` when labels are asked for and the folders have none to give.
    """
    inside = _below_common([PurePosixPath(name).parts for name in names])
    splits = _splits(inside)
    if splits is not None:
        inside = [parts[1:] for parts in inside]
    if labels == "none":
        return Layout(splits, None, (), ())
    why_not = _no_labels(inside)
    if why_not and labels == "folders":
        raise InputError(f"data.labels=folders: {why_not}")
    if why_not:
        return Layout(splits, None, (), (f"no labels: {why_not}",))
    classes = sorted({parts[0] for parts in inside})
    number = {name: i for i, name in enumerate(classes)}
    said = [f"labels: the names of {len(classes)} sub-folders"]
    deeper = {parts[:2] for parts in inside if len(parts) > 2}
    if deeper:
        said.append(
            f"the class folders hold {len(deeper)} folders of their own, which say nothing: "
            "if those are the classes, name a folder one level further down"
        )
    return Layout(splits, tuple(number[parts[0]] for parts in inside), tuple(map(printable, classes)), tuple(said))


def printable(name: str) -> str:
    """A file's name as text that can be shown and written down, whatever its bytes; other names stay others.

    >>> printable("new\\nline")
    'new\\\\nline'
    """
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _below_common(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without the folders that all files share, unless they are named as a split."""
    while len(paths[0]) > 1 and paths[0][0].lower() not in SPLITS and len({parts[0] for parts in paths}) == 1:
        paths = [parts[1:] for parts in paths]
    return paths


def _splits(paths: list[tuple[str, ...]]) -> tuple[Split, ...] | None:
    named = [SPLITS.get(parts[0].lower()) if len(parts) > 1 else None for parts in paths]
    found = [split for split in named if split is not None]
    return tuple(found) if len(found) == len(paths) and "train" in found else None


def _no_labels(paths: list[tuple[str, ...]]) -> str:
    """Why the folders give no labels; nothing when they do."""
    loose = sum(len(parts) == 1 for parts in paths)
    classes = len({parts[0] for parts in paths})
    if loose == len(paths):
        return "the pictures lie in no sub-folders"
    if loose:
        return f"{loose:,} of {len(paths):,} pictures lie beside the sub-folders, not in them"
    if classes == 1:
        return "there is one sub-folder only"
    if classes > MOST_CLASSES:
        return f"{classes:,} sub-folders are too many for classes, at most {MOST_CLASSES:,}"
    return ""
