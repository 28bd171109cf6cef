"""Which pictures training does not see."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from ganarium.config.files import Subset
from ganarium.data.datasets import Split, random_rows

UNIT = 1 << 64


def digest(content: bytes | memoryview) -> bytes:
    """32 bytes that stand for a picture's content."""
    return blake2b(content, digest_size=32).digest()


def rows_of(split: Split, digests: Iterable[bytes], held_out: float) -> list[int]:
    """The pictures of one split, by their contents' digests: half of `held_out` is validation, half test.

    A picture's split depends on its content alone, so exact copies never lie on both sides, and a picture stays on
    its side when others come or go.
    """
    return [row for row, content in enumerate(digests) if split_of(content, held_out) == split]


def split_of(content: bytes, held_out: float) -> Split:
    """The split that a digest belongs to."""
    share = int.from_bytes(content[:8], "little") / UNIT
    if share < held_out / 2:
        return "test"
    return "validation" if share < held_out else "train"


def limited(rows: Sequence[int], count: int | None, subset: Subset) -> Sequence[int]:
    """Return at most `count` of these rows, in their order: chosen at random, or the first ones.

    Files are often sorted by class, so that the first rows lack classes. A smaller count gives a part of what a larger
    one gives.
    """
    if count is None or count >= len(rows):
        return rows
    if subset == "first":
        return rows[:count]
    return [rows[place] for place in random_rows(len(rows), count).sort().values.tolist()]
