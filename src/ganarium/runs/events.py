"""Event types and the append-only event log, with one JSON object per line.

Every line has `format, seq, kind, step, phase, time`: `seq` counts lines, `phase` counts the processes of a run (0 is
the first, each resume adds one), `time` is the training time in seconds, over all phases.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from ganarium.core.atomic import cannot_write
from ganarium.core.errors import NewerFormatError, RunError
from ganarium.runs.renamed_findings import current_finding
from ganarium.runs.renamed_scores import current_name

__all__ = [
    "Checkpointed",
    "Event",
    "Finding",
    "Histogram",
    "Layers",
    "Line",
    "Resumed",
    "Sample",
    "Scored",
    "Snapshot",
    "Span",
    "Steered",
    "Stopped",
]
FORMAT = 1
LONGEST = 1 << 20  # maximum number of bytes read per line
STRICT = ConfigDict(strict=True, allow_inf_nan=False)  # for lines that other programs may have written


@dataclass(frozen=True)
class Event:
    """An event that was recorded after `step` training steps.

    Step-bound events are identical whenever a run repeats the step.
    """

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    kind: ClassVar[str]
    step_bound: ClassVar[bool] = True
    step: int


@dataclass(frozen=True)
class Span(Event):
    """Mean values over the steps since the previous span, and the gradient norms of the last step."""

    kind: ClassVar[str] = "span"
    means: Mapping[str, float]


@dataclass(frozen=True)
class Histogram(Event):
    """Histograms of D(x) and D(G(z)) at one step: fractions in 16 equal bins on [0, 1]."""

    kind: ClassVar[str] = "histogram"
    real: list[float]
    fake: list[float]


@dataclass(frozen=True)
class Layers(Event):
    """The gradient norm and the relative weight change of each layer in one step."""

    kind: ClassVar[str] = "layers"
    gradients: Mapping[str, float]
    moves: Mapping[str, float]


@dataclass(frozen=True)
class Snapshot(Event):
    """Statistics of n generated samples compared with real samples, in the feature space of one extractor.

    reader: name of the feature extractor
    counts, due: number of generated samples of each sort, and share of each sort among real samples
    sorts: the meaning of a sort: class, mode or cluster
    spread: mean distance between generated samples, divided by that between real samples
    within: `spread` among samples of the same sort; None if no sort has two samples
    apart: energy distance to real samples, divided by the mean distance between real samples; about 0 at best
    centre: offset of the mean sample from the mean real sample, along the principal directions of real samples, in
        standard deviations of real samples
    nearest: median ratio of the distance to the nearest training sample to that sample's distance to its own nearest
        neighbour, divided by the same median for held-out real samples; None without held-out samples
    middle: share of values that are neither darkest nor brightest, divided by that of real images; None for points
    averaged: `apart` for equally many samples of the generator with averaged weights; None without a moving average
    core: median distance of a sort's samples from their median, divided by that of real samples; the median over sorts,
        or None if no sort has enough samples
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
    """An image file in the run directory that shows either generated samples or the data, as stated by `what`."""

    kind: ClassVar[str] = "sample"
    what: str
    file: str


