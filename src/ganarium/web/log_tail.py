"""The event log of one run as compact arrays, read incrementally; a log of any length takes bounded memory."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from pydantic_core import from_json

from ganarium.runs.directory import EVENTS
from ganarium.runs.events import LONGEST, Finding, Scored, read_line
from ganarium.web.log_summary import ENDING, SLICE, has_head
from ganarium.web.safe_files import opened, read_at, still_ends_with
from ganarium.web.series import CurveTable, Thinned

MOST_HISTOGRAMS, MOST_SHARES, MOST_SCORES = 1024, 2048, 4096
MOST_NAMES, MOST_SORTS, MOST_MARKS = 64, 1024, 1000
MOST_OUT = 500  # new lines that are sent one by one; if there are more, the page reads the curves again
BINS = 16
Values = dict[str, Any]


class RunLog:
    """The part of a run's log that the page shows; `refresh` reads the lines appended since.

    every: steps between spans, so that a span which a longer one contains is dropped
    seq: sequence number of the newest line
    reset_at: sequence number of the line that superseded earlier ones last
    watched: whether new lines are kept for `taken`
    """

    def __init__(self, path: Path, every: int = 0) -> None:
        self.path, self.every = path, every
        self._clear()
        self.seq = self.reset_at = -1
        self.watched = False
        self.described: tuple[object, list[Values]] | None = None  # findings with their remedies, and when they hold
        self._out: list[Values] | None = []

    def _clear(self) -> None:
        self._position, self._inode, self._ending = 0, 0, b""
        self.curves = CurveTable()
        self.histograms: Thinned[tuple[list[float], list[float]]] = Thinned(MOST_HISTOGRAMS)
        self.shares: Thinned[list[float]] = Thinned(MOST_SHARES)
        self.sorts, self.due = "", list[float]()
        self.scores: dict[str, Thinned[tuple[float, float | None]]] = {}
        self.score_heads: dict[str, Scored] = {}
        self.findings: dict[str, Finding] = {}
        self.marks: deque[Values] = deque(maxlen=MOST_MARKS)  # steering, resumptions and ends

    def refresh(self, until: float = inf) -> bool:
        """Read the complete lines that have been appended; read everything if the file was replaced.

        until: deadline, as `time.monotonic`
        Returns whether everything was read by the deadline. Raises `OSError` if there is no log.
        """
        with opened(self.path, EVENTS) as number:
            found = os.fstat(number)
            if found.st_ino != self._inode or not still_ends_with(number, self._position, self._ending):
                replaced = bool(self._inode)
                self._clear()
                self._inode, self.seq = found.st_ino, -1
                if replaced:
                    self._out = None
            while self._position < found.st_size:
                content = read_at(number, self._position, min(SLICE, found.st_size - self._position))
                end = content.rfind(b"\n") + 1
                if not end and len(content) < LONGEST:
                    return True  # a line is still being written
                end = end or len(content)
                self._read(content[:end])
                self._position, self._ending = self._position + end, content[:end][-ENDING:]
                if monotonic() > until:
                    return self._position >= found.st_size
            return True

    def taken(self) -> list[Values] | None:
        """Return the lines read since the last call, in compact form; None if the page has to start again."""
        out, self._out = self._out, []
        return out

    def is_reset_since(self, seq: int) -> bool:
        """Return whether lines up to a sequence number were superseded later, or belong to another log."""
        return seq > self.seq or self.reset_at > seq

    def _read(self, content: bytes) -> None:
        lines = [line for line in content.splitlines() if line and b'"kind":"layers"' not in line[:64]]
        spans: list[tuple[int, int, Mapping[str, float]]] = []
        for line, values in zip(lines, _parsed(lines), strict=True):
            if not has_head(values):
                continue
            self.seq = values["seq"]
            if values["kind"] == "span":
                if isinstance(values.get("means"), dict):
                    spans.append((values["seq"], values["step"], values["means"]))
                    self._send(values, means=values["means"])
                continue
            if values["kind"] == "resumed":
                self._add_spans(spans)
                spans = []
            note = self._NOTES.get(values["kind"])
            if note:
                note(self, values, line)
        self._add_spans(spans)

    def _add_spans(self, spans: Sequence[tuple[int, int, Mapping[str, float]]]) -> None:
        if not spans:
            return
        if self.every and len(self.curves):
            first = (spans[0][1] - 1) // self.every * self.every
            if self.curves.steps[-1] > first and self.curves.merged == 1:
                self.curves.truncate(first)
        self.curves.append(spans)

    def _note_histogram(self, values: Values, _line: bytes) -> None:
        real, fake = _numbers(values.get("real"), BINS), _numbers(values.get("fake"), BINS)
        if len(real) == len(fake) == BINS:
            self.histograms.add(values["step"], (real, fake))
            self._send(values, real=real, fake=fake)

    def _note_snapshot(self, values: Values, _line: bytes) -> None:
        counts, due = _numbers(values.get("counts"), MOST_SORTS), _numbers(values.get("due"), MOST_SORTS)
        total = sum(counts)
        if not counts or len(counts) != len(due) or total <= 0:
            return
        sorts = str(values.get("sorts", "cluster"))[:40]
        if len(due) != len(self.due) or sorts != self.sorts:
            self.shares = Thinned(MOST_SHARES)
        self.sorts, self.due = sorts, due
        shares = [round(count / total, 5) for count in counts]
        self.shares.add(values["step"], shares)
        self._send(values, kind="shares", sorts=self.sorts, shares=shares, due=due)

    def _note_score(self, values: Values, line: bytes) -> None:
        read = read_line(line)
        if read is None or not isinstance(read.event, Scored):
            return
        score = read.event
        if score.name not in self.scores and len(self.scores) < MOST_NAMES:
            self.scores[score.name] = Thinned(MOST_SCORES)
        if score.name in self.scores:
            self.scores[score.name].add(score.step, (score.value, score.error))
            self.score_heads[score.name] = score
            self._send(values, name=score.name, value=score.value, error=score.error, floor=score.floor)

    def _note_finding(self, values: Values, line: bytes) -> None:
        read = read_line(line)
        if read is not None and isinstance(read.event, Finding):
            finding = read.event
            if len(self.findings) < MOST_NAMES or finding.name in self.findings:
                self.findings[finding.name] = finding
                more = {"name": finding.name, "text": finding.text, "grave": finding.grave, "since": finding.since}
                self._send(values, **more)

    def _note_sample(self, values: Values, _line: bytes) -> None:
        self._send(values, what=str(values.get("what"))[:40])

    def _note_mark(self, values: Values, _line: bytes) -> None:
        given = [name for name in ("reason", "note", "action", "by") if name in values]
        mark: Values = {name: values[name] for name in ("seq", "kind", "step", "time")}
        mark |= {name: str(values[name])[:300] for name in given}
        if type(values.get("value")) in (int, float):
            mark["value"] = values["value"]
        self.marks.append(mark)
        self._send(mark)

    def _note_resumption(self, values: Values, line: bytes) -> None:
        step = values["step"]
        self.reset_at = values["seq"]
        self.curves.truncate(step)
        self.histograms.truncate(step)
        self.shares.truncate(step)
        for score in self.scores.values():
            score.truncate(step)
        self.findings = {name: one for name, one in self.findings.items() if one.step <= step}
        self._note_mark(values, line)
        self._out = None

    def _send(self, values: Values, **more: Any) -> None:
        """Keep a line for those who watch the run."""
        if not self.watched or self._out is None:
            return
        head: Values = {name: values[name] for name in ("seq", "kind", "step", "time")}
        self._out.append((head | more) if more else values)
        if len(self._out) > MOST_OUT:
            self._out = None

    _NOTES: Mapping[str, Callable[[RunLog, Values, bytes], None]] = {
        "histogram": _note_histogram,
        "look": _note_snapshot,
        "score": _note_score,
        "finding": _note_finding,
        "sample": _note_sample,
        "resumed": _note_resumption,
        "stopped": _note_mark,
        "steered": _note_mark,
        "checkpoint": _note_mark,
    }


def _parsed(lines: Sequence[bytes]) -> Iterable[Any]:
    """Return the parsed lines, with None for damaged ones; many lines at once, which is several times faster."""
    try:
        found = from_json(b"[" + b",".join(lines) + b"]", allow_inf_nan=False)
        if len(found) == len(lines):
            return list(found)
    except ValueError:
        pass
    return [_one(line) for line in lines]


def _one(line: bytes) -> Any:
    try:
        return from_json(line, allow_inf_nan=False)
    except ValueError:
        return None


def _numbers(values: object, most: int) -> list[float]:
    """Return a list of at most `most` numbers, or an empty list for anything else."""
    if isinstance(values, list) and len(values) <= most and all(type(one) in (int, float) for one in values):
        return [float(one) for one in values]
    return []
