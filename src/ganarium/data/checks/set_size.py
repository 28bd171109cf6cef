"""Checks for too few pictures, overall or per class."""

from collections.abc import Iterator

from ganarium.data.checks.finding import Remark
from ganarium.data.checks.labels import counts
from ganarium.data.datasets import ImageSet

# Below FEW a discriminator eventually memorizes its pictures, below TOO_FEW it does so at once.
FEW, TOO_FEW = 1_000, 100
FEW_PER_CLASS = 100


def few_pictures(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if there are fewer than 1,000 pictures; grave below 100."""
    n = len(train)
    if n < FEW:
        yield Remark(
            "few-pictures",
            n < TOO_FEW,
            f"there are {n:,} pictures to train on (threshold {FEW:,}; {TOO_FEW} at the very least)",
            "add pictures, make the networks smaller (generator.hidden, discriminator.hidden), and look out for "
            "generated pictures that are copies of these",
            float(n),
        )


def few_per_class(train: ImageSet) -> Iterator[Remark]:
    """Yield a remark if a class has fewer than 100 pictures, which matters for conditional training."""
    held = counts(train)
    if held is None or int((held > 0).sum()) < 2:
        return
    few = ((held > 0) & (held < FEW_PER_CLASS)).nonzero()[:, 0].tolist()
    if few:
        smallest = min(few, key=held.tolist().__getitem__)
        yield Remark(
            "few-per-class",
            False,
            f"{len(few)} of {len(train.classes)} classes have fewer than {FEW_PER_CLASS} pictures; the smallest, "
            f"{train.classes[smallest]!r}, has {int(held[smallest])}",
            "for conditional training, add pictures of these classes or merge them; otherwise game.conditional=false",
            float(held[smallest]),
        )
