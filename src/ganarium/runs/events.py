"""The kinds of event, and the log that holds them: one JSON object a line, which only grows.

Every line has `format, seq, kind, step, phase, time`: `seq` counts lines, `phase` counts the sittings of a run (0 is
the first process, each resume adds one), `time` is seconds of training so far, over all sittings.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter

from ganarium.core.atomic import cannot_write
from ganarium.core.errors import NewerFormatError, RunError

FORMAT = 1
LONGEST = 1 << 20  # bytes of a line that are read
STRICT = ConfigDict(strict=True, allow_inf_nan=False)  # for lines that others may have written


@dataclass(frozen=True)
class Event:
    """Something that happened after `step` steps. Step-bound events are the same in every repetition of a run."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str]
    step_bound: ClassVar[bool] = True
    step: int


@dataclass(frozen=True)
class Span(Event):
    """Means over the steps since the last span, and the gradient norms of the last one."""

    kind: ClassVar[str] = "span"
    means: Mapping[str, float]


@dataclass(frozen=True)
class Histogram(Event):
    """Shares of 16 equal bins of D(x) and of D(G(z)) on [0, 1], at one step."""

    kind: ClassVar[str] = "histogram"
    real: list[float]
    fake: list[float]


@dataclass(frozen=True)
class Layers(Event):
    """Of each layer in one step: its gradient's norm, and how far its weights moved, in parts of their norm."""

    kind: ClassVar[str] = "layers"
    gradients: Mapping[str, float]
    moves: Mapping[str, float]


@dataclass(frozen=True)
class Look(Event):
    """What n generated samples are like, beside real ones, as one reader sees them.

    counts, due: samples of each kind, and the shares that real ones have; sorts: what kinds are: class, mode, cluster
    spread: mean distance of any two samples, over that of two real ones
    within: the same of two samples of one kind; None where no kind has two
    apart: energy distance to real samples, over the mean distance of two of these; about 0 at best
    centre: where samples lie on average in the directions in which real ones vary most, in their standard deviations
    nearest: distance to the nearest training sample, over that one's to its own nearest; median, over that of unseen
        real ones; None without such
    middle: share of values that are neither darkest nor brightest, over that of real pictures; None of points
    averaged: `apart` of as many samples of the averaged generator; None without a moving average
    core: median distance of a kind's samples from their median, over that of real ones; the median over kinds, None
        where no kind has enough
    """

    kind: ClassVar[str] = "look"
    reader: str
    n: int
    counts: list[int]
    due: list[float]
    spread: float
    within: float | None
    apart: float
    centre: list[float]
    nearest: float | None
    middle: float | None
    sorts: str = "cluster"
    averaged: float | None = None
    core: float | None = None


@dataclass(frozen=True)
class Sample(Event):
    """A picture in the run directory: generated ones, or some of the data (`what`)."""

    kind: ClassVar[str] = "sample"
    what: str
    file: str


@dataclass(frozen=True)
class Scored(Event):
    """One score."""

    kind: ClassVar[str] = "score"
    name: str
    value: float
    floor: float | None
    n: int
    note: str = ""
    counts: list[int] = field(default_factory=list)
    error: float | None = None
    against: str = ""


@dataclass(frozen=True)
class Finding(Event):
    """Something worth knowing about a run or its data; `grave` when it will spoil the run.

    value, threshold: the number that was found, and the one beyond which it says something
    since: the step from which on it did
    """

    kind: ClassVar[str] = "finding"
    name: str
    text: str
    grave: bool = False
    value: float | None = None
    threshold: float | None = None
    since: int | None = None


@dataclass(frozen=True)
class Checkpointed(Event):
    """A checkpoint is whole on disk."""

    kind: ClassVar[str] = "checkpoint"
    step_bound: ClassVar[bool] = False
    file: str


@dataclass(frozen=True)
class Control(Event):
    """Somebody asked the run for something."""

    kind: ClassVar[str] = "control"
    step_bound: ClassVar[bool] = False
    request: str


@dataclass(frozen=True)
class Resumed(Event):
    """Training goes on from `step`; what the log holds beyond it is superseded."""

    kind: ClassVar[str] = "resumed"
    step_bound: ClassVar[bool] = False
    note: str = ""


@dataclass(frozen=True)
class Stopped(Event):
    """Training ended: finished, interrupted or diverged."""

    kind: ClassVar[str] = "stopped"
    step_bound: ClassVar[bool] = False
    reason: str
    note: str = ""


_ALL = (Span, Histogram, Layers, Look, Sample, Scored, Finding, Checkpointed, Control, Resumed, Stopped)
KINDS: Mapping[str, type[Event]] = {kind.kind: kind for kind in _ALL}


@dataclass(frozen=True)
class _Stamp:
    """What the lines of every format have."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    format: int


@dataclass(frozen=True)
class _Head(_Stamp):
    """What the lines of this format begin with, besides their step."""

    kind: str
    seq: int
    phase: int
    time: float


_STAMP = TypeAdapter(_Stamp)
_HEAD = TypeAdapter(_Head)
_EVENTS: Mapping[str, TypeAdapter[Event]] = {name: TypeAdapter(kind) for name, kind in KINDS.items()}


@dataclass(frozen=True)
class Line:
    """An event with its place in the log."""

    event: Event
    seq: int
    phase: int
    time: float

    def as_dict(self) -> dict[str, Any]:
        """As it is written."""
        head = {"format": FORMAT, "seq": self.seq, "kind": self.event.kind, "step": self.event.step}
        return head | {"phase": self.phase, "time": round(self.time, 3)} | asdict(self.event)


def append_line(path: Path, line: Line) -> None:
    """Add one line and see it onto the disk."""
    text = json.dumps(line.as_dict(), allow_nan=False, separators=(",", ":"))
    try:
        with path.open("ab") as file:
            torn = file.tell() > 0 and _last_byte(path) != b"\n"
            file.write((b"\n" if torn else b"") + text.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError(cannot_write(path, error)) from None


def read_lines(path: Path) -> Iterator[Line]:
    """All lines in order, without those that a crash tore; kinds that this version does not know are passed over."""
    yield from filter(None, (_parse(text, path) for text in _texts(path)))


def passed_over(path: Path) -> int:
    """How many whole lines `read_lines` leaves out; one that may still be being written does not count."""
    return sum(text.endswith(b"\n") and _parse(text, path) is None for text in _texts(path))


def standing(lines: Iterator[Line]) -> list[Line]:
    """The lines that hold: what a `resumed` line supersedes is dropped."""
    kept: list[Line] = []
    for line in lines:
        if isinstance(line.event, Resumed):
            kept = [earlier for earlier in kept if earlier.event.step <= line.event.step]
        kept.append(line)
    return kept


def ended(lines: Sequence[Line]) -> str:
    """How training ended, by the lines that hold: the reason of the newest; "" where it did not."""
    newest = lines[-1].event if lines else None
    return newest.reason if isinstance(newest, Stopped) else ""


def _texts(path: Path) -> Iterator[bytes]:
    if path.exists():
        with path.open("rb") as file:
            yield from iter(partial(file.readline, LONGEST), b"")


def _parse(text: bytes, path: Path) -> Line | None:
    try:
        stamp = _STAMP.validate_json(text)
        if stamp.format > FORMAT:
            raise NewerFormatError(
                f"{path} has format {stamp.format}, this ganarium reads {FORMAT}: install a newer one"
            )
        head = _HEAD.validate_json(text)
        return Line(_EVENTS[head.kind].validate_json(text), head.seq, head.phase, head.time)
    except (ValueError, KeyError):
        return None


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
