"""Checks for uninformative labels, empty classes and class imbalance."""

from collections.abc import Iterator

from torch import Tensor

from ganarium.core.escape import listed
from ganarium.data.checks.helpers import percent
from ganarium.data.datasets import ImageSet
from ganarium.data.finding import DataFinding

MOST_NAMED = 8  # classes
IMBALANCE = 0.1  # smallest class over largest; below it, a batch of 128 often has no image of the smallest class


def class_counts(train: ImageSet) -> Tensor | None:
    """Count the images of each class, int64 [K]; None without labels."""
    return None if train.labels is None else train.labels.bincount(minlength=len(train.classes))


def one_label(train: ImageSet) -> Iterator[DataFinding]:
    """Report a set with the same label for all images; severe unless the only class has a name.

    If other classes were declared, or if the label is only a number, labels were lost in conversion.
    """
    counts = class_counts(train)
    if counts is not None and int((counts > 0).sum()) == 1:
        label, classes = int(counts.argmax()), len(train.classes)
        yield DataFinding(
            "one-label",
            classes > 1 or train.classes[label].isdecimal(),
            f"all {len(train):,} images have the label {train.classes[label]!r} (at least 2 labels are needed)",
            "check how the labels were created; use game.conditional=false, or put each class into a separate "
            "folder and use data.labels=folders",
            1.0,
        )


def empty_classes(train: ImageSet) -> Iterator[DataFinding]:
    """Report classes without images, if at least two other classes have images."""
    counts = class_counts(train)
    if counts is None or int((counts > 0).sum()) < 2:
        return
    empty = [name for name, count in zip(train.classes, counts.tolist(), strict=True) if count == 0]
    if empty:
        yield DataFinding(
            "empty-classes",
            True,
            f"{len(empty)} of {len(train.classes)} classes {'has' if len(empty) == 1 else 'have'} no training images "
            f"(should be none): {listed(empty, MOST_NAMED)}",
            "add images of these classes, remove their folders, or use game.conditional=false; if there are few "
            "images, a smaller data.held_out leaves more of them for training",
            float(len(empty)),
        )


def imbalance(train: ImageSet) -> Iterator[DataFinding]:
    """Report a set whose smallest nonempty class has less than a tenth of the images of the largest class."""
    counts = class_counts(train)
    if counts is None or int((counts > 0).sum()) < 2:
        return
    smallest, largest = int(counts[counts > 0].min()), int(counts.max())
    if smallest < IMBALANCE * largest:
        small, large = (train.classes[counts.tolist().index(count)] for count in (smallest, largest))
        yield DataFinding(
            "imbalance",
            False,
            f"the smallest class, {small!r}, has {smallest:,} images, {percent(smallest / largest)} of the "
            f"{largest:,} images of the largest class, {large!r} (threshold {percent(IMBALANCE)})",
            "add images to small classes or remove images from large classes; otherwise, generated classes will be as "
            "unbalanced",
            smallest / largest,
        )
