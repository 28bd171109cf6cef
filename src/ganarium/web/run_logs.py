"""The logs of the runs that people look at: the most recently used ones are kept, with one reader for each."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from time import monotonic
from typing import Any

from ganarium.web.errors import PageError
from ganarium.web.index import RunIndex
from ganarium.web.log_tail import RunLog
from ganarium.web.memory import memory_of
from ganarium.web.streams import Channel, message
from ganarium.web.summaries import TITLES, WatchedRun

MOST_LOGS = 12
PATIENCE = 1.5  # seconds that one request may spend on reading a long log
TICK = 0.25  # seconds between messages about a run
STATUS_TICKS = 4  # ticks between looks at the status


class RunLogs:
    """Logs by the identifier of their run."""

    def __init__(self, index: RunIndex) -> None:
        self._index = index
        self._logs: OrderedDict[str, tuple[RunLog, asyncio.Lock]] = OrderedDict()

    async def read(self, key: str) -> tuple[WatchedRun, RunLog, bool]:
        """Return a run, its log with all that has been appended, and whether the log was read to its end.

        Raises `MissingRunError` for a run that is gone, `PageError` for one without a log.
        """
        run = await asyncio.to_thread(self._index.run, key)
        log, lock = self._log_of(run)
        async with lock:
            try:
                complete = await asyncio.to_thread(log.refresh, monotonic() + PATIENCE)
            except OSError:
                if run.log.summary.newest:
                    raise PageError(
                        404, f"{run.found.name}: the log of the run cannot be read", code="no-log"
                    ) from None
                complete = True
        return run, log, complete

    async def begin(self, key: str) -> bytes:
        """Return the first message for a watcher of a run: its status, and the number of the newest line until now.

        Later lines are sent to the watcher. Raises `MissingRunError`.
        """
        run, log, _ = await self.read(key)
        if not log.watched:
            log.taken()
            log.watched = True
        return message("status", await asyncio.to_thread(self.status, run) | {"seq": log.seq})

    def channel(self, key: str, ended: Callable[[], None]) -> Channel:
        """Return the channel of a run, whose messages are new lines, changes of the status, and resets."""
        ticks, status = 0, b""

        async def tick() -> bytes:
            nonlocal ticks, status
            try:
                run, log, _ = await self.read(key)
            except PageError as error:
                return message("gone", {"error": str(error)})
            lines = log.taken()
            content = message("reset", {"seq": log.seq}) if lines is None else _lines(lines)
            ticks += 1
            if ticks % STATUS_TICKS == 1 or lines:
                newest = message("status", await asyncio.to_thread(self.status, run))
                content, status = (content + newest, newest) if newest != status else (content, status)
            return content

        def stop() -> None:
            if key in self._logs:
                self._logs[key][0].watched = False
            ended()

        return Channel(tick, TICK, message("reset", {"seq": -1}), stop)

    def status(self, run: WatchedRun) -> dict[str, Any]:
        """Return the status, step, time left and memory of a run."""
        summary = run.summary()
        values = {name: summary[name] for name in ("status", "step", "steps", "seconds", "left")}
        steered = run.log.summary.steered
        return values | {"memory": memory_of(run.process), "steered": steered[0] if steered else None}

    def _log_of(self, run: WatchedRun) -> tuple[RunLog, asyncio.Lock]:
        key = run.found.key
        record = run.values.get("record")
        every = record.get("log_every", 0) if isinstance(record, dict) else 0
        if key not in self._logs:
            self._logs[key] = RunLog(run.path, every if type(every) is int and every > 0 else 0), asyncio.Lock()
        self._logs.move_to_end(key)
        unwatched = [one for one, (log, lock) in self._logs.items() if not log.watched and not lock.locked()]
        for one in unwatched[: max(0, len(self._logs) - MOST_LOGS)]:
            if one != key:
                del self._logs[one]
        return self._logs[key]


def _lines(lines: list[dict[str, Any]]) -> bytes:
    """Return one message with all new lines; findings get their titles."""
    titled = [
        line | {"title": TITLES.get(line["name"], line["name"].replace("-", " "))}
        if line["kind"] == "finding"
        else line
        for line in lines
    ]
    return message("line", titled) if titled else b""
