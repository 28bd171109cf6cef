"""Files that are whole or absent."""

import errno
import os
from contextlib import suppress
from pathlib import Path
from threading import get_ident
from time import monotonic_ns

from ganarium.core.errors import RunError

PART = ".part"


def write_whole(path: Path, *chunks: bytes | memoryview) -> None:
    """Write so that after a crash at any moment `path` holds its old content or all of the new one.

    Of several writers at once, one wins and none fails. Raises `RunError` when the folder cannot be written or the
    disk is full; nothing is left behind then.
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
    """Where a file lies while it is written: a name that no other writer has."""
    return path.with_name(f".{os.getpid():x}-{get_ident():x}-{monotonic_ns():x}.{path.name}{PART}")


def cannot_write(path: Path, error: OSError, way: str = "") -> str:
    """One line for a write that the system refused.

    way: what else can be done, for example "choose another --out"
    """
    full, closed = (errno.ENOSPC, errno.EDQUOT), (errno.EACCES, errno.EPERM, errno.EROFS)
    first = "free some space" if error.errno in full else "make it writable" if error.errno in closed else ""
    ways = " or ".join(filter(None, (first, way)))
    return f"cannot write {path}: {error.strerror}" + (f"; {ways}" if ways else "")


def sync_folder(folder: Path) -> None:
    """Make renames in a folder last; a no-op where folders cannot be opened."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
