"""Checks for pictures that occur more than once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.core.escape import listed
from ganarium.data.checks.brightness import blank
from ganarium.data.checks.finding import Remark, named, percent, share_of
from ganarium.data.checks.near_duplicates import earlier_twins
from ganarium.data.checks.subsample import sampled, thumbnails
from ganarium.data.datasets import ImageSet, random_rows
from ganarium.data.files.splits import digest

FEW, MANY = 0.01, 0.1  # share of pictures that repeat another; emoji have 0.5 %, since some flags are identical
MOST_NAMED, LONGEST = 4, 120  # combinations of classes in a message, and characters of each
SEARCHED = 1 << 26  # values that a quick check searches for near copies: 5,461 pictures of 64×64×3


def contents(images: Tensor) -> list[bytes]:
    """Return a digest of each picture; equal pictures have equal digests."""
    return [digest(picture.data) for picture in images.contiguous().numpy()]


def equal_pictures(images: Tensor) -> list[list[int]]:
    """Return the rows of each picture that occurs more than once, in ascending order."""
    small = contents(thumbnails(images))  # for large pictures this is a small part of the bytes
    times, rows = Counter(small), defaultdict[bytes, list[int]](list)
    for row, content in enumerate(small):
        if times[content] > 1:
            rows[contents(images[row : row + 1])[0]].append(row)
    return [same for same in rows.values() if len(same) > 1]


def repeats(images: Tensor) -> Tensor:
    """Return which pictures are exact copies of an earlier one: bool [n]."""
    again = torch.zeros(len(images), dtype=torch.bool)
    again[[row for same in equal_pictures(images) for row in same[1:]]] = True
    return again


def distinct(images: Tensor) -> Tensor:
    """Return the rows of pictures that are neither blank nor an exact copy of an earlier one: int64."""
    return (~repeats(images) & ~blank(images)).nonzero()[:, 0]


def copies(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if there are exact copies of earlier pictures, blank ones excluded."""
    again = repeats(train.images) & ~blank(train.images)
    share = share_of(again)
    if share >= FEW:
        yield Remark(
            "copies",
            share >= MANY,
            f"{int(again.sum()):,} of {len(train):,} pictures ({percent(share)}) are exact copies of earlier ones "
            f"(threshold {percent(FEW)}, grave from {percent(MANY)})",
            "delete them, unless their number means something: what is there twice is learned twice as much",
            share,
            named(train, again.nonzero()[:, 0]),
        )


def two_labels(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if exact copies of a picture have different labels, blank pictures excluded."""
    if train.labels is None:
        return
    labels, empty = train.labels.tolist(), blank(train.images).tolist()
    groups = [same for same in equal_pictures(train.images) if not empty[same[0]]]
    disputed = {tuple(same): kinds for same in groups if len(kinds := {labels[row] for row in same}) > 1}
    rows = sorted(row for same in disputed for row in same)
    if not rows:
        return
    share = len(rows) / len(train)
    where = Counter(" and ".join(train.classes[label] for label in sorted(kinds)) for kinds in disputed.values())
    counted = listed([f"{names} ({count:,})" for names, count in where.most_common()], MOST_NAMED, LONGEST)
    yield Remark(
        "two-labels",
        share >= FEW,
        f"{_pictures_occur(len(disputed))} under more than one label, in {len(rows):,} of {len(train):,} places "
        f"({percent(share)}; grave from {percent(FEW)}): {counted}",
        "keep each of them under the label that is right and delete its copies under the others; a picture that "
        "belongs to several classes needs a class of its own",
        share,
        named(train, rows),
    )


def _pictures_occur(n: int) -> str:
    return f"{n:,} pictures occur" if n > 1 else "1 picture occurs"


def near_copies(train: ImageSet, most: int | None = None) -> Iterator[Remark]:
    """Yield a remark if pictures equal others up to noise or encoding.

    The share is an estimate from `most` pictures when `most` is given.
    """
    some = train if most is None else sampled(train, SEARCHED)
    rows = distinct(some.images)
    fewer = len(train) / len(some)  # one picture of a pair may be missing from the sample
    asked = random_rows(len(rows), len(rows) if most is None else min(len(rows), round(fewer * most)))
    found = earlier_twins(some.images[rows], asked)
    share = min(1.0, fewer * len(found) * len(rows) / (max(1, len(asked)) * len(some)))
    if share >= FEW:
        sample = "" if some is train and len(asked) == len(rows) else f", estimated from {len(asked):,},"
        yield Remark(
            "near-copies",
            share >= MANY,
            f"{percent(share)} of the pictures{sample} are the same as others but for noise or encoding "
            f"(threshold {percent(FEW)}, grave from {percent(MANY)})",
            "keep one of each: files saved twice and frames of one film teach no more than one picture does",
            share,
            named(some, rows[found]),
        )
