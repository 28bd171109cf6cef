"""Reading of user files that may be damaged, vanish or declare false sizes, with bounded memory."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EINVAL
from io import BufferedReader, FileIO, UnsupportedOperation
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from ganarium.core.errors import InputError, brief

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CHUNK = 1 << 20
UNPACKED = 64_000_000  # bytes that any packed file may unpack to
MOST_RATIO = 200  # maximum ratio of unpacked to packed size beyond that
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # does not block on a pipe
NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)
MEMBER = b"PK\1\2"  # prefix of each entry in a zip's list of members
ZIP_ERRORS = (  # exceptions that `zipfile` raises for a damaged zip
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
    ValueError,
)


class Stream(Protocol):
    """A source of bytes."""

    def read(self, n: int, /) -> bytes: ...


def descriptor(path: Path, flags: int = 0) -> int:
    """Open a regular file for reading and return its descriptor, without blocking.

    Raises `OSError` for anything but a regular file.
    """
    number = os.open(path, FLAGS | flags)
    if stat.S_ISREG(os.fstat(number).st_mode):
        return number
    os.close(number)
    raise OSError(EINVAL, "not a file", str(path))


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading; only `InputError` that names the file is raised by opening and reading."""
    with BufferedReader(_NamedFile(path)) as file:
        yield file


class _NamedFile(FileIO):
    """A file whose errors of the operating system contain its name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            super().__init__(descriptor(path))
        except (OSError, ValueError) as error:
            raise self._error(error) from None

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        try:
            return super().readinto(buffer)
        except OSError as error:
            raise self._error(error) from None

    def readall(self) -> bytes:
        try:
            return super().readall()
        except OSError as error:
            raise self._error(error) from None

    def seek(self, place: int, whence: int = 0, /) -> int:
        try:
            return super().seek(place, whence)
        except OSError:  # `zipfile` catches OSError, we catch ValueError: this is both
            raise UnsupportedOperation("negative position") from None

    def _error(self, error: OSError | ValueError) -> InputError:
        reason = (error.strerror if isinstance(error, OSError) else "") or brief(error)
        return InputError(f"{self._path}: cannot be read ({reason}); check its name and permissions")


def read_at_most(stream: Stream, n: int, start: bytes = b"") -> bytearray:
    """Read up to n bytes after `start`.

    Memory is allocated for bytes that are read, not for sizes that are declared.
    """
    content = bytearray(start)
    end = len(start) + n
    while len(content) < end and (chunk := stream.read(min(CHUNK, end - len(content)))):
        content += chunk
    return content


def open_zip(file: BinaryIO, most_bytes: int, most_members: int) -> zipfile.ZipFile:
    """Return the zip archive in an open file; a list of members over the limits is not read.

    Raises `zipfile.BadZipFile` for anything but a valid zip archive.
    """
    bounded = _BoundedZip(file, most_bytes, most_members)
    try:
        archive = zipfile.ZipFile(bounded)
    except InputError:
        raise
    except ZIP_ERRORS as error:
        raise zipfile.BadZipFile(brief(error)) from None
    bounded.listing = False
    return archive


class _BoundedZip:
    """A zip file that limits how much of its list of members `zipfile` reads."""

    def __init__(self, file: BinaryIO, most_bytes: int, most_members: int) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._file, self._most_bytes, self._most_members = file, most_bytes, most_members
        self.listing = True

    def read(self, n: int = -1, /) -> bytes:
        """Read up to n bytes, or all."""
        if not self.listing:
            return self._file.read(n)
        if n > self._most_bytes:
            raise zipfile.BadZipFile(f"the list of members is longer than {self._most_bytes:,} bytes")
        content = self._file.read(n if n >= 0 else self._most_bytes)
        if content.count(MEMBER) > self._most_members:
            raise zipfile.BadZipFile(f"more than {self._most_members:,} members")
        return content


def refuse_bomb(where: str, declared: int, packed: int, unpacked: int = UNPACKED) -> None:
    """Raise `InputError` if the unpacked size is more than `unpacked` bytes and implausible for the packed size.

    declared: the declared unpacked size
    packed: the packed size
    """
    if declared > max(unpacked, MOST_RATIO * packed):
        raise InputError(
            f"{where}: {packed:,} packed bytes declare {format_count(declared)} unpacked bytes, more than "
            f"{MOST_RATIO} times "
            "as many; if this is correct, store the file without compression"
        )


def format_count(n: int) -> str:
    """Format a number of bytes; numbers above 10^18 are abbreviated.

    >>> format_count(47_040_016), format_count(10**400)
    ('47,040,016', 'more than 10^18')
    """
    return f"{n:,}" if n <= 10**18 else "more than 10^18"
