"""What the names of files say: class and split of each picture."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from ganarium.core.errors import InputError
from ganarium.core.settings.own import ClassOrder
from ganarium.core.text import listed, printable
from ganarium.data.own.labels import MOST_CLASSES, in_order
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
HELD_OUT = {"validation", "test"}


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


def arrange(names: Sequence[str], labels: Literal["auto", "folders", "none"], order: ClassOrder = "natural") -> Layout:
    """Read the paths [n] of pictures: folders that hold everything are passed through, then train/test, then classes.

    Raises `InputError` with the bare reason when labels are asked for and the folders have none to give, and when
    something lies beside folders that part what is trained on from what is held out.
    """
    inside = _below_common([PurePosixPath(name).parts for name in names])
    splits = _splits(inside)
    if splits is not None:
        inside = _below_common([parts[1:] for parts in inside])
    said = list(_deeper_splits(inside))
    if labels == "none":
        return Layout(splits, None, (), tuple(said))
    why_not = _no_labels(inside)
    if why_not and labels == "folders":
        raise InputError(f"data.labels=folders: {why_not}")
    if why_not:
        return Layout(splits, None, (), (f"no labels: {why_not}", *said))
    classes = in_order({parts[0] for parts in inside}, order)
    number = {name: i for i, name in enumerate(classes)}
    said.insert(0, f"labels: the names of {len(classes)} sub-folders")
    deeper = {parts[:2] for parts in inside if len(parts) > 2}
    if deeper:
        said.append(
            f"the class folders hold {len(deeper)} folders of their own, which say nothing: "
            "if those are the classes, name a folder one level further down"
        )
    return Layout(splits, tuple(number[parts[0]] for parts in inside), tuple(map(printable, classes)), tuple(said))


def _below_common(paths: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Without the folders that all files share, unless they are named as a split."""
    while len(paths[0]) > 1 and paths[0][0].lower() not in SPLITS and len({parts[0] for parts in paths}) == 1:
        paths = [parts[1:] for parts in paths]
    return paths


def _splits(paths: list[tuple[str, ...]]) -> tuple[Split, ...] | None:
    named = [SPLITS.get(parts[0].lower()) if len(parts) > 1 else None for parts in paths]
    found = [split for split in named if split is not None]
    if "train" not in found:
        return None
    if len(found) == len(paths):
        return tuple(found)
    if HELD_OUT.isdisjoint(found):
        return None
    odd = sorted({parts[0] for parts, split in zip(paths, named, strict=True) if split is None})
    folders = sorted({parts[0] for parts, split in zip(paths, named, strict=True) if split is not None})
    raise InputError(
        f"the folders {listed(folders)} say what training may see, but beside them there is {listed(odd)}: "
        "move it into one of them, or away"
    )


def _deeper_splits(paths: list[tuple[str, ...]]) -> Iterator[str]:
    """A warning, where folders further down look as if they held something out."""
    folders = {folder.lower() for parts in paths for folder in parts[1:-1] if folder.lower() in SPLITS}
    if "train" in {SPLITS[folder] for folder in folders} and len(folders) > 1:
        yield (
            f"folders named {listed(sorted(folders))} lie below others and say nothing, so all is trained on alike: "
            "if they should, name the folder that holds them"
        )


def _no_labels(paths: list[tuple[str, ...]]) -> str:
    """Why the folders give no labels; nothing when they do."""
    loose = sum(len(parts) == 1 for parts in paths)
    classes = len({parts[0] for parts in paths})
    if loose == len(paths):
        return "the pictures lie in no sub-folders, or all in one"
    if loose:
        return f"{loose:,} of {len(paths):,} pictures lie beside the sub-folders, not in them"
    if classes == 1:
        return "there is one sub-folder only"
    if classes > MOST_CLASSES:
        return f"{classes:,} sub-folders are too many for classes, at most {MOST_CLASSES:,}"
    return ""
