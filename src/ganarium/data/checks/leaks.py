"""Checks for validation and test pictures that are in the training split."""

from collections import Counter
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from ganarium.data.checks.brightness import blank
from ganarium.data.checks.chance_overlap import most_shared
from ganarium.data.checks.duplicates import contents, distinct
from ganarium.data.checks.finding import Remark, named, percent
from ganarium.data.checks.near_duplicates import twins_in
from ganarium.data.datasets import ImageSet, Split

EXACT = 0.001  # share of a split: more than this is not an accident and changes the third digit of scores
NEAR, MANY_NEAR = 0.01, 0.1

Rows = Mapping[Split, Tensor]


def leaks(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[Remark]:
    """Yield a remark if pictures of other splits are exactly in train.

    Not grave if train repeats itself as often as chance does: splits of such a source share pictures.
    """
    known = _times(train)
    found = {split: _known(other, known).nonzero()[:, 0] for split, other in others.items()}
    worst = _worst(others, found)
    chance = most_shared(known.values(), len(others[worst])) if worst else 0.0
    because = f"; {percent(chance)} may be chance, since train repeats itself" if chance else ""
    yield from _remark(
        "leaks",
        others,
        found,
        (0.0, EXACT + chance),
        f"in train, too (none should be; grave above {percent(EXACT + chance)}{because})",
        "delete them on one side: scores on pictures that training saw take copying for skill",
    )


def near_leaks(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[Remark]:
    """Yield a remark if pictures of other splits are in train up to noise or encoding, but not exactly."""
    known = _times(train)
    images = train.images[distinct(train.images)]
    if not len(images):
        return
    found = {}
    for split, other in others.items():
        rows = (~_known(other, known) & ~_blank(other)).nonzero()[:, 0]
        found[split] = rows[twins_in(images, other.images[rows])] if len(rows) else rows
    yield from _remark(
        "near-leaks",
        others,
        found,
        (NEAR, MANY_NEAR),
        f"in train but for noise or another encoding (threshold {percent(NEAR)}, grave above {percent(MANY_NEAR)})",
        "keep each picture's relatives on one side, in folders train and test of your own",
    )


def exactly_in(train: ImageSet, other: ImageSet) -> tuple[Tensor, float]:
    """Return the rows of `other` that are exactly in `train`, int64, and the share of rows that may be so by chance.

    Blank pictures do not count. Chance matters for sources that repeat themselves, such as drawings of few marks.
    """
    known = _times(train)
    return _known(other, known).nonzero()[:, 0], most_shared(known.values(), len(other))


def _known(other: ImageSet, known: Mapping[bytes, int]) -> Tensor:
    """Return which pictures of `other`, blank ones excluded, are in train: bool [n]."""
    held = torch.tensor([content in known for content in contents(other.images)], dtype=torch.bool)
    return held & ~_blank(other)


def _blank(pictures: ImageSet) -> Tensor:
    return blank(pictures.images) if len(pictures) else torch.zeros(0, dtype=torch.bool)


def _times(train: ImageSet) -> Counter[bytes]:
    """Count the occurrences of each picture of train, blank ones excluded."""
    empty = blank(train.images).tolist()
    return Counter(content for content, blank_ in zip(contents(train.images), empty, strict=True) if not blank_)


def _worst(others: Mapping[Split, ImageSet], found: Rows) -> Split | None:
    """Return the split with the greatest share of pictures found, or None."""
    shares = {split: len(rows) / len(others[split]) for split, rows in found.items() if len(rows)}
    return max(shares, key=shares.__getitem__, default=None)


def _remark(
    name: str,
    others: Mapping[Split, ImageSet],
    found: Rows,
    thresholds: tuple[float, float],
    text: str,
    advice: str,
) -> Iterator[Remark]:
    """Yield a remark if the worst split's share is above 0 and at least the first threshold.

    Grave above the second threshold.
    """
    shares = {split: len(rows) / len(others[split]) for split, rows in found.items() if len(rows)}
    worst = _worst(others, found)
    if worst is None or shares[worst] < thresholds[0]:
        return
    told = " and ".join(f"{len(found[split]):,} of {split} ({percent(share)})" for split, share in shares.items())
    examples = named(others[worst], found[worst])
    yield Remark(
        name, shares[worst] > thresholds[1], f"of the pictures, {told} are {text}", advice, shares[worst], examples
    )
