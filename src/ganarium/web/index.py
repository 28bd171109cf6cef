"""The index of the runs in a folder: found again and again, read only where files have changed."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from typing import Any

from ganarium.runs.lock_state import held_locks
from ganarium.web.errors import MissingRunError
from ganarium.web.run_finder import find_runs, key_of
from ganarium.web.summaries import PARENT, WatchedRun

FRESH = 0.3  # seconds for which the index is not read again
PATIENCE = 0.4  # seconds that one refresh may spend on long logs
MOST_GONE = 10_000  # number of removed runs that are remembered


class RunIndex:
    """Summaries of all runs in a folder, each with the revision in which it changed last.

    Revisions count up from the time at which the index was created, so that those of an earlier server are older.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.revision = int(time.time() * 1000)
        self._runs: dict[str, WatchedRun] = {}
        self._summaries: dict[str, dict[str, Any]] = {}
        self._revisions: dict[str, int] = {}
        self._gone: dict[str, int] = {}
        self._lock, self._read_at = Lock(), 0.0

    def refresh(self, *, force: bool = False) -> int:
        """Read what has changed and return the newest revision; done at most every `FRESH` seconds unless forced."""
        with self._lock:
            if force or time.monotonic() - self._read_at > FRESH:
                self._read()
                self._read_at = time.monotonic()
            return self.revision

    def since(self, revision: int | None) -> dict[str, Any]:
        """Return the summaries that changed after a revision, or all, and the runs that are gone."""
        with self._lock:
            changed = [one for key, one in self._summaries.items() if self._revisions[key] > (revision or 0)]
            gone = [key for key, at in self._gone.items() if revision is not None and at > revision]
            return {"revision": self.revision, "runs": changed, "gone": gone}

    def run(self, key: str) -> WatchedRun:
        """Return a run by its identifier, with its files read again. Raises `MissingRunError`."""
        with self._lock:
            run = self._runs.get(key)
            if run is not None and run.refresh(held_locks(), time.monotonic() + PATIENCE):
                self._store(run, self.revision + 1)
                return run
        if run is None:
            self.refresh(force=True)
            run = self._runs.get(key)
        if run is None or not (run.path / "experiment.toml").exists():
            self.refresh(force=True)
            raise MissingRunError
        return run

    def summary(self, key: str) -> dict[str, Any]:
        """Return the summary of a run. Raises `MissingRunError`."""
        self.run(key)
        with self._lock:
            return self._summaries[key]

    def key_at(self, path: Path) -> str | None:
        """Return the identifier of the run in a folder, or None if there is no run in it yet."""
        self.refresh()
        key = key_of(path, self.root)
        return key if key in self._runs else None

    def parent(self, run: WatchedRun) -> WatchedRun | None:
        """Return the run that a run was forked from, if it is the only one with that name."""
        named = PARENT.fullmatch(str(run.provenance.get("parent", "")))
        if not named:
            return None
        candidates = [one for one in self._runs.values() if one.path.name == named[1] and one is not run]
        near = [one for one in candidates if one.path.parent in (run.path.parent, run.path.parent.parent)]
        chosen = near or candidates
        return chosen[0] if len(chosen) == 1 else None

    def _read(self) -> None:
        locks, until = held_locks(), time.monotonic() + PATIENCE
        found = {one.key: one for one in find_runs(self.root)}
        revision = self.revision + 1
        self._forget(self._runs.keys() - found.keys(), revision)
        new = {key: WatchedRun(one) for key, one in found.items() if key not in self._runs}
        self._runs = {key: new[key] if key in new else self._runs[key] for key in found}
        gone = [key for key, run in self._runs.items() if not run.refresh(locks, until)]
        self._forget(gone, revision)
        for run in self._runs.values():
            self._store(run, revision)

    def _store(self, run: WatchedRun, revision: int) -> None:
        """Keep the summary of a run, and count a revision if it has changed."""
        key = run.found.key
        known = self._summaries.get(key)
        if known and not run.is_new and known["status"] not in ("running", "paused") and not known["parent"]:
            return
        parent = self.parent(run)
        summary = run.summary() | ({"parent": parent.found.key} if parent else {})
        if known != summary:
            self._summaries[key], self._revisions[key], self.revision = summary, revision, revision
            self._gone.pop(key, None)

    def _forget(self, keys: Iterable[str], revision: int) -> None:
        for key in list(keys):
            self._runs.pop(key, None)
            if self._summaries.pop(key, None) is not None:
                self._revisions.pop(key)
                self._gone[key], self.revision = revision, revision
        while len(self._gone) > MOST_GONE:
            self._gone.pop(next(iter(self._gone)))
