"""Find the process that trains a run, mostly without touching the run's lock."""

import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ganarium.runs.directory import LOCK
from ganarium.runs.file_lock import is_locked

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

    A lock that is not in the table, such as one of another machine, is found by probing it.
    """
    path = run / LOCK
    try:
        found = path.lstat()
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    if hasattr(os, "major"):
        process = locks.get((os.major(found.st_dev), os.minor(found.st_dev), found.st_ino))
        if process is not None:
            return max(process, UNKNOWN)
    return UNKNOWN if is_locked(path) else None
