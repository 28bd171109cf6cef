"""Load images from CSV tables with one image per line (label and pixels), such as Kaggle's MNIST."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isqrt, prod
from pathlib import Path

import numpy as np

from ganarium.config.data_files import LARGEST, MOST_DIMENSIONS, SMALLEST, CsvConfig
from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files.folder_or_zip import changed_at
from ganarium.data.files.idx_cards import CHARACTERS, UPRIGHT, emnist_part
from ganarium.data.files.label_tables import FEWEST_PER_CLASS
from ganarium.data.files.label_validation import Numbers as Labels
from ganarium.data.files.label_validation import class_names, to_labels, used_classes
from ganarium.data.files.pixel_conversion import to_pictures
from ganarium.data.files.split_selection import HELD_OUT, Part, part_for, set_of, split_in_words
from ganarium.data.files.tables import COMMON, ROW_NUMBERS, Numbers, TableData, is_table, read_table

COLOURS = 3
BYTE = 255
FIRST, LAST = "the first column", "the last column"


@dataclass(frozen=True)
class Files:
    """The table of each split in a folder, and the names of all other tables."""

    parts: Mapping[Split, Path]
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableRows:
    """The pixels [n, P] and labels [n] of a table, a description of the label column, and the unread columns."""

    pixels: Numbers
    labels: Labels | None
    label: str
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Roles:
    """The index of the label column, if any, a description of the label column, and the unread columns."""

    label: int | None
    called: str
    unread: Mapping[int, str]


def load(settings: CsvConfig, split: Split = "train") -> ImageSet:
    """Load one split of the images in a .csv or .csv.gz file, or in a folder of such files named train, test, ….

    The label column is the one that the header names label, target, y, class or digit. Without a header, it is the
    first or the last column, whichever holds label-like values, if the number of other columns fits an image. Classes
    without an image are dropped. `settings.count` limits only the train split.

    Raises `InputError` when a file is not a table of images, `EmptySplitError` when the split has no images.
    """
    path = Path(settings.csv)
    files = _files(path)
    apart = [part for part in HELD_OUT if part in files.parts]
    own_part = part_for(split, apart)
    rows = {part: _rows(file, settings.size, settings.channels) for part, file in files.parts.items()}
    part = _part(settings, files, own_part, rows)
    return set_of(settings, path, split, part, apart)


def _files(path: Path) -> Files:
    if not path.is_dir():
        return Files({"train": path})
    tables = sorted(file for file in path.iterdir() if is_table(file))
    if not tables:
        raise InputError(f"{path}: contains no .csv files; pass a folder that contains .csv files, or a single file")
    parts: dict[Split, Path] = {}
    for file in tables if len(tables) > 1 else ():
        split = split_in_words(file.name)
        if split in parts:
            raise InputError(
                f"{path}: both {parts[split].name} and {file.name} may be the {split} split; pass only one of them"
            )
        if split is not None:
            parts[split] = file
    if len(tables) == 1:
        return Files({"train": tables[0]})
    if "train" not in parts:
        names = listed(file.name for file in tables)
        raise InputError(
            f"{path}: cannot determine which of {names} to train on; pass one of them, or rename one to train.csv"
        )
    return Files(parts, tuple(file.name for file in tables if file not in parts.values()))


def _part(settings: CsvConfig, files: Files, own_part: Split, rows: Mapping[Split, TableRows]) -> Part:
    file, own = files.parts[own_part], rows[own_part]
    size, messages = settings.size or _square(own.pixels.shape[1], settings.channels), []
    if own.label:
        messages.append(f"labels: {own.label}")
    emnist = emnist_part(file.name)
    shape = {"none": size, "first": (COLOURS, *size), "last": (*size, COLOURS)}[settings.channels]
    pixels, done = to_pictures(own.pixels.reshape(-1, *shape), str(file))
    if emnist is not None:
        pixels = np.ascontiguousarray(pixels.swapaxes(2, 3))
        messages.append(UPRIGHT)
    if own.unread:
        messages.append(f"ignored columns: {listed(own.unread)}")
    if files.unread:
        messages.append(f"ignored files: {listed(files.unread)}")
    labels, classes = _labels(file, emnist, own_part, rows)
    return Part(pixels, labels, classes, (*done, *messages))


def _labels(
    file: Path, emnist: str | None, own_part: Split, rows: Mapping[Split, TableRows]
) -> tuple[Labels | None, tuple[str, ...]]:
    """Return the labels of the part `own_part`, and the class names of all parts."""
    first = int(emnist == "letters")
    every = {part: one.labels - first for part, one in rows.items() if one.labels is not None}
    if {FIRST, LAST} <= {one.label for one in rows.values()}:
        raise InputError(
            f"{file.parent}: the values suggest that the labels are in the first column of one file and in the last "
            'column of another; add a header with a column named "label" to both files'
        )
    own = every.get(own_part)
    if own is None:
        return None, ()
    if own.min() < 0:
        raise InputError(f"{file}: the labels contain 0, but EMNIST's letters are numbered from 1; rename the file")
    labels = list(every.values())
    return used_classes(own, class_names(CHARACTERS.get(emnist or "", ()), labels, str(file)), labels, "drop")


def _rows(path: Path, size: tuple[int, int] | None, channels: str) -> TableRows:
    return _read(path, changed_at(path), size, channels)


@lru_cache(maxsize=3)  # one file for each part, while the splits are loaded one by one
def _read(path: Path, _changed: str, size: tuple[int, int] | None, channels: str) -> TableRows:
    table = read_table(path)
    columns = table.numbers.shape[1]
    roles = (_named_roles if table.names else _unnamed_roles)(path, table, size, channels)
    chosen = [column for column in range(columns) if column != roles.label and column not in roles.unread]
    contiguous = chosen == list(range(chosen[0], chosen[-1] + 1)) if chosen else False
    pixels = table.numbers[:, chosen[0] : chosen[-1] + 1] if contiguous else table.numbers[:, chosen]
    fits = _fits(len(chosen), size, channels)
    if not fits:
        raise InputError(f"{path}: {_size_advice(len(chosen), size, channels)}")
    labels = None if roles.label is None else _as_labels(path, table.numbers[:, roles.label])
    return TableRows(_small(pixels), labels, roles.called, tuple(roles.unread.values()))


def _named_roles(path: Path, table: TableData, _size: tuple[int, int] | None, _channels: str) -> Roles:
    """Determine the roles of the columns from their names."""
    names = table.names
    labels = [column for column, name in enumerate(names) if name in COMMON]
    if len(labels) > 1:
        found = listed(names[column] for column in labels)
        raise InputError(f"{path}: several columns may be labels: {found}; keep only one of them")
    unread = {column: repr(name) for column, name in enumerate(names) if name in ROW_NUMBERS}
    return Roles(labels[0], f"the column {names[labels[0]]!r}", unread) if labels else Roles(None, "", unread)


def _unnamed_roles(path: Path, table: TableData, size: tuple[int, int] | None, channels: str) -> Roles:
    """Determine the roles of the columns from their number and from the values of the first and last columns."""
    columns = table.numbers.shape[1]
    alone, labelled = _fits(columns, size, channels), _fits(columns - 1, size, channels)
    if alone and labelled:
        raise InputError(
            f"{path}: the first column may contain labels or pixels; add a header with a column named label"
        )
    if alone:
        return Roles(None, "", {})
    if not labelled:
        raise InputError(f"{path}: {_size_advice(columns - 1, size, channels)}")
    if _numbers_rows(table.numbers[:, 0]):
        return Roles(None, "", {0: "the first column (row numbers)"})
    ends = {0: FIRST, columns - 1: LAST}
    likely = [column for column in ends if _may_be_labels(table.numbers[:, column])]
    if len(likely) > 1:
        likely = [column for column in likely if _has_no_gaps(table.numbers[:, column])]
    if len(likely) != 1:
        raise InputError(
            f"{path}: the table has no header, and the values do not show whether the labels are in the first or the "
            'last column; add a header with a column named "label"'
        )
    return Roles(likely[0], ends[likely[0]], {})


def _numbers_rows(column: Numbers) -> bool:
    """Return whether a column contains row numbers, or distinct integers too large for pixels."""
    if len(column) < 2 or not (column == np.rint(column)).all():
        return False
    one_by_one = bool((np.diff(column.astype(np.float64)) == 1).all())
    return one_by_one or (column.max() > BYTE and len(np.unique(column)) == len(column))


def _may_be_labels(column: Numbers) -> bool:
    """Return whether a column contains at least two distinct integers that repeat often enough or have no gaps."""
    values = np.unique(column)
    if not (values == np.rint(values)).all() or not 1 < len(values) < len(column):
        return False
    return len(values) * FEWEST_PER_CLASS <= len(column) or _has_no_gaps(values)


def _has_no_gaps(column: Numbers) -> bool:
    values = np.unique(column).astype(np.float64)
    return bool((np.diff(values) == 1).all())


def _fits(pixels: int, size: tuple[int, int] | None, channels: str) -> bool:
    """Return whether an image of the given size, or a square image, has this number of values."""
    colours = 1 if channels == "none" else COLOURS
    if size is not None:
        return pixels == colours * prod(size)
    side = isqrt(pixels // colours) if pixels > 0 else 0
    return pixels == colours * side * side and SMALLEST <= side <= LARGEST


def _square(pixels: int, channels: str) -> tuple[int, int]:
    side = isqrt(pixels // (1 if channels == "none" else COLOURS))
    return side, side


def _size_advice(pixels: int, size: tuple[int, int] | None, channels: str) -> str:
    """Explain why this number of values does not form an image, and how to fix it."""
    if size is not None:
        needed = prod(size) * (1 if channels == "none" else COLOURS)
        return f"each line has {pixels:,} pixels, but data.size={size[0]}x{size[1]} needs {needed:,}; change data.size"
    if channels == "none" and _fits(pixels, None, "first"):
        side = isqrt(pixels // COLOURS)
        return (
            f"each line has {pixels:,} values, as for {side}×{side} colour images; add data.channels=first or "
            "data.channels=last"
        )
    return (
        f"each line has {pixels:,} pixels, which do not form a square image with sides of {SMALLEST} to {LARGEST}; "
        + ("add data.size=HEIGHTxWIDTH" if pixels > MOST_DIMENSIONS else "for points, use data.points=FILE")
    )


def _as_labels(path: Path, column: Numbers) -> Labels:
    whole = column.astype(np.int64)
    wrong = np.flatnonzero(whole != column)
    if len(wrong):
        raise InputError(f"{path}: the label {column[wrong[0]]:g} is not an integer; number the classes from 0")
    return to_labels(whole, None, f"{path}, labels")


def _small(pixels: Numbers) -> Numbers:
    """Convert pixels to uint8 if all are integers from 0 to 255, even if stored as floats; others are unchanged."""
    low, high = pixels.min(), pixels.max()
    small = low >= 0 and high <= BYTE
    if small and (pixels.dtype.kind == "u" or (high > 1 and bool((pixels == np.rint(pixels)).all()))):
        return pixels.astype(np.uint8)
    return pixels
