"""Reading of files inside a folder that is not trusted: links are never followed, and only regular files are read."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
FILE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
BY_FOLDER = os.open in os.supports_dir_fd


class UnsafeFileError(OSError):
    """A file that is not read: a link, a device, a pipe, or larger than allowed."""


@contextmanager
def opened(root: Path, *parts: str) -> Iterator[int]:
    """Open the regular file root/part/…/part for reading; yield its descriptor.

    root: may itself be reached through links
    Raises `OSError` if the file is missing or a part is a link, `UnsafeFileError` for anything but a regular file.
    """
    number = _open_below(root, parts) if BY_FOLDER else _open_resolved(root, parts)
    try:
        if not stat.S_ISREG(os.fstat(number).st_mode):
            raise UnsafeFileError(f"{parts[-1]} is not a regular file")
        yield number
    finally:
        os.close(number)


def read_bytes(root: Path, *parts: str, most: int) -> bytes:
    """Return the content of a file as `opened` finds it. Raises `UnsafeFileError` for more than `most` bytes."""
    with opened(root, *parts) as number:
        size = os.fstat(number).st_size
        if size > most:
            raise UnsafeFileError(f"{parts[-1]} has {size:,} bytes; at most {most:,} are read")
        return read_at(number, 0, most)


def read_at(number: int, start: int, most: int) -> bytes:
    """Return up to `most` bytes of an open file from a position, fewer only at its end."""
    chunks, left = [], most
    os.lseek(number, start, os.SEEK_SET)
    while left:
        chunk = os.read(number, left)
        if not chunk:
            break
        chunks.append(chunk)
        left -= len(chunk)
    return b"".join(chunks)


def still_ends_with(number: int, position: int, ending: bytes) -> bool:
    """Return whether an open file has certain bytes before a position, so that it is the file that was read before."""
    return not ending or read_at(number, position - len(ending), len(ending)) == ending


def is_plain_file(path: Path) -> bool:
    """Return whether a path is a regular file and not a link."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _open_below(root: Path, parts: tuple[str, ...]) -> int:
    """Open a file step by step, so that no folder on the way can be replaced by a link."""
    folder = os.open(root, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        for part in parts[:-1]:
            inner = os.open(part, os.O_RDONLY | FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], os.O_RDONLY | FILE, dir_fd=folder)
    finally:
        os.close(folder)


def _open_resolved(root: Path, parts: tuple[str, ...]) -> int:
    """Open a file after resolving links, where folders have no descriptors (Windows)."""
    path = root.resolve().joinpath(*parts)
    if path.resolve() != path:
        raise UnsafeFileError(f"{parts[-1]} is reached through a link")
    return os.open(path, os.O_RDONLY | FILE)
