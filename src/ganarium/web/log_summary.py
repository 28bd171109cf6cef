"""The part of an event log that the list of runs shows, read in one pass that parses only a few rare lines.

Lines of kinds that are written all the time, such as spans, are recognized by their first bytes and not parsed, so that
a log of a million lines takes about a second and a few kilobytes of memory.
"""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from pydantic_core import from_json

from ganarium.runs.events import LONGEST, Finding, Scored, read_line
from ganarium.web.safe_files import read_at, still_ends_with

SLICE = 1 << 20  # bytes read at a time
ENDING = 64  # bytes by which a replaced file is noticed: a line has a sequence number, a step and a time
TAIL = 1 << 16  # bytes at the end of a long log that suffice for its newest state
MOST_FINDINGS = 50
LARGEST = 2**53  # numbers above are not exact in a browser
RARE = frozenset((b"score", b"finding", b"sample", b"stopped", b"resumed", b"steered"))
NEUTRAL = frozenset(("slow", "save"))  # steering that does not change whether training waits


@dataclass
class LogSummary:
    """The newest state of a log, and what its rare lines say; `read` continues where it stopped.

    position: bytes read so far
    ending: the last of these bytes, by which a replaced file is noticed
    newest: the newest complete line
    spans: the newest spans, as they are written
    paused: whether the newest steering lets training wait
    steered: sequence number of the newest carried-out steering, and who gave it
    """

    position: int = 0
    ending: bytes = b""
    newest: bytes = b""
    reason: str = ""
    picture: int | None = None
    paused: bool = False
    steered: tuple[int, str, str] | None = None
    spans: deque[bytes] = field(default_factory=lambda: deque(maxlen=12))
    scores: deque[Scored] = field(default_factory=lambda: deque(maxlen=64))
    score_name: str = ""
    findings: dict[str, Finding] = field(default_factory=dict)

    def read(self, number: int, size: int, until: float) -> bool:
        """Read complete lines of an open file of `size` bytes; return whether all of them were read by the deadline.

        until: deadline, as `time.monotonic`
        """
        while self.position < size:
            content = read_at(number, self.position, min(SLICE, size - self.position))
            end = content.rfind(b"\n") + 1
            if not end and len(content) < LONGEST:
                return True  # a line is still being written
            end = end or len(content)
            for line in content[:end].splitlines():
                self._note(line)
            self.position += end
            self.ending = content[:end][-ENDING:]
            if monotonic() > until:
                return self.position >= size
        return True

    def read_tail(self, number: int, size: int) -> None:
        """Read only the end of an open file."""
        self.position = max(0, size - TAIL)
        content = read_at(number, self.position, TAIL)
        for line in content[: content.rfind(b"\n") + 1].splitlines()[1 if self.position else 0 :]:
            self._note(line)

    def head(self) -> dict[str, Any]:
        """Return the leading fields of the newest line; empty if there is none."""
        return _values(self.newest)

    def losses(self) -> dict[str, float] | None:
        """Return the losses of the newest span that has both."""
        for line in reversed(self.spans):
            means = _values(line).get("means")
            if isinstance(means, dict) and {"discriminator", "generator"} <= means.keys():
                return {name: means[name] for name in ("discriminator", "generator")}
        return None

    def speed(self) -> float | None:
        """Return the steps per second of training over the newest spans of one phase."""
        heads = [_values(line) for line in self.spans]
        heads = [head for head in heads if head and head["phase"] == heads[-1].get("phase")]
        if len(heads) < 2:
            return None
        steps, seconds = (heads[-1][name] - heads[0][name] for name in ("step", "time"))
        return steps / seconds if steps > 0 and seconds > 0 else None

    def score(self) -> Scored | None:
        """Return the newest value of the first score that was recorded."""
        return self.scores[-1] if self.scores else None

    def _note(self, line: bytes) -> None:
        start = line.find(b'"kind":"', 0, 64)
        kind = line[start + 8 : line.find(b'"', start + 8)] if start >= 0 else b""
        if kind == b"span":
            self.spans.append(line)
        elif kind in RARE or not kind:
            self._note_rare(line)
            return
        self.newest, self.reason = line, ""

    def _note_rare(self, line: bytes) -> None:
        values = _values(line)
        if not values:
            return
        self.newest, self.reason = line, ""
        match values["kind"]:
            case "stopped":
                self.reason, self.paused = str(values.get("reason", ""))[:40], False
            case "resumed":
                self.paused = False
                self._supersede(values["step"])
            case "sample" if values.get("what") == "generated":
                self.picture = values["step"]
            case "steered" if values.get("note") == "":
                self._note_steering(values)
            case "score" | "finding":
                read = read_line(line)
                self._note_event(read.event if read else None)
            case "span":
                self.spans.append(line)

    def _note_steering(self, values: dict[str, Any]) -> None:
        action = str(values.get("action"))
        self.steered = values["seq"], str(values.get("by", "")), action
        self.paused = action == "pause" or (self.paused and action in NEUTRAL)

    def _note_event(self, event: object) -> None:
        if isinstance(event, Scored):
            self.score_name = self.score_name or event.name
            if event.name == self.score_name:
                self.scores.append(event)
        elif isinstance(event, Finding) and (event.name in self.findings or len(self.findings) < MOST_FINDINGS):
            self.findings[event.name] = event

    def _supersede(self, step: int) -> None:
        """Drop what a resumption at a step supersedes."""
        self.scores = deque((one for one in self.scores if one.step <= step), maxlen=self.scores.maxlen)
        self.findings = {name: one for name, one in self.findings.items() if one.step <= step}
        kept = (line for line in self.spans if _values(line).get("step", step + 1) <= step)
        self.spans = deque(kept, maxlen=self.spans.maxlen)
        if self.picture is not None and self.picture > step:
            self.picture = None


