"""The simpler folder rules of `data.layout=plain`, which older runs use."""

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from ganarium.config.data_files import ClassOrder
from ganarium.core.errors import InputError
from ganarium.core.escape import counted, listed, printable
from ganarium.data.datasets import Split
from ganarium.data.files.folder_names import HELD_OUT, SPLIT_WORDS
from ganarium.data.files.label_validation import MOST_CLASSES, in_order
from ganarium.data.files.layout import LabelSource, Layout
from ganarium.data.files.split_folders import below_common


def arrange_plainly(names: Sequence[str], labels: LabelSource, order: ClassOrder = "natural") -> Layout:
    """Determine the splits and classes of images [n] from their paths, ignoring leading folders shared by all.

    Splits are folders named exactly train, test, validation and so on; every other folder is a class, and no label
    table is read.

    Raises `InputError` (message without the path) when labels are required and the folders define none, and when
    there are other files or folders next to the split folders.
    """
    rows = tuple(range(len(names)))
    inside = below_common([PurePosixPath(name).parts for name in names])
    splits = _splits(inside)
    if splits is not None:
        inside = below_common([parts[1:] for parts in inside])
    messages = list(_deeper_splits(inside))
    if labels == "none":
        return Layout(rows, splits, None, (), messages=tuple(messages))
    why_not = _no_labels(inside)
    if why_not and labels == "folders":
        raise InputError(f"data.labels=folders: {why_not}")
    if why_not:
        return Layout(rows, splits, None, (), messages=(f"no labels: {why_not}", *messages), unlabelled=why_not)
    classes = in_order({parts[0] for parts in inside}, order)
    number = {name: i for i, name in enumerate(classes)}
    messages.insert(0, f"labels: the names of {len(classes)} sub-folders")
    deeper = {parts[:2] for parts in inside if len(parts) > 2}
    if deeper:
        messages.append(
            f"the class folders contain {counted(len(deeper), 'sub-folder')} not read as classes: "
            "if the sub-folders are the classes, pass a folder one level further down"
        )
    labels_of = tuple(number[parts[0]] for parts in inside)
    return Layout(rows, splits, labels_of, tuple(map(printable, classes)), messages=tuple(messages))


def _splits(paths: list[tuple[str, ...]]) -> tuple[Split, ...] | None:
    named = [SPLIT_WORDS.get(parts[0].lower()) if len(parts) > 1 else None for parts in paths]
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
        f"other files or folders ({listed(odd)}) are next to the split folders {listed(folders)}; "
        "move them into a split folder or elsewhere"
    )


def _deeper_splits(paths: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield a warning if nested folders are named like splits."""
    folders = {folder.lower() for parts in paths for folder in parts[1:-1] if folder.lower() in SPLIT_WORDS}
    if "train" in {SPLIT_WORDS[folder] for folder in folders} and len(folders) > 1:
        yield (
            f"folders named {listed(sorted(folders))} are inside other folders and are not read as splits, so all "
            "images may be used for training; to use these folders as splits, pass the folder that contains them"
        )


def _no_labels(paths: list[tuple[str, ...]]) -> str:
    """Return the reason why the folders define no labels; "" when they do."""
    loose = sum(len(parts) == 1 for parts in paths)
    classes = len({parts[0] for parts in paths})
    if loose == len(paths):
        return "the images are not in sub-folders, or are all in one sub-folder"
    if loose:
        return f"{loose:,} of {len(paths):,} images are next to the sub-folders instead of in them"
    if classes == 1:
        return "there is only one sub-folder"
    if classes > MOST_CLASSES:
        return f"there are {classes:,} sub-folders, more than the maximum of {MOST_CLASSES:,} classes"
    return ""
