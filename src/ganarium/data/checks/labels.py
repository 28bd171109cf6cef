"""Checks for labels without information, empty classes and imbalance."""

from collections.abc import Iterator

from torch import Tensor

from ganarium.core.escape import listed
from ganarium.data.checks.finding import Remark, percent
from ganarium.data.datasets import ImageSet

MOST_NAMED = 8  # classes
IMBALANCE = 0.1  # smallest class over largest; below it a batch of 128 often holds no picture of the smallest


def counts(train: ImageSet) -> Tensor | None:
    """Count the pictures of each class, int64 [K]; None without labels."""
    return None if train.labels is None else train.labels.bincount(minlength=len(train.classes))


def one_label(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if all pictures have the same label; grave unless their only class has a name.

    When other classes were declared, or the label is only a number, labels were lost in conversion.
    """
    held = counts(train)
    if held is not None and int((held > 0).sum()) == 1:
        label, classes = int(held.argmax()), len(train.classes)
        yield Remark(
            "one-label",
            classes > 1 or train.classes[label].isdecimal(),
            f"all {len(train):,} pictures have the label {train.classes[label]!r} of {classes} (at least 2 are needed)",
            "look at where the labels come from; use game.conditional=false, or put each class into a folder of its "
            "own with data.labels=folders",
            1.0,
        )


def empty_classes(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if some classes have no pictures while at least two have some."""
    held = counts(train)
    if held is None or int((held > 0).sum()) < 2:
        return
    empty = [name for name, count in zip(train.classes, held.tolist(), strict=True) if count == 0]
    if empty:
        yield Remark(
            "empty-classes",
            True,
            f"{len(empty)} of {len(train.classes)} classes have no picture to train on (none may): "
            f"{listed(empty, MOST_NAMED)}",
            "add pictures of them, leave their folders out, or use game.conditional=false; if few pictures are there, "
            "a smaller data.held_out leaves more of them to training",
            float(len(empty)),
        )


def imbalance(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if the smallest nonempty class has less than a tenth of the pictures of the largest."""
    held = counts(train)
    if held is None or int((held > 0).sum()) < 2:
        return
    smallest, largest = int(held[held > 0].min()), int(held.max())
    if smallest < IMBALANCE * largest:
        small, large = (train.classes[held.tolist().index(count)] for count in (smallest, largest))
        yield Remark(
            "imbalance",
            False,
            f"the smallest class {small!r} has {smallest:,} pictures, {percent(smallest / largest)} of the largest, "
            f"{large!r} with {largest:,} (threshold {percent(IMBALANCE)})",
            "add pictures to the small classes or take some from the large; generated shares will be as uneven",
            smallest / largest,
        )
