"""Processes that the page starts: trainings, forks and resumptions, which outlive the page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

import psutil

from ganarium.core.atomic import cannot_write
from ganarium.core.errors import RunError
from ganarium.core.escape import printable
from ganarium.core.outputs import FILE_SUFFIXES
from ganarium.runs.directory import EXPERIMENT
from ganarium.web.errors import PageError
from ganarium.web.safe_files import is_plain_file, opened, read_at

FOLDER, RECORD = ".page/jobs", "jobs.jsonl"
KEY = re.compile(r"[0-9a-f]{16}")
MOST_RECORDED = 1 << 20  # bytes of the record that are read
CLOCK, MOST_DELAY = 5.0, 60.0  # seconds: error of the clock, and the longest time from a start until it is recorded
MOST_RUNNING, MOST_KEPT = 16, 200
LONGEST_NAME = 100
TAIL = 4_000  # characters of output that are shown
STOPPED = frozenset((-15, -2, 130, 143))  # exit statuses after a stop that somebody asked for
SEPARATORS = frozenset('/\\:*?"<>|')
RESERVED = frozenset(("data", "studies"))  # folders of ganarium's own among the runs


@dataclass
class Job:
    """A process and the run that it trains."""

    key: str
    process: subprocess.Popen[bytes]
    output: Path
    run: Path
    claimed: bool


@dataclass(frozen=True)
class EarlierJob:
    """A process that an earlier server started in the same folder, as it was recorded.

    time: when it was started, in seconds since 1970
    """

    pid: int
    time: float
    run: Path
    claimed: bool

    def is_alive(self) -> bool:
        """Return whether the process is still running, and is not another one with the same number."""
        try:
            return 0 <= self.time - psutil.Process(self.pid).create_time() + CLOCK < MOST_DELAY
        except (psutil.Error, OSError, ValueError, OverflowError):
            return False


class Jobs:
    """The processes started from one page.

    root: folder of runs
    """

    def __init__(self, root: Path) -> None:
        self._root, self._jobs, self._lock = root, dict[str, Job](), Lock()

    def start(self, words: Sequence[str], run: Path, *, claimed: bool) -> Job:
        """Start `python -m ganarium WORDS…` in a session of its own.

        claimed: whether the folder of the run was created for this process, and is removed if it stays empty
        Raises `PageError` if too many are running, `RunError` if the output file cannot be written.
        """
        with self._lock:
            running = sum(job.process.poll() is None for job in self._jobs.values())
            if running >= MOST_RUNNING:
                sentence = f"{running} trainings started from this page are running; wait, or stop one"
                raise PageError(409, sentence, code="too-many-trainings")
            key = os.urandom(8).hex()
            output = self._root / FOLDER / f"{key}.txt"
            try:
                output.parent.mkdir(parents=True, exist_ok=True)
                with output.open("wb") as file:
                    process = self._spawn(words, file.fileno())
            except OSError as error:
                raise RunError(cannot_write(output, error)) from None
            job = Job(key, process, output, run, claimed)
            self._jobs[key] = job
            self._forget_oldest()
        line = {"job": key, "pid": process.pid, "words": list(words), "time": round(time.time(), 3)}
        line |= {"run": run.relative_to(self._root).as_posix(), "claimed": claimed}
        with suppress(OSError), (output.parent / RECORD).open("a") as record:
            record.write(json.dumps(line) + "\n")
        return job

    def status(self, key: str, key_at: Callable[[Path], str | None]) -> dict[str, Any]:
        """Return the status of a job, the identifier of its run, and the end of its output.

        A job of an earlier server has no exit status: it is done if there is a run, which says how it ended.

        key_at: returns the identifier of the run in a folder
        """
        with self._lock:
            job = self._jobs.get(key)
        if job is None:
            return self._earlier_status(key, key_at)
        ended, output = job.process.poll(), _tail(job.output)
        if ended is None:
            status = "running" if (job.run / EXPERIMENT).is_file() and key_at(job.run) else "starting"
        else:
            status = "done" if ended == 0 or ended in STOPPED else "failed"
            _remove_if_empty(job)
        return {"status": status, "run": key_at(job.run), "output": output, "exit": ended}

    def _earlier_status(self, key: str, key_at: Callable[[Path], str | None]) -> dict[str, Any]:
        job = self._earlier(key) if KEY.fullmatch(key) else None
        if job is None:
            raise PageError(404, "this job is unknown; look at the list of runs", code="unknown-job")
        is_alive, run = job.is_alive(), key_at(job.run)
        if not is_alive and not run:
            _remove_if_empty(job)
        status = ("running" if run else "starting") if is_alive else ("done" if run else "failed")
        output = self._root / FOLDER / f"{key}.txt"
        return {"status": status, "run": run, "output": _tail(output) if is_plain_file(output) else "", "exit": None}

    def _earlier(self, key: str) -> EarlierJob | None:
        """Return a job from the newest part of the record, which others may have written, or None."""
        try:
            with opened(self._root, *FOLDER.split("/"), RECORD) as number:
                size = os.fstat(number).st_size
                lines = read_at(number, max(0, size - MOST_RECORDED), MOST_RECORDED).splitlines()
            for text in reversed(lines):
                if key.encode() in text:
                    found = json.loads(text)
                    claimed, name = found["claimed"] is True, str(found["run"])
                    path = self._root / (Path(name).name if claimed else name)
                    return EarlierJob(int(found["pid"]), float(found["time"]), path, claimed)
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
            pass  # a record that is missing or damaged
        return None

    def _spawn(self, words: Sequence[str], output: int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "ganarium", *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=os.environ | {"PYTHONUNBUFFERED": "1", "COLUMNS": "200"},
        )

    def _forget_oldest(self) -> None:
        """Forget jobs that have ended, the oldest first."""
        ended = [key for key, job in self._jobs.items() if job.process.poll() is not None]
        for key in ended[: max(0, len(self._jobs) - MOST_KEPT)]:
            _remove_if_empty(self._jobs.pop(key))


def _remove_if_empty(job: Job | EarlierJob) -> None:
    if job.claimed:
        with suppress(OSError):
            job.run.rmdir()


def claim_folder(root: Path, name: str | None, default: str) -> Path:
    """Create the folder of a new run, so that no other process uses it, and return its path.

    name: name that a person chose, or None for the first free one of default, default-2, …
    Raises `PageError` for a name that is taken or invalid.
    """
    if name is not None:
        refuse_bad_name(name)
    for number in count(1):
        path = root / (name or (default if number == 1 else f"{default}-{number}"))
        try:
            root.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError:
            if name is None:
                continue
            sentence = f"name: {printable(name)} already exists; choose another name"
            raise PageError(400, sentence, "name", code="name-taken") from None
        except (OSError, ValueError) as error:
            raise RunError(cannot_write(path, error)) if isinstance(error, OSError) else error from None
        return path
    raise AssertionError("unreachable: numbers never run out")


def refuse_bad_name(name: object) -> None:
    """Raise `PageError` for a name that is not that of one visible folder on every system."""
    if not isinstance(name, str) or not 0 < len(name.encode("utf-8", "replace")) <= LONGEST_NAME:
        raise PageError(400, f"name: must be a text of 1 to {LONGEST_NAME} bytes", "name", code="name-length")
    if name[0] in ".-" or name[-1] in ". " or name != name.strip() or not name.isprintable() or SEPARATORS & {*name}:
        sentence = 'name: use letters, digits, spaces, - and _; not / \\ : * ? " < > |, and no leading dot'
        raise PageError(400, sentence, "name", code="name-letters")
    if name in RESERVED or Path(name).suffix.lower() in FILE_SUFFIXES:
        sentence = f"name: {name} looks like a file, or is used by ganarium itself; choose another name"
        raise PageError(400, sentence, "name", code="name-reserved")


def _tail(path: Path) -> str:
    """Return the last characters of a process's output, without progress lines that were overwritten."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4 * TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = (line.rpartition("\r")[2] for line in text.replace("\r\n", "\n").split("\n"))
    return "".join(letter for letter in "\n".join(lines) if letter.isprintable() or letter in "\n\t")[-TAIL:]