@dataclass(frozen=True)
class Scored(Event):
    """A score computed during training; score names from earlier versions are replaced by current names."""

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
    """A noteworthy property of a run or of the data, which is `grave` if likely to make the run fail.

    value, threshold: the measured value, and the threshold that it exceeds
    since: the first step at which the value exceeded the threshold
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
    """A resumption of training at `step`; earlier log lines of later steps are superseded."""

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


@dataclass(frozen=True)
class Steered(Event):
    """A request to steer training that was carried out, or refused if there is a `note` with the reason.

    action: as in `ganarium steer`; empty if the request could not be read
    value: number of updates, or steps per second
    by: name of the person or program that made the request
    request: name of the request
    """

    kind: ClassVar[str] = "steered"
    step_bound: ClassVar[bool] = False
    action: str
    value: int | float | None = None
    by: str = ""
    note: str = ""
    request: str = ""


_ALL = (Span, Histogram, Layers, Snapshot, Sample, Scored, Finding, Checkpointed, Resumed, Steered, Stopped)
KINDS: Mapping[str, type[Event]] = {kind.kind: kind for kind in _ALL}


@dataclass(frozen=True)
class _Stamp:
    """The fields that a log line has in every version of the format."""

    __pydantic_config__: ClassVar[ConfigDict] = STRICT
    format: int


@dataclass(frozen=True)
class _Head(_Stamp):
    """The leading fields of a log line in the current format, except `step`."""

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
        """Return the JSON object that is written to the log."""
        head = {"format": FORMAT, "seq": self.seq, "kind": self.event.kind, "step": self.event.step}
        return head | {"phase": self.phase, "time": round(self.time, 3)} | asdict(self.event)


def refuse_unwritable(event: Event) -> None:
    """Raise `ValueError` if an event cannot be written to a log and read again, for example because of a NaN."""
    text = json.dumps(asdict(event), allow_nan=False)
    try:
        _EVENTS[event.kind].validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{event.kind}.{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from None


def append_line(path: Path, line: Line) -> None:
    """Append one line to the log and flush the file to disk."""
    text = json.dumps(line.as_dict(), allow_nan=False, separators=(",", ":"))
    try:
        with path.open("ab") as file:
            torn = file.tell() > 0 and _last_byte(path) != b"\n"
            file.write((b"\n" if torn else b"") + text.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RunError(cannot_write(path, error)) from None


def read_lines(path: Path, start: int = 0) -> Iterator[Line]:
    """Yield all log lines after byte `start` in order, except incomplete lines and events of unknown kinds."""
    yield from filter(None, (read_line(text, path) for text in _texts(path, start)))


def count_unreadable(path: Path) -> int:
    """Count the complete lines that `read_lines` skips; a last line still being written does not count."""
    return sum(text.endswith(b"\n") and read_line(text, path) is None for text in _texts(path))


def current_lines(lines: Iterator[Line]) -> list[Line]:
    """Return the lines that are not superseded by a `resumed` line."""
    kept: list[Line] = []
    for line in lines:
        if isinstance(line.event, Resumed):
            kept = [earlier for earlier in kept if earlier.event.step <= line.event.step]
        kept.append(line)
    return kept


def is_paused(lines: Iterable[Line]) -> bool:
    """Return whether training waits for a request, according to the log."""
    paused = False
    for line in lines:
        paused = paused_after(line.event, paused=paused)
    return paused


def paused_after(event: Event, *, paused: bool) -> bool:
    """Return whether training waits for a request after an event, given whether it did before the event."""
    match event:
        case Steered(action="pause", note=""):
            return True
        case Steered(action="continue" | "discriminator" | "generator" | "stop", note="") | Resumed() | Stopped():
            return False
        case _:
            return paused


def stop_reason(lines: Sequence[Line]) -> str:
    """Return the reason why training stopped, or "" if the newest line is not a `stopped` event."""
    newest = lines[-1].event if lines else None
    return newest.reason if isinstance(newest, Stopped) else ""


def _texts(path: Path, start: int = 0) -> Iterator[bytes]:
    if path.exists():
        with path.open("rb") as file:
            file.seek(start)
            yield from iter(partial(file.readline, LONGEST), b"")


def read_line(text: bytes, path: Path | str = "the log") -> Line | None:
    """Parse one line of a log; return None for an incomplete line or an event of an unknown kind.

    path: for the message of `NewerFormatError`
    """
    try:
        stamp = _STAMP.validate_json(text)
        if stamp.format > FORMAT:
            raise NewerFormatError(
                f"{path} has format {stamp.format}, but this version reads formats up to {FORMAT}; "
                "install a newer version of ganarium"
            )
        head = _HEAD.validate_json(text)
        return Line(_EVENTS[head.kind].validate_json(text), head.seq, head.phase, head.time)
    except (ValueError, KeyError):
        return None


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1)
