"""Interpret the label column of Parquet files: classes, class numbers and missing labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ganarium.core.errors import InputError
from ganarium.core.escape import printable
from ganarium.data.datasets import Split
from ganarium.data.files.label_tables import FEWEST_PER_CLASS
from ganarium.data.files.label_validation import MOST_CLASSES, class_names, in_order, used_classes
from ganarium.data.files.layout import MOST_UNLABELLED

SEPARATORS = str.maketrans("/\\:", "---")  # names of classes become names of folders

Label = int | str | None


@dataclass(frozen=True)
class Columns:
    """The image column of a Parquet file and, if present, the label column, the class names and other columns.

    no_label: the reason why a column with a label-like name is not read as labels; "" if there is no such column
    """

    picture: str
    label: str | None
    classes: tuple[str, ...]
    unread: tuple[str, ...]
    no_label: str = ""


def lost_labels(labels: Sequence[Label], parts: Sequence[Split]) -> dict[Split, tuple[str, bool]]:
    """Map each split with too many unlabelled images to a pair: the reason, and whether some images are labelled."""
    counts, missing = Counter(parts), Counter(part for label, part in zip(labels, parts, strict=True) if label is None)
    return {
        part: (f"{few:,} of {counts[part]:,} images have no label", few < counts[part])
        for part, few in missing.items()
        if few > MOST_UNLABELLED * counts[part]
    }


def no_classes(columns: Columns, labels: Sequence[Label]) -> tuple[str, bool] | None:
    """Return None if there are classes; otherwise, the reason, and whether a column is named like labels."""
    if columns.label is None:
        return columns.no_label or "no label column", bool(columns.no_label)
    present = [label for label in labels if label is not None]
    count = len(set(present))
    if count * FEWEST_PER_CLASS > len(present) and any(isinstance(label, str) for label in present):
        name = printable(columns.label)
        return (
            f"the column {name} has {count:,} different values for {len(present):,} images, too many to be classes",
            True,
        )
    return None


def numbered(labels: Sequence[Label], columns: Columns) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return class numbers (0 for missing labels) and the names of the classes that occur, sorted if they are text."""
    present = {label for label in labels if label is not None}
    if any(isinstance(label, str) for label in present):
        texts = in_order(set(map(str, present)), "natural")
        number = {text: at for at, text in enumerate(texts)}
        return tuple(number.get(str(label), 0) for label in labels), _named(texts, len(texts))
    low, high = min(map(int, present)), max(map(int, present))
    if low < 0 or high >= MOST_CLASSES:
        raise InputError(f"has labels from {low} to {high}, not 0 to {MOST_CLASSES - 1}")
    used = np.array(sorted(map(int, present)))
    _, classes = used_classes(used, _named(columns.classes, 1 + high), (), "drop")
    place = {int(each): at for at, each in enumerate(used)}
    return tuple(0 if label is None else place[int(label)] for label in labels), classes


def _named(names: Sequence[str], needed: int) -> tuple[str, ...]:
    if needed > MOST_CLASSES:
        raise InputError(f"has {needed:,} different labels, more than the maximum of {MOST_CLASSES:,} classes")
    return class_names([name.translate(SEPARATORS).strip() for name in names], [np.array([needed - 1])], "class names")
