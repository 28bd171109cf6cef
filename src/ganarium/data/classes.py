"""Match the classes of two data sets, or of a run and a data set, by name."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.datasets import ImageSet, Source

MOST_NAMED = 8  # classes in a message


def empty_classes(source: Source) -> tuple[str, ...]:
    """Return the names of the classes that have no image."""
    if source.labels is None:
        return ()
    counts = source.labels.bincount(minlength=len(source.classes)).tolist()
    return tuple(name for name, count in zip(source.classes, counts, strict=True) if not count)


def renumbered(labels: Tensor, names: Sequence[str], to: Sequence[str]) -> Tensor:
    """Map indices into `names` [n] to indices into `to` [n]; −1 if `to` lacks the name."""
    number = {name: i for i, name in enumerate(to)}
    return torch.tensor([number.get(name, -1) for name in names], dtype=torch.int64)[labels]


def with_classes(source: Source, classes: tuple[str, ...]) -> Source:
    """Renumber the labels of a data set to match these classes in this order; classes may be empty.

    Raises `InputError` for data without labels or with a class of another name.
    """
    if not isinstance(source, ImageSet) or source.labels is None:
        raise InputError(f"data.classes: data={source.name} has no labels; remove the setting")
    if unknown := [name for name in source.classes if name not in classes]:
        raise InputError(
            f"data.classes={listed(classes, MOST_NAMED)}: the data also contain {listed(unknown, MOST_NAMED)}; "
            f"list all of {listed(source.classes, MOST_NAMED)}"
        )
    return replace(source, labels=renumbered(source.labels, source.classes, classes), classes=classes)
