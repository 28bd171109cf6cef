"""Summaries of runs for the list: settings, status, newest losses and scores, findings, tags."""

from __future__ import annotations

import os
import re
import stat
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from math import isfinite
from pathlib import Path
from typing import Any

from ganarium.config.overrides import LARGEST_FILE
from ganarium.diagnosis.rules import RULES
from ganarium.runs.directory import EVENTS, EXPERIMENT, NOTES, SAMPLES
from ganarium.runs.events import Finding
from ganarium.runs.lock_state import Locks, training_process
from ganarium.runs.notes import Notes, read_notes
from ganarium.runs.provenance import pop_provenance
from ganarium.web.log_summary import LogSummary, WatchedLog
from ganarium.web.run_finder import FoundRun
from ganarium.web.safe_files import opened, read_bytes

TITLES = {rule.name: rule.title for rule in RULES}
STATUS = {"finished": "finished", "interrupted": "stopped", "diverged": "diverged"}
STARTING = 10.0  # seconds in which a new run may have neither a lock nor a log
PARENT = re.compile(r"(.+) at step (\d+)")
DEEP = re.compile(rb"\[{32}|(?:[\w\"'-]+\s*\.\s*){32}")
Stamp = tuple[int, int, int]


class DamagedRunError(Exception):
    """A run whose settings cannot be read; the message is one sentence."""


@dataclass
class WatchedRun:
    """A run in the folder and what is known of it; `refresh` reads what has changed since.

    values: the settings as plain data; empty if they cannot be read
    process: number of the training process, 0 if it cannot be named, None if the run is not in training
    is_new: whether the newest call of `refresh` has read something new
    """

    found: FoundRun
    values: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    log: WatchedLog = field(default_factory=WatchedLog)
    process: int | None = None
    error: str | None = None
    notes: Notes = field(default_factory=Notes)
    changed: float = 0.0
    is_new: bool = True
    _written: float = 0.0
    _began: float = 0.0
    _stamps: dict[str, Stamp | None] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        """Return the directory of the run."""
        return self.found.path

    def refresh(self, locks: Locks, until: float) -> bool:
        """Read the files that have changed; return whether the run still exists.

        until: deadline for reading a long log, as `time.monotonic`
        """
        settings = _stat(self.path / EXPERIMENT)
        if settings is None:
            return False
        self._written, self.is_new = settings.st_mtime, False
        if self._has_changed(EXPERIMENT, settings):
            self._read_settings()
        self._read_log(until)
        notes = _stat(self.path / NOTES)
        if self._has_changed(NOTES, notes):
            self.notes = read_notes(self.path) if notes else Notes()
        process = training_process(self.path, locks)
        self.is_new, self.process = self.is_new or process != self.process, process
        return True

    def status(self) -> str:
        """Return "running", "paused", "waiting", "finished", "stopped", "diverged", "failed" or "damaged"."""
        if self.process is not None:
            return "paused" if self.log.summary.paused else "running"
        if self.error:
            return "damaged"
        if not self.log.summary.newest:  # also a fork that a trial will train later
            return "running" if time.time() - self._written < STARTING else "waiting"
        return STATUS.get(self.log.summary.reason, "failed")

    def summary(self) -> dict[str, Any]:
        """Return the summary as JSON-compatible data; the parent is given as text."""
        log, head = self.log.summary, self.log.summary.head()
        train, step, seconds = _table(self.values, "train"), max(0, head.get("step", 0)), float(head.get("time", 0.0))
        status, score = self.status(), log.score()
        return {
            "id": self.found.key,
            "name": self.found.name,
            "version": self.version,
            "recipe": _text(self.values.get("recipe")),
            "data": _text(_table(self.values, "data").get("kind")),
            "status": status,
            "step": step,
            "steps": _whole(train.get("steps")),
            "seconds": seconds,
            "left": _left(log, train, step, seconds) if status == "running" else None,
            "started": self._began or self._written,
            "changed": self.changed or self._written,
            "parent": _text(self.provenance.get("parent")) or None,
            "group": self.found.group,
            "seed": _whole(self.values.get("seed")),
            "tags": list(self.notes.tags),
            "note": self.notes.note,
            "score": {name: getattr(score, name) for name in ("name", "value", "floor", "error")} if score else None,
            "losses": _numbers(log.losses()),
            "findings": [finding_head(one) for one in log.findings.values()],
            "picture": log.picture,
            "error": self.error,
        }

    @property
    def version(self) -> str:
        """Return 8 hex digits that change when another run takes the place of this one."""
        identity = self.provenance.get("identity") or self._stamps.get(EXPERIMENT)
        return sha256(repr(identity).encode("utf-8", "replace")).hexdigest()[:8]

    def _has_changed(self, name: str, found: os.stat_result | None) -> bool:
        stamp = (found.st_ino, found.st_size, found.st_mtime_ns) if found else None
        has_changed = name not in self._stamps or self._stamps[name] != stamp
        self._stamps[name], self.is_new = stamp, self.is_new or has_changed
        return has_changed

    def _read_settings(self) -> None:
        self.values, self.provenance, self.error = {}, {}, None
        try:
            self.values = read_settings(self.path)
            provenance = pop_provenance(self.values)
            self.provenance = provenance if isinstance(provenance, dict) else {}
        except DamagedRunError as error:
            self.error = str(error)

    def _read_log(self, until: float) -> None:
        found = _stat(self.path / EVENTS)
        if found is None:
            self.is_new = self.is_new or bool(self.changed)
            self.log, self.changed = WatchedLog(), 0.0
        elif not self.log.is_current(found):
            self.is_new = True
            with suppress(OSError), opened(self.path, EVENTS) as number:
                self.log.update(number, until)
            self.changed = found.st_mtime
            self._began = self._first_seen(found.st_mtime)

    def _first_seen(self, changed: float) -> float:
        """Return when the run began: when its picture of the data was written, or the training time ago."""
        picture = _stat(self.path / SAMPLES / "data.png")
        seconds = float(self.log.summary.head().get("time", 0.0))
        return min(changed - seconds, picture.st_mtime if picture else changed)


