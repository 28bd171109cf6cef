"""Test of whether another process holds a lock file."""

import os
from pathlib import Path

from filelock import FileLock, Timeout

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


def is_locked(path: Path) -> bool:
    """Return whether a `FileLock` at the path is held; False if there is no such file.

    Needs no right to write. Several processes can ask at once.
    """
    if not path.is_file():
        return False
    return _is_refused(path) if fcntl is None else _is_flocked(path)


def _is_flocked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    finally:
        os.close(descriptor)  # releases the lock
    return False


def _is_refused(path: Path) -> bool:
    try:
        with FileLock(path).acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
