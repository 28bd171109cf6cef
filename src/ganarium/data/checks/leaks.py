"""Checks for validation and test images that also occur in the training split."""

from collections import Counter
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from ganarium.data.checks.brightness import blank
from ganarium.data.checks.chance_overlap import max_chance_share
from ganarium.data.checks.duplicates import digests, distinct
from ganarium.data.checks.helpers import example_names, percent
from ganarium.data.checks.near_duplicates import near_copies_in
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.finding import DataFinding

EXACT = 0.001  # share of a split: more than this is not an accident and changes the third digit of scores
NEAR, MANY_NEAR = 0.01, 0.1

Rows = Mapping[Split, Tensor]


def leaks(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[DataFinding]:
    """Report images of other splits that also occur in the training split.

    The finding is not severe if repeats within the training split show that chance explains the overlap.
    """
    known = _times(train)
    found = {split: _known(other, known).nonzero()[:, 0] for split, other in others.items()}
    worst = _worst(others, found)
    chance = max_chance_share(known.values(), len(others[worst])) if worst else 0.0
    because = f"; up to {percent(chance)} may be due to chance, since train contains repeats" if chance else ""
    yield from _finding(
        "leaks",
        others,
        found,
        (0.0, EXACT + chance),
        f"also in the training split (should be none; severe above {percent(EXACT + chance)}{because})",
        "delete these images from one split, since scores on training images reward memorization",
    )


def near_leaks(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[DataFinding]:
    """Report images of other splits that differ from a training image only by noise or encoding."""
    known = _times(train)
    images = train.images[distinct(train.images)]
    if not len(images):
        return
    found = {}
    for split, other in others.items():
        rows = (~_known(other, known) & ~_blank(other)).nonzero()[:, 0]
        found[split] = rows[near_copies_in(images, other.images[rows])] if len(rows) else rows
    yield from _finding(
        "near-leaks",
        others,
        found,
        (NEAR, MANY_NEAR),
        f"also in the training split, up to noise or encoding (threshold {percent(NEAR)}, severe above "
        f"{percent(MANY_NEAR)})",
        "put near-copies of an image into the same split by creating the folders train and test yourself",
    )


def exact_matches(train: ImageSet, other: ImageSet) -> tuple[Tensor, float]:
    """Return the rows of `other` whose images occur in `train`, int64, and the share of rows that chance explains.

    Blank images do not count. Chance matters for sources with few distinct images, such as drawings of a few marks.
    """
    known = _times(train)
    return _known(other, known).nonzero()[:, 0], max_chance_share(known.values(), len(other))


def _known(other: ImageSet, known: Mapping[bytes, int]) -> Tensor:
    """Return a mask of the images of `other` that occur in the training split, except blank images: bool [n]."""
    held = torch.tensor([content in known for content in digests(other.images)], dtype=torch.bool)
    return held & ~_blank(other)


def _blank(pictures: ImageSet) -> Tensor:
    return blank(pictures.images) if len(pictures) else torch.zeros(0, dtype=torch.bool)


def _times(train: ImageSet) -> Counter[bytes]:
    """Count the occurrences of each training image, except blank images."""
    empty = blank(train.images).tolist()
    return Counter(content for content, blank_ in zip(digests(train.images), empty, strict=True) if not blank_)


def _worst(others: Mapping[Split, ImageSet], found: Rows) -> Split | None:
    """Return the split with the largest share of matching images, or None if no image matches."""
    shares = {split: len(rows) / len(others[split]) for split, rows in found.items() if len(rows)}
    return max(shares, key=shares.__getitem__, default=None)


def _finding(
    name: str,
    others: Mapping[Split, ImageSet],
    found: Rows,
    thresholds: tuple[float, float],
    text: str,
    advice: str,
) -> Iterator[DataFinding]:
    """Yield a finding if the worst split's share is nonzero and reaches the first threshold.

    The finding is severe above the second threshold.
    """
    shares = {split: len(rows) / len(others[split]) for split, rows in found.items() if len(rows)}
    worst = _worst(others, found)
    if worst is None or shares[worst] < thresholds[0]:
        return
    counted = " and ".join(f"{len(found[split]):,} {split} ({percent(share)})" for split, share in shares.items())
    examples = example_names(others[worst], found[worst])
    yield DataFinding(
        name, shares[worst] > thresholds[1], f"{counted} images are {text}", advice, shares[worst], examples
    )