def _values(line: bytes) -> dict[str, Any]:
    """Return the fields of a line whose leading fields are valid, or an empty table."""
    try:
        values = from_json(line, allow_inf_nan=False)
    except ValueError:
        return {}
    return values if has_head(values) else {}


def has_head(values: object) -> bool:
    """Return whether parsed data have the leading fields of a log line in the current format."""
    return (
        isinstance(values, dict)
        and values.get("format") == 1
        and isinstance(values.get("kind"), str)
        and _is_whole(values.get("seq"))
        and _is_whole(values.get("step"))
        and _is_whole(values.get("phase"))
        and isinstance(values.get("time"), int | float)
    )


def _is_whole(value: object) -> bool:
    return type(value) is int and -LARGEST < value < LARGEST


@dataclass
class WatchedLog:
    """The summary of a log file that grows, read within a time limit.

    complete: whether the whole file was read; until then, `summary` is that of its end, with what was read so far
    """

    summary: LogSummary = field(default_factory=LogSummary)
    complete: bool = True
    _reader: LogSummary = field(default_factory=LogSummary)
    _inode: int = 0
    _changed: tuple[int, int] = (0, 0)

    def is_current(self, found: os.stat_result) -> bool:
        """Return whether nothing has changed since the last call of `update`."""
        return self.complete and self._inode == found.st_ino and self._changed == (found.st_size, found.st_mtime_ns)

    def update(self, number: int, until: float) -> None:
        """Read what has been appended to an open file, or all of it if it is another file."""
        found = os.fstat(number)
        if found.st_ino != self._inode or not still_ends_with(number, self._reader.position, self._reader.ending):
            self._reader = LogSummary()
        self._inode, self._changed = found.st_ino, (found.st_size, found.st_mtime_ns)
        self.complete = self._reader.read(number, found.st_size, until)
        self.summary = self._reader if self.complete else self._with_tail(number, found.st_size)

    def _with_tail(self, number: int, size: int) -> LogSummary:
        tail = LogSummary()
        tail.read_tail(number, size)
        tail.findings = self._reader.findings | tail.findings
        for name in ("score_name", "picture"):
            setattr(tail, name, getattr(tail, name) or getattr(self._reader, name))
        tail.scores = tail.scores or self._reader.scores
        return tail
