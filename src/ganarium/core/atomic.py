"""Atomic file writes: temporary file, fsync, rename."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from time import monotonic_ns

from ganarium.core.errors import RunError

PART = ".part"


def write_whole(path: Path, *chunks: bytes | memoryview) -> None:
    """Write a file atomically: after a crash, `path` holds either the old content or the new content.

    When several processes write the same file, one wins and none fails. If the folder is not writable or the disk is
    full, removes the temporary file and raises `RunError`.
    """
    part = part_of(path)
    try:
        with part.open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise RunError(cannot_write(path, error)) from None


def part_of(path: Path) -> Path:
    """Return a temporary path for writing a file; the name is unique to the process, thread and time."""
    return path.with_name(f".{os.getpid():x}-{get_ident():x}-{monotonic_ns():x}.{path.name}{PART}")


def cannot_write(path: Path, error: OSError, way: str = "") -> str:
    """Return a one-line message for a failed write.

    way: another fix to suggest, for example "choose another path"
    """
    full, closed = (errno.ENOSPC, errno.EDQUOT), (errno.EACCES, errno.EPERM, errno.EROFS)
    first = "free some space" if error.errno in full else "make it writable" if error.errno in closed else ""
    ways = " or ".join(filter(None, (first, way)))
    return f"cannot write {path}: {error.strerror}" + (f"; {ways}" if ways else "")


def sync_folder(folder: Path) -> None:
    """Flush renames in a folder to disk; do nothing where folders cannot be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
