"""Numbers by step in bounded memory, however long the log is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
MOST_ROWS = 1 << 16  # rows of a table; when it is full, neighbours are merged
MOST_NAMES = 256
DIGITS = 6  # significant digits of the numbers that are sent
Rows = Sequence[tuple[int, int, Mapping[str, float]]]  # (sequence number, step, numbers by name)


class CurveTable:
    """Curves over the steps: a row for each span, or for several neighbouring spans of a long log.

    `low` and `high` are the extremes of the spans in a row; they are the values themselves until rows are merged.
    """

    def __init__(self) -> None:
        self.names: list[str] = []
        self.merged = 1  # most spans in a row
        self._length = 0
        self._heads: NDArray[np.int64] = np.empty((0, 3), np.int64)  # sequence number, step, spans
        self._values: NDArray[np.float32] = np.empty((3, 0, 0), np.float32)  # mean, low, high

    def __len__(self) -> int:
        return self._length

    @property
    def steps(self) -> NDArray[np.int64]:
        """Return the step at the end of each row."""
        return self._heads[: self._length, 1]

    def append(self, rows: Rows) -> None:
        """Append rows, whose steps ascend; rows at earlier steps and values that are not numbers are left out."""
        last = int(self.steps[-1]) if self._length else -1
        kept = []
        for seq, step, numbers in rows:
            if step > last:
                kept.append((seq, step, numbers))
                last = step
        if not kept:
            return
        values = self._numbers([numbers for _, _, numbers in kept])
        self._reserve(len(kept))
        end = self._length + len(kept)
        self._heads[self._length : end] = [(seq, step, 1) for seq, step, _ in kept]
        with np.errstate(over="ignore"):
            self._values[:, self._length : end, : len(self.names)] = values.astype(np.float32)
        self._length = end
        while self._length > MOST_ROWS:
            self._merge()

    def truncate(self, step: int) -> None:
        """Drop the rows after a step."""
        self._length = int(np.searchsorted(self.steps, step, side="right"))

    def columns(
        self, points: int, after: int | None = None, first: int | None = None, last: int | None = None
    ) -> dict[str, Any]:
        """Return the curves in at most `points` points, with extremes if a point stands for several spans.

        after: sequence number after which rows are returned; None for all
        first, last: range of steps, inclusive; None for all
        """
        begin = 0 if after is None else int(np.searchsorted(self._heads[: self._length, 0], after, side="right"))
        begin = begin if first is None else max(begin, int(np.searchsorted(self.steps, first)))
        end = self._length if last is None else int(np.searchsorted(self.steps, last, side="right"))
        rows = slice(begin, max(begin, end))
        steps, values, spans = self._heads[rows, 1], self._values[:, rows, : len(self.names)], self._heads[rows, 2]
        joined = self.merged > 1 or len(steps) > points
        if len(steps) > points:
            starts = np.linspace(0, len(steps), points, endpoint=False).astype(np.int64)
            steps = steps[np.append(starts[1:], len(steps)) - 1]
            values = _reduced(values, spans, starts)
        found = {
            "step": steps.tolist(),
            "series": {name: rounded(values[0, :, i]) for i, name in enumerate(self.names)},
        }
        if joined:
            found |= {
                side: {name: rounded(values[at, :, i]) for i, name in enumerate(self.names)}
                for at, side in ((1, "low"), (2, "high"))
            }
        return found

    def _numbers(self, rows: Sequence[Mapping[str, float]]) -> NDArray[np.float64]:
        """Return numbers [rows, names], NaN where one is missing or not a number; adds new names."""
        known = self.names
        if any(list(numbers) != known for numbers in rows):
            self._add_names(name for numbers in rows for name in numbers)
        elif all(type(value) is float for numbers in rows for value in numbers.values()):
            return np.array([[*numbers.values()] for numbers in rows])
        return np.array([[_number(numbers.get(name)) for name in self.names] for numbers in rows])

    def _add_names(self, names: Iterable[str]) -> None:
        for name in dict.fromkeys(names):
            if name not in self.names and len(self.names) < MOST_NAMES and len(name) <= 200:
                self.names.append(name)
        missing = len(self.names) - self._values.shape[2]
        if missing > 0:
            self._values = np.pad(self._values, ((0, 0), (0, 0), (0, missing)), constant_values=np.nan)

    def _reserve(self, count: int) -> None:
        """Make room for more rows."""
        needed, room = self._length + count, len(self._heads)
        if needed > room:
            more = max(needed, min(2 * room, MOST_ROWS), 64) - room
            self._heads = np.pad(self._heads, ((0, more), (0, 0)))
            self._values = np.pad(self._values, ((0, 0), (0, more), (0, 0)), constant_values=np.nan)

    def _merge(self) -> None:
        """Merge each two neighbouring rows; a single last row stays."""
        starts = np.arange(0, self._length, 2)
        ends = np.minimum(starts + 1, self._length - 1)
        spans = self._heads[: self._length, 2]
        values = _reduced(self._values[:, : self._length], spans, starts)
        heads = self._heads[ends]
        heads[:, 2] = np.add.reduceat(spans, starts)
        self._length, self.merged = len(starts), 2 * self.merged
        self._heads[: self._length], self._values[:, : self._length] = heads, values


def _reduced(values: NDArray[np.float32], spans: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return mean, low and high [3, buckets, columns] of the rows from each start to the next; NaN does not count.

    spans: number of spans that each row stands for
    """
    weights = ~np.isnan(values[0]) * spans[:, None].astype(np.float64)
    counts = np.add.reduceat(weights, starts, axis=0)
    sums = np.add.reduceat(np.where(weights > 0, values[0], 0) * weights, starts, axis=0)
    means = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    low, high = np.fmin.reduceat(values[1], starts, axis=0), np.fmax.reduceat(values[2], starts, axis=0)
    return np.stack([means.astype(np.float32), low, high])


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else np.nan


