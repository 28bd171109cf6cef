"""Checks for images that occur more than once."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.core.escape import listed
from ganarium.data.checks.brightness import blank
from ganarium.data.checks.helpers import example_names, percent, random_sample, share_of, thumbnails
from ganarium.data.checks.near_duplicates import near_copies_of_earlier
from ganarium.data.datasets import ImageSet, random_rows
from ganarium.data.files.content_splits import digest
from ganarium.data.finding import DataFinding

FEW, MANY = 0.01, 0.1  # share of images that repeat another; emoji have 0.5 %, since some flags are identical
MOST_NAMED, LONGEST = 4, 120  # combinations of classes in a message, and characters of each
SEARCHED = 1 << 26  # values that a quick check searches for near copies: 5,461 images of 64×64×3


def digests(images: Tensor) -> list[bytes]:
    """Return a digest of each image; equal images have equal digests."""
    return [digest(picture.data) for picture in images.contiguous().numpy()]


def equal_pictures(images: Tensor) -> list[list[int]]:
    """Return a list of rows, in ascending order, for each image that occurs more than once."""
    small = digests(thumbnails(images))  # for large images this is a small part of the bytes
    times, rows = Counter(small), defaultdict[bytes, list[int]](list)
    for row, content in enumerate(small):
        if times[content] > 1:
            rows[digests(images[row : row + 1])[0]].append(row)
    return [same for same in rows.values() if len(same) > 1]


def repeats(images: Tensor) -> Tensor:
    """Return a mask of the images that are exact copies of an earlier image: bool [n]."""
    again = torch.zeros(len(images), dtype=torch.bool)
    again[[row for same in equal_pictures(images) for row in same[1:]]] = True
    return again


def distinct(images: Tensor) -> Tensor:
    """Return the rows of images that are neither blank nor exact copies of an earlier image: int64."""
    return (~repeats(images) & ~blank(images)).nonzero()[:, 0]


def copies(train: ImageSet) -> Iterator[DataFinding]:
    """Report exact copies of earlier images, except blank images."""
    again = repeats(train.images) & ~blank(train.images)
    share = share_of(again)
    if share >= FEW:
        yield DataFinding(
            "copies",
            share >= MANY,
            f"{int(again.sum()):,} of {len(train):,} images ({percent(share)}) are exact copies of other images "
            f"(threshold {percent(FEW)}, severe from {percent(MANY)})",
            "delete these copies, unless they are intended: an image that occurs twice has twice the weight",
            share,
            example_names(train, again.nonzero()[:, 0]),
        )


def two_labels(train: ImageSet) -> Iterator[DataFinding]:
    """Report equal images with different labels, except blank images."""
    if train.labels is None:
        return
    labels, empty = train.labels.tolist(), blank(train.images).tolist()
    groups = [same for same in equal_pictures(train.images) if not empty[same[0]]]
    conflicts = {tuple(same): classes for same in groups if len(classes := {labels[row] for row in same}) > 1}
    rows = sorted(row for same in conflicts for row in same)
    if not rows:
        return
    share = len(rows) / len(train)
    combinations = Counter(" and ".join(train.classes[label] for label in sorted(one)) for one in conflicts.values())
    counted = listed([f"{names} ({count:,})" for names, count in combinations.most_common()], MOST_NAMED, LONGEST)
    yield DataFinding(
        "two-labels",
        share >= FEW,
        f"{_images_have(len(conflicts))} copies with different labels, {len(rows):,} of {len(train):,} images in total "
        f"({percent(share)}; severe from {percent(FEW)}): {counted}",
        "keep one copy of each image with the right label and delete the others; if an image belongs to several "
        "classes, create a class for this combination",
        share,
        example_names(train, rows),
    )


def _images_have(n: int) -> str:
    return f"{n:,} images have" if n > 1 else "1 image has"


def near_copies(train: ImageSet, most: int | None = None) -> Iterator[DataFinding]:
    """Report images that differ from another image only by noise or encoding.

    If `most` is given, the share is estimated from `most` images.
    """
    some = train if most is None else random_sample(train, SEARCHED)
    rows = distinct(some.images)
    fewer = len(train) / len(some)  # one image of a pair may be missing from the sample
    queries = random_rows(len(rows), len(rows) if most is None else min(len(rows), round(fewer * most)))
    found = near_copies_of_earlier(some.images[rows], queries)
    share = min(1.0, fewer * len(found) * len(rows) / (max(1, len(queries)) * len(some)))
    if share >= FEW:
        sample = "" if some is train and len(queries) == len(rows) else f" (estimated from {len(queries):,})"
        yield DataFinding(
            "near-copies",
            share >= MANY,
            f"{percent(share)} of the images{sample} differ from another image only by noise or encoding "
            f"(threshold {percent(FEW)}, severe from {percent(MANY)})",
            "keep one image of each group: files saved twice and frames of one video add no information",
            share,
            example_names(some, rows[found]),
        )
