"""Tables of the losses and the scores of a run as CSV files in its directory, derived from its log."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganarium.core.atomic import write_whole
from ganarium.runs.directory import LOSSES_TABLE, SCORES_TABLE, Run
from ganarium.runs.events import Line, Scored, Span
from ganarium.runs.history import loss_rows

Row = Mapping[str, Any]
SCORE_COLUMNS = ("step", "seconds", "name", "value", "floor", "error", "n", "against")


class CsvTables:
    """The two tables of a run: losses with one row for each span, and scores with one row for each score."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._losses, self._scores = run.path / LOSSES_TABLE, run.path / SCORES_TABLE
        self._columns: Sequence[str] = ()
        self._last = 0  # step of the last row of losses

    def rewrite(self, until: int | None = None) -> None:
        """Write both tables from the log, up to step `until`."""
        lines = [line for line in self._run.events() if until is None or line.event.step <= until]
        rows = loss_rows(lines, self._run.experiment.record.log_every)
        self._columns = list(dict.fromkeys(["step", "seconds", *(name for row in rows for name in row)]))
        self._last = int(rows[-1]["step"]) if rows else 0
        write_whole(self._losses, _text(rows, self._columns, header=True))
        scores = [_score_row(line, line.event) for line in lines if isinstance(line.event, Scored)]
        write_whole(self._scores, _text(scores, SCORE_COLUMNS, header=True))

    def append(self, line: Line) -> None:
        """Add a line that was just written to the log; rewrite the tables if it changes columns or earlier rows."""
        event = line.event
        if isinstance(event, Scored):
            _append(self._scores, _text([_score_row(line, event)], SCORE_COLUMNS))
        elif isinstance(event, Span):
            row = {"step": event.step, "seconds": line.time} | dict(event.means)
            every = self._run.experiment.record.log_every
            if row.keys() - set(self._columns) or (event.step - 1) // every * every < self._last:
                self.rewrite()
                return
            _append(self._losses, _text([row], self._columns))
            self._last = event.step


def _score_row(line: Line, score: Scored) -> Row:
    return {"step": score.step, "seconds": line.time} | {name: getattr(score, name) for name in SCORE_COLUMNS[2:]}


def _text(rows: Iterable[Row], columns: Sequence[str], *, header: bool = False) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _append(path: Path, rows: bytes) -> None:
    with path.open("ab") as file:
        file.write(rows)