def rounded(values: NDArray[Any]) -> list[float | None]:
    """Return numbers with `DIGITS` significant digits; None for those that are not finite.

    >>> rounded(np.array([0.1234567, 12345678.0, 0.0, np.nan], np.float32))
    [0.123457, 12345700.0, 0.0, None]
    """
    wide = values.astype(np.float64)
    finite = np.isfinite(wide)
    wide[~finite] = 0.0
    size = np.floor(np.log10(np.abs(wide), out=np.zeros_like(wide), where=wide != 0))
    scale = 10.0 ** (DIGITS - 1 - np.clip(size, -60, 60))
    plain: list[float | None] = (np.round(wide * scale) / scale).tolist()
    for i in np.flatnonzero(~finite):
        plain[i] = None
    return plain


class Thinned(Generic[T]):
    """Items by step, of which every second one is dropped whenever there are too many; the newest is always kept."""

    def __init__(self, most: int) -> None:
        self._most, self._every, self._count = most, 1, 0
        self._items: list[tuple[int, T]] = []
        self._newest: tuple[int, T] | None = None

    def add(self, step: int, item: T) -> None:
        """Add an item at a step."""
        self._newest = (step, item)
        if self._count % self._every == 0:
            self._items.append(self._newest)
            if len(self._items) > self._most:
                self._items, self._every = self._items[::2], 2 * self._every
        self._count += 1

    def truncate(self, step: int) -> None:
        """Drop the items after a step."""
        self._items = [item for item in self._items if item[0] <= step]
        if self._newest and self._newest[0] > step:
            self._newest = self._items[-1] if self._items else None

    def items(self, most: int | None = None) -> list[tuple[int, T]]:
        """Return the steps and items, ascending, thinned to about `most`; the newest is included."""
        items = self._items
        if self._newest and (not items or items[-1][0] != self._newest[0]):
            items = [*items, self._newest]
        if most is None or len(items) <= most:
            return items
        places = np.linspace(0, len(items) - 1, max(1, most)).round().astype(int)
        return [items[i] for i in dict.fromkeys(places.tolist())]
