"""Which process trains a run, found out without taking the run's lock away from a training that is about to start."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from ganarium.runs.directory import LOCK

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

TABLE = Path("/proc/locks")  # of Linux
UNKNOWN = 0  # process number of a holder that cannot be named, for example on another machine
Locks = Mapping[tuple[int, int, int], int]  # (major, minor, inode) -> process number


def held_locks() -> Locks:
    """Return the locks that processes of this machine hold, from the kernel's table; empty where there is none."""
    found: dict[tuple[int, int, int], int] = {}
    with suppress(OSError, UnicodeDecodeError):
        for line in TABLE.read_text("ascii").splitlines():
            words = line.split()
            with suppress(ValueError, IndexError):
                if words[1] == "FLOCK":
                    major, minor, inode = words[5].split(":")
                    found[int(major, 16), int(minor, 16), int(inode)] = int(words[4])
    return found


def training_process(run: Path, locks: Locks) -> int | None:
    """Return the number of the process that holds a run's lock, `UNKNOWN` if it cannot be named, or None.

    locks: the result of `held_locks`, read once for many runs

    A lock that is not in the table, such as one of another machine, is noticed by a shared lock, which is released at
    once; `Run.held` waits for longer than that.
    """
    path = run / LOCK
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    process = locks.get((os.major(found.st_dev), os.minor(found.st_dev), found.st_ino)) if fcntl else None
    if process is not None:
        return max(process, UNKNOWN)
    return UNKNOWN if _is_locked(path) else None


def _is_locked(path: Path) -> bool:
    if fcntl is None:
        return _is_locked_on_windows(path)
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        fcntl.flock(number, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(number)
    return False


def _is_locked_on_windows(path: Path) -> bool:
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
