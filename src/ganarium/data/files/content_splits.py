"""Assign images to the train, validation and test splits by their content."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from ganarium.config.data_files import Subset
from ganarium.data.datasets import Split, random_rows

UNIT = 1 << 64


def digest(content: bytes | memoryview) -> bytes:
    """Return the 32-byte digest of an image's content."""
    return blake2b(content, digest_size=32).digest()


def rows_of(split: Split, digests: Iterable[bytes], held_out: float) -> list[int]:
    """Return the rows of the images in one split, selected by digest; validation and test each get half of `held_out`.

    An image's split depends only on its content. Therefore exact copies are always in the same split, and adding or
    removing other images does not change it.
    """
    return [row for row, content in enumerate(digests) if split_of(content, held_out) == split]


def split_of(content: bytes, held_out: float) -> Split:
    """Return the split of an image from the digest of its content."""
    share = share_of(content)
    if share < held_out / 2:
        return "test"
    return "validation" if share < held_out else "train"


def share_of(content: bytes) -> float:
    """Return the number in [0, 1] that determines the split of an image from the digest of its content."""
    return int.from_bytes(content[:8], "little") / UNIT


def limited(rows: Sequence[int], count: int | None, subset: Subset) -> Sequence[int]:
    """Return at most `count` of the rows, chosen at random or from the start, in their original order.

    Files are often sorted by class, so the first rows may lack classes. The rows for a smaller count are a subset of
    those for a larger count.
    """
    if count is None or count >= len(rows):
        return rows
    if subset == "first":
        return rows[:count]
    return [rows[place] for place in random_rows(len(rows), count).sort().values.tolist()]
