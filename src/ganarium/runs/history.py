"""Histories of a run: the losses and the scores in its log, as columns by step."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from ganarium.core.data_frames import data_frame
from ganarium.core.errors import UnknownNameError
from ganarium.core.escape import counted
from ganarium.runs.events import Line, Scored
from ganarium.runs.loss_history import recorded_spans

Row = Mapping[str, float]


@final
class History(Mapping[str, NDArray[Any]]):
    """Columns of equal length, one row for each step, as read-only NumPy arrays by name.

    The first columns are "step", int64, and "seconds", the training time up to this step. The others are float64, with
    NaN at the steps that have no value.

    >>> history = History([{"step": 100, "seconds": 1.5, "discriminator": 1.25}, {"step": 200, "seconds": 3.0}])
    >>> history["step"].tolist(), history["discriminator"].tolist()
    ([100, 200], [1.25, nan])
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        rows = list(rows)
        names = dict.fromkeys(["step", "seconds", *(name for row in rows for name in row)])
        self._columns = {
            name: np.array([row.get(name, np.nan) for row in rows], np.int64 if name == "step" else np.float64)
            for name in names
        }
        for column in self._columns.values():
            column.flags.writeable = False

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._columns:
            raise UnknownNameError("column", str(name), self._columns)
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        steps = self._columns["step"]
        named = ", ".join(name for name in self._columns if name not in ("step", "seconds"))
        reached = f" up to step {steps[-1]:,}" if len(steps) else ""
        return f"<History: {counted(len(steps), 'row')}{reached}{': ' if named else ''}{named}>"

    def to_pandas(self) -> Any:
        """Return a `pandas.DataFrame` with the same columns. Raises `UsageError` if pandas is not installed."""
        return data_frame(self._columns)


def loss_rows(lines: Iterable[Line], every: int) -> list[Row]:
    """Return one row for each span of an event log with one span every `every` steps."""
    return [
        {"step": each.span.step, "seconds": each.seconds} | dict(each.span.means)
        for each in recorded_spans(lines, every)
    ]


def score_rows(lines: Iterable[Line]) -> list[Row]:
    """Return one row for each step of an event log at which the run was scored, in the order of the steps."""
    rows: dict[int, dict[str, float]] = {}
    for line in lines:
        if isinstance(line.event, Scored):
            row = rows.setdefault(line.event.step, {"step": line.event.step, "seconds": line.time})
            row[line.event.name] = line.event.value
    return [rows[step] for step in sorted(rows)]
