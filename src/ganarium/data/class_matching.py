"""Matching of classes by name, between two data sets or between a run and a data set."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.datasets import ImageSet, Source

MOST_NAMED = 8  # classes in a message


def empty_classes(source: Source) -> tuple[str, ...]:
    """Return the names of the classes without images."""
    if source.labels is None:
        return ()
    counts = source.labels.bincount(minlength=len(source.classes)).tolist()
    return tuple(name for name, count in zip(source.classes, counts, strict=True) if not count)


def renumbered(labels: Tensor, names: Sequence[str], to: Sequence[str]) -> Tensor:
    """Convert labels that index `names` to labels that index `to`, int64 [n]; −1 if `to` lacks the name."""
    number = {name: i for i, name in enumerate(to)}
    return torch.tensor([number.get(name, -1) for name in names], dtype=torch.int64)[labels]


def with_classes(source: Source, classes: tuple[str, ...]) -> Source:
    """Renumber the labels of a data set so that they index `classes`, some of which may have no images.

    Raises `InputError` if the data have no labels, or have a class that is not in `classes`.
    """
    if not isinstance(source, ImageSet) or source.labels is None:
        raise InputError(f"data.classes: data={source.name} has no labels; remove the setting")
    if unknown := [name for name in source.classes if name not in classes]:
        raise InputError(
            f"data.classes={listed(classes, MOST_NAMED)}: the data also contain {listed(unknown, MOST_NAMED)}; "
            f"list all of {listed(source.classes, MOST_NAMED)}"
        )
    return replace(source, labels=renumbered(source.labels, source.classes, classes), classes=classes)
