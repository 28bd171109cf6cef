"""The result type of data checks, and helpers that name pictures and process them in chunks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ganarium.data.datasets import ImageSet

MOST_EXAMPLES = 8
CHUNK_VALUES = 1 << 21  # values in one chunk: each takes up to 40 bytes, 80 MB in total


@dataclass(frozen=True)
class Remark:
    """A fault of a data set, or a property worth knowing.

    name: its type, such as "one-label" or "copies"
    grave: whether it will spoil training or its scores
    text: one sentence with the number and its threshold
    advice: what to do
    value: the number
    examples: at most 8 files or pictures, such as "cats/7.png" or "picture 17"
    reasons: the fault of each file, for all files, by name, where it is known
    """

    name: str
    grave: bool
    text: str
    advice: str
    value: float
    examples: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict, hash=False)


def named(pictures: ImageSet, rows: Tensor | Sequence[int]) -> tuple[str, ...]:
    """Return the file names of the first 8 of these rows, or their numbers counted from 0."""
    names = pictures.origin.names if pictures.origin else ()
    return tuple(names[row] if row < len(names) else f"picture {row}" for row in map(int, rows[:MOST_EXAMPLES]))


def share_of(rows: Tensor) -> float:
    """Return the share of true entries in bool [n], computed exactly: 1 of 100 is not less than 1 %."""
    return int(rows.sum()) / max(1, len(rows))


def percent(share: float) -> str:
    """Format a share: 0.0123 -> "1.23 %"."""
    return f"{100 * share:.3g} %"


def by_chunks(look: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Apply `look` to a few pictures at a time: [n, C, H, W] -> [n, …], one row per picture."""
    return torch.cat([look(chunk) for chunk in chunks(images)])


def chunks(images: Tensor) -> Iterable[Tensor]:
    """Split the pictures [n, C, H, W], n ≥ 1, into parts of bounded size."""
    return torch.split(images, max(1, CHUNK_VALUES // images[0].numel()))
