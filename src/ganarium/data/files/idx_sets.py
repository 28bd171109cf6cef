"""Load folders of IDX files, including Fashion-MNIST, KMNIST and EMNIST.

All are split like MNIST: of n images in the training file, the last n // 6 are the validation split and the others
the train split; the test file is the test split. Therefore, shuffle a training file that is sorted by class. `count`
selects images at random from the user's own files, and the first ones from the named data sets, whose published files
are in random order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from ganarium.config.data_files import LARGEST, SMALLEST, EmnistConfig, FashionConfig, IdxConfig, KmnistConfig, Subset
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.escape import printable
from ganarium.data.datasets import Card, ImageSet, Origin, Split
from ganarium.data.files.content_splits import limited
from ganarium.data.files.idx_cards import (
    CHARACTERS,
    CLOTHES,
    EMNIST,
    FASHION,
    HIRAGANA,
    KMNIST,
    SPLITS,
    UPRIGHT,
    emnist_part,
)
from ganarium.data.files.idx_files import CONTENTS, PARTS, Files, Part, find_files, required_file
from ganarium.data.idx import read_idx

DEBIAN = Path("/usr/share/datasets/fashion-mnist")
HELD_OUT = 6  # one in 6 images of the training file belongs to the validation split

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class IdxDataset:
    """A data set in MNIST's format.

    classes: names of the classes
    numbers: the label in the files for each class, ascending
    transposed: whether images are stored column by column
    """

    name: str
    card: Card
    classes: tuple[str, ...]
    numbers: Sequence[int]
    transposed: bool = False


def load(settings: IdxConfig, split: Split = "train") -> ImageSet:
    """Load one split of the images in a folder of IDX files; without a label file, the images have no labels.

    Classes are the labels that occur in the training and test files, or all numbers from `settings.first_label` to the
    highest label if `settings.empty_classes` is "keep". Files named like those of EMNIST are read like `data=emnist`,
    unless `settings.transposed` is given.

    Raises `InputError` when a file is missing or damaged, `EmptySplitError` when the split has no images.
    """
    folder = Path(settings.idx)
    files = find_files(folder)
    part = _part(split)
    missing = EmptySplitError if part == "test" else InputError
    images, labels = required_file(files, folder, part, "images", refusal=missing), files.get((part, "labels"))
    emnist = emnist_part(images.name) if settings.transposed == "auto" and not settings.first_label else None
    if emnist is not None:
        return _image_set(_emnist("idx", emnist), images, labels, split, settings.count, settings.subset)
    found = [] if labels is None else _numbers(files, settings)
    card = Card(printable(folder.name), "", "", f"The IDX files in {printable(str(folder))}. {SPLITS}")
    dataset = IdxDataset("idx", card, tuple(map(str, found)), found, settings.transposed is True)
    return _image_set(dataset, images, labels, split, settings.count, settings.subset)


def load_fashion(settings: FashionConfig, split: Split = "train") -> ImageSet:
    """Load one split of Fashion-MNIST, from `settings.path` or from the folder of the Debian package."""
    folder = DEBIAN if settings.path is None else Path(settings.path)
    if settings.path is None and not folder.is_dir():
        raise InputError(
            "Fashion-MNIST was not found: apt install dataset-fashion-mnist (on Debian and Ubuntu), "
            "or data.path=FOLDER with its four files"
        )
    dataset = IdxDataset("fashion", FASHION, CLOTHES, range(len(CLOTHES)))
    return _named(dataset, folder, ("", "fashion-", "fashion-mnist-"), split, settings.count)


def load_kmnist(settings: KmnistConfig, split: Split = "train") -> ImageSet:
    """Load one split of KMNIST from `settings.path`."""
    dataset = IdxDataset("kmnist", KMNIST, HIRAGANA, range(len(HIRAGANA)))
    return _named(dataset, Path(settings.path), ("", "kmnist-"), split, settings.count)


def load_emnist(settings: EmnistConfig, split: Split = "train") -> ImageSet:
    """Load one split of a part of EMNIST from `settings.path`, with upright images and labels from 0."""
    prefixes = (f"emnist-{settings.part}-",)
    return _named(_emnist("emnist", settings.part), Path(settings.path), prefixes, split, settings.count)


def _emnist(name: str, part: str) -> IdxDataset:
    names, first = CHARACTERS[part], int(part == "letters")
    return IdxDataset(name, EMNIST, names, range(first, first + len(names)), transposed=True)


def _named(dataset: IdxDataset, folder: Path, prefixes: tuple[str, ...], split: Split, count: int | None) -> ImageSet:
    files = find_files(folder, prefixes)
    images, labels = (
        {part: required_file(files, folder, part, contents, prefixes[0]) for part in PARTS} for contents in CONTENTS
    )
    part = _part(split)
    return _image_set(dataset, images[part], labels[part], split, count)


def _part(split: Split) -> Part:
    return "test" if split == "test" else "train"


def _image_set(
    dataset: IdxDataset, images: Path, labels: Path | None, split: Split, count: int | None, subset: Subset = "first"
) -> ImageSet:
    pictures = _pictures(images)
    numbers = None if labels is None else _labels(dataset, labels)
    if labels is not None and numbers is not None and len(numbers) != len(pictures):
        raise InputError(
            f"{images}: the file has {len(pictures):,} images, but {labels.name} has {len(numbers):,} labels; "
            "use files of the same data set"
        )
    rows = _rows(split, len(pictures), count, subset)
    if not rows:
        raise EmptySplitError(
            f"{images}: the {split} split is empty, because it is the last sixth of {len(pictures)} images; add images"
        )
    where = slice(rows.start, rows.stop) if isinstance(rows, range) else list(rows)
    chosen = pictures[where].swapaxes(1, 2) if dataset.transposed else pictures[where]
    height, width = chosen.shape[1:]
    messages = (UPRIGHT,) if dataset.transposed else ()
    return ImageSet(
        name=dataset.name,
        images=torch.from_numpy(np.array(chosen[:, None], order="C")),
        labels=None if numbers is None else torch.from_numpy(numbers[where]),
        classes=() if numbers is None else dataset.classes,
        card=dataset.card,
        origin=Origin(sizes={(height, width): len(pictures)}, modes={"grey": len(pictures)}, messages=messages),
    )


def _rows(split: Split, n: int, count: int | None, subset: Subset) -> Sequence[int]:
    start = n - n // HELD_OUT
    bounds = {"train": (0, start), "validation": (start, n), "test": (0, n)}
    rows = range(*bounds[split])
    return limited(rows, count, subset) if split == "train" else rows


def _pictures(path: Path) -> Bytes:
    """Return the images [n, H, W] in a file."""
    pictures = read_idx(path)
    if pictures.ndim != 3:
        raise InputError(f"{path}: the array has {pictures.ndim} axes, but grey images have 3; rename the file")
    height, width = pictures.shape[1:]
    if not (SMALLEST <= height <= LARGEST and SMALLEST <= width <= LARGEST):
        raise InputError(
            f"{path}: the images are {height}×{width}; height and width must be {SMALLEST} to {LARGEST} pixels; "
            "resize the images first"
        )
    return pictures


def _raw_labels(path: Path) -> Bytes:
    """Return the labels [n] in a file."""
    labels = read_idx(path)
    if labels.ndim != 1:
        raise InputError(f"{path}: the array has {labels.ndim} axes, but labels have 1; rename the file")
    return labels


def _labels(dataset: IdxDataset, path: Path) -> NDArray[np.int64]:
    """Return the labels [n] in a file as indices into `dataset.classes`."""
    labels = _raw_labels(path)
    low, high = int(labels.min()), int(labels.max())
    if not np.isin(labels, dataset.numbers).all():
        advice = f"these are not the files of {dataset.card.title}"
        if dataset.name == "idx":
            advice += " that their names suggest; set data.transposed=false to read them as ordinary IDX files"
        first, last = dataset.numbers[0], dataset.numbers[-1]
        raise InputError(f"{path}: the file has labels from {low} to {high}, not {first} to {last}; {advice}")
    return np.searchsorted(dataset.numbers, labels)


def _numbers(files: Files, settings: IdxConfig) -> Sequence[int]:
    """Return the label of each class in all label files; raises `InputError` for labels below the first label."""
    found = {path: _raw_labels(path) for (_, contents), path in files.items() if contents == "labels"}
    used = np.unique(np.concatenate(list(found.values()))).tolist()
    if used[0] < settings.first_label:
        path = next(path for path, labels in found.items() if labels.min() == used[0])
        raise InputError(
            f"{path}: the file has labels from {used[0]} to {used[-1]}, below data.first_label={settings.first_label}; "
            f"set data.first_label={used[0]}"
        )
    return used if settings.empty_classes == "drop" else range(settings.first_label, used[-1] + 1)