def read_settings(run: Path) -> dict[str, Any]:
    """Return the content of a run's settings file as plain data, with its provenance. Raises `DamagedRunError`."""
    try:
        content = read_bytes(run, EXPERIMENT, most=LARGEST_FILE)
        if DEEP.search(content):
            raise ValueError("it is nested too deeply")
        values = tomllib.loads(content.decode())
    except OSError as error:
        raise DamagedRunError(f"{EXPERIMENT} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:100]
        raise DamagedRunError(f"{EXPERIMENT} is damaged ({reason}); restore the original file") from None
    missing = [name for name in ("data", "generator", "train") if not isinstance(values.get(name), dict)]
    if missing:
        raise DamagedRunError(f"{EXPERIMENT} is damaged: the table [{missing[0]}] is missing; restore the file")
    return values


def finding_head(event: Finding) -> dict[str, Any]:
    """Return the name, title and gravity of a finding."""
    return {"name": event.name, "title": TITLES.get(event.name, event.name.replace("-", " ")), "grave": event.grave}


def _stat(path: Path) -> os.stat_result | None:
    """Return the status of a file or link, or None; other than regular files count as missing, except settings."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) or path.name == EXPERIMENT else None


def _left(log: LogSummary, train: dict[str, Any], step: int, seconds: float) -> float | None:
    """Return the seconds until training ends, or None if unknown."""
    ends, speed = [], log.speed()
    steps, limit = _whole(train.get("steps")), train.get("seconds")
    if steps and speed:
        ends.append((steps - step) / speed)
    if type(limit) in (int, float):
        ends.append(float(limit) - seconds)  # type: ignore[arg-type]
    return max(0.0, round(min(ends), 1)) if ends else None


def _numbers(values: dict[str, Any] | None) -> dict[str, float] | None:
    """Return finite numbers by name, or None if one of them is not a number."""
    if values and all(type(one) in (int, float) and isfinite(one) for one in values.values()):
        return values
    return None


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    table = values.get(name)
    return table if isinstance(table, dict) else {}


def _text(value: Any) -> str:
    return value[:200] if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < 2**53 else None
