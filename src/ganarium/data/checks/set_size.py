"""Checks for too few images, overall or per class."""

from collections.abc import Iterator

from ganarium.config.base import DataConfig
from ganarium.data.checks.labels import class_counts
from ganarium.data.datasets import ImageSet
from ganarium.data.finding import DataFinding
from ganarium.data.held_out_share import FEWEST, held_out_count, sufficient_share

# Below FEW images, a discriminator eventually memorizes them; below TOO_FEW, it does so immediately.
FEW, TOO_FEW = 1_000, 100
FEW_PER_CLASS = 100


def few_pictures(train: ImageSet) -> Iterator[DataFinding]:
    """Report a training set of fewer than 1,000 images; severe below 100."""
    n = len(train)
    if n < FEW:
        yield DataFinding(
            "few-pictures",
            n < TOO_FEW,
            f"only {n:,} training images ({FEW:,} or more recommended, severe below {TOO_FEW})",
            "add images, use smaller networks (generator.hidden, discriminator.hidden), and check whether generated "
            "images are copies of training images",
            float(n),
        )


def few_held_out(settings: DataConfig) -> Iterator[DataFinding]:
    """Report a test split that is too small for scores, if another value of `data.held_out` is sufficient."""
    count = held_out_count(settings)
    share = sufficient_share(settings) if count < FEWEST else None
    if share is not None:
        yield DataFinding(
            "few-held-out",
            False,
            f"only {count} test samples are held out (scores need at least {FEWEST})",
            f"train with data.held_out={share:g}",
            share,
        )


def few_per_class(train: ImageSet) -> Iterator[DataFinding]:
    """Report classes with fewer than 100 images, which matters for conditional training."""
    counts = class_counts(train)
    if counts is None or int((counts > 0).sum()) < 2:
        return
    few = ((counts > 0) & (counts < FEW_PER_CLASS)).nonzero()[:, 0].tolist()
    if few:
        smallest = min(few, key=counts.tolist().__getitem__)
        yield DataFinding(
            "few-per-class",
            False,
            f"{len(few)} of {len(train.classes)} classes {'has' if len(few) == 1 else 'have'} fewer than "
            f"{FEW_PER_CLASS} images; the smallest, "
            f"{train.classes[smallest]!r}, has {int(counts[smallest])}",
            "for conditional training, add images of these classes or merge them; otherwise use game.conditional=false",
            float(counts[smallest]),
        )
