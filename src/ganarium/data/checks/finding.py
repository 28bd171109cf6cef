"""What the doctor of data says, and how pictures are named and gone through."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ganarium.data.datasets import ImageSet

MOST_EXAMPLES = 8
CHUNK_VALUES = 1 << 21  # values looked at in one go: each takes up to 40 bytes, 80 MB in all


@dataclass(frozen=True)
class Remark:
    """A fault of a data set, or something worth knowing about it.

    name: what kind it is, such as "one-label" or "copies"
    grave: whether it will spoil training or its scores, or is only worth knowing
    text: one sentence with the number and its threshold
    advice: what to do
    value: the number
    examples: at most 8 files or pictures, such as "cats/7.png" or "picture 17"
    reasons: what is wrong with each file, by its name, where that can be said: of all of them
    """

    name: str
    grave: bool
    text: str
    advice: str
    value: float
    examples: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict, hash=False)


def named(pictures: ImageSet, rows: Tensor | Sequence[int]) -> tuple[str, ...]:
    """The first 8 of these rows by their files' names, or by their numbers counted from 0."""
    names = pictures.origin.names if pictures.origin else ()
    return tuple(names[row] if row < len(names) else f"picture {row}" for row in map(int, rows[:MOST_EXAMPLES]))


def share_of(rows: Tensor) -> float:
    """Which share of bool [n] is true, exact: one picture of a hundred is no less than 1 %."""
    return int(rows.sum()) / max(1, len(rows))


def percent(share: float) -> str:
    """0.0123 -> "1.23 %"."""
    return f"{100 * share:.3g} %"


def by_chunks(look: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """`look` at a few pictures at a time: [n, C, H, W] -> [n, …], one row a picture."""
    return torch.cat([look(chunk) for chunk in chunks(images)])


def chunks(images: Tensor) -> Iterable[Tensor]:
    """The pictures [n, C, H, W] of n ≥ 1 in parts of a bounded size."""
    return torch.split(images, max(1, CHUNK_VALUES // images[0].numel()))
