"""The types of events, and the append-only log that holds them: one JSON object per line.

Every line has `format, seq, kind, step, phase, time`: `seq` counts lines, `phase` counts the processes of a run (0 is
the first, each resume adds one), `time` is seconds of training so far, over all phases.
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
from ganarium.runs.renamed_findings import current_finding
from ganarium.runs.renamed_scores import current_name

FORMAT = 1
LONGEST = 1 << 20  # maximum number of bytes that are read of a line
STRICT = ConfigDict(strict=True, allow_inf_nan=False)  # for lines that other programs may have written


@dataclass(frozen=True)
class Event:
    """An event after `step` steps.

    Step-bound events are the same whenever a run repeats the step.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str]
    step_bound: ClassVar[bool] = True
    step: int


@dataclass(frozen=True)
class Span(Event):
    """Means over the steps since the last span, and the gradient norms of the last step."""

    kind: ClassVar[str] = "span"
    means: Mapping[str, float]


@dataclass(frozen=True)
class Histogram(Event):
    """Histograms of D(x) and of D(G(z)) at one step: shares of 16 equal bins on [0, 1]."""

    kind: ClassVar[str] = "histogram"
    real: list[float]
    fake: list[float]


@dataclass(frozen=True)
class Layers(Event):
    """The gradient norm of each layer in one step, and the relative change of its weights."""

    kind: ClassVar[str] = "layers"
    gradients: Mapping[str, float]
    moves: Mapping[str, float]


@dataclass(frozen=True)
class Snapshot(Event):
    """Statistics of n generated samples compared with real ones, in the feature space of one reader.

    counts, due: number of samples of each sort, and the shares of real ones
    sorts: the meaning of a sort: class, mode or cluster
    spread: mean distance between samples, over that between real ones
    within: the same for samples of one sort; None if no sort has two
    apart: energy distance to real samples, over their mean distance; about 0 at best
    centre: mean position of samples along the principal directions of real ones, in their standard deviations
    nearest: distance to the nearest training sample, over that one's distance to its own nearest neighbour; the median,
        over that of held-out real ones; None without them
    middle: share of values that are neither darkest nor brightest, over that of real pictures; None for points
    averaged: `apart` of as many samples of the averaged generator; None without a moving average
    core: median distance of a sort's samples from their median, over that of real ones; the median over sorts, None if
        no sort has enough
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
    """A picture in the run directory that shows generated samples or some of the data (`what`)."""

    kind: ClassVar[str] = "sample"
    what: str
    file: str


@dataclass(frozen=True)
class Scored(Event):
    """A score; a name that an earlier version recorded is replaced by the current one."""

    kind: ClassVar[str] = "score"
    name: str
    value: float
    floor: float | None
    n: int
    note: str = ""
    counts: list[int] = field(default_factory=list)
    error: float | None = None
    against: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", current_name(self.name))


@dataclass(frozen=True)
class Finding(Event):
    """A noteworthy property of a run or its data; `grave` if the run will probably fail because of it.

    value, threshold: the measured value, and the threshold that it exceeds
    since: the first step at which it was exceeded
    """

    kind: ClassVar[str] = "finding"
    name: str
    text: str
    grave: bool = False
    value: float | None = None
    threshold: float | None = None
    since: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", current_finding(self.name))


@dataclass(frozen=True)
class Checkpointed(Event):
    """A checkpoint that is completely written to disk."""

    kind: ClassVar[str] = "checkpoint"
    step_bound: ClassVar[bool] = False
    file: str


@dataclass(frozen=True)
class Resumed(Event):
    """A resumption of training at `step`; later steps in the log are superseded."""

    kind: ClassVar[str] = "resumed"
    step_bound: ClassVar[bool] = False
    note: str = ""


@dataclass(frozen=True)
class Stopped(Event):
    """The end of training: finished, interrupted or diverged."""

    kind: ClassVar[str] = "stopped"
    step_bound: ClassVar[bool] = False
    reason: str
    note: str = ""


_ALL = (Span, Histogram, Layers, Snapshot, Sample, Scored, Finding, Checkpointed, Resumed, Stopped)
KINDS: Mapping[str, type[Event]] = {kind.kind: kind for kind in _ALL}


@dataclass(frozen=True)
class _Stamp:
    """The fields of a line in every format."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    format: int


@dataclass(frozen=True)
class _Head(_Stamp):
    """The first fields of a line in this format, except its step."""

    kind: str
    seq: int
    phase: int
    time: float


_STAMP = TypeAdapter(_Stamp)
_HEAD = TypeAdapter(_Head)
_EVENTS: Mapping[str, TypeAdapter[Event]] = {name: TypeAdapter(kind) for name, kind in KINDS.items()}


@dataclass(frozen=True)
class Line:
    """An event with its position in the log."""

    event: Event
    seq: int
    phase: int
    time: float

    def as_dict(self) -> dict[str, Any]:
        """Return the line as it is written."""
        head = {"format": FORMAT, "seq": self.seq, "kind": self.event.kind, "step": self.event.step}
        return head | {"phase": self.phase, "time": round(self.time, 3)} | asdict(self.event)


def append_line(path: Path, line: Line) -> None:
    """Append one line and flush it to disk."""
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
    """Yield all lines in order, except incomplete lines and events of unknown kinds."""
    yield from filter(None, (_parse(text, path) for text in _texts(path)))


def count_unreadable(path: Path) -> int:
    """Count the complete lines that `read_lines` skips, except a last one that may still be in writing."""
    return sum(text.endswith(b"\n") and _parse(text, path) is None for text in _texts(path))


def current_lines(lines: Iterator[Line]) -> list[Line]:
    """Return the lines that are not superseded by a `resumed` line."""
    kept: list[Line] = []
    for line in lines:
        if isinstance(line.event, Resumed):
            kept = [earlier for earlier in kept if earlier.event.step <= line.event.step]
        kept.append(line)
    return kept


def stop_reason(lines: Sequence[Line]) -> str:
    """Return the reason why training stopped; "" unless the newest of these lines records that it did."""
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
                f"{path} has format {stamp.format}, this ganarium reads up to {FORMAT}: install a newer version"
            )
        head = _HEAD.validate_json(text)
        return Line(_EVENTS[head.kind].validate_json(text), head.seq, head.phase, head.time)
    except (ValueError, KeyError):
        return None


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
