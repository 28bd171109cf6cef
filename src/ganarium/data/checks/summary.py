"""One-line summary of a data set."""

from collections.abc import Mapping

from ganarium.data.datasets import ImageSet, Split

COLOURS = {1: "grey", 3: "RGB"}


def facts(train: ImageSet, others: Mapping[Split, ImageSet]) -> str:
    """Return "50,000 pictures to train on (28×28, grey), 10,000 validation, 10,000 test; 10 classes", for example."""
    channels, height, width = train.shape
    kind = COLOURS.get(channels, f"{channels} channels")
    splits = [f"{len(train):,} pictures to train on ({height}×{width}, {kind})"]
    splits += [f"{len(other):,} {split}" for split, other in others.items()]
    return f"{', '.join(splits)}; {_classes(train)}"


def _classes(train: ImageSet) -> str:
    if train.labels is None:
        why = train.origin.unlabelled if train.origin else ""
        return f"no labels ({why})" if why else "no labels"
    return "1 class" if len(train.classes) == 1 else f"{len(train.classes)} classes"
