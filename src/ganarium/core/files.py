"""Files that are whole or absent."""

import os
from pathlib import Path

from ganarium.core.errors import RunError

PART = ".part"


def write_whole(path: Path, data: bytes) -> None:
    """Write so that after a crash at any moment `path` holds its old content or all of the new one.

    Raises `RunError` when the folder cannot be written or the disk is full; nothing is left behind then.
    """
    part = path.with_name(path.name + PART)
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise RunError(cannot_write(path, error)) from None


def cannot_write(path: Path, error: OSError) -> str:
    """One line for a write that the system refused."""
    return f"cannot write {path}: {error.strerror}; free some space or choose another folder with --out"


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
