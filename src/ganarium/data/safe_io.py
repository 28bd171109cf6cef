"""Memory-bounded reading of user files that may be damaged, disappear or declare false sizes."""

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
UNPACKED = 64_000_000  # bytes to which any compressed file may expand
MOST_RATIO = 200  # maximum compression ratio of files that expand to more
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # does not block on a pipe
NOT_FOLLOWED = getattr(os, "O_NOFOLLOW", 0)
MEMBER = b"PK\1\2"  # signature of each entry in the list of members of a zip file
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
    """An object from which bytes can be read."""

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
    """Open a regular file for reading; raise errors of opening and reading as `InputError` with the file's name."""
    with BufferedReader(_NamedFile(path)) as file:
        yield file


class _NamedFile(FileIO):
    """A file that raises operating system errors as `InputError` with the file's name."""

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
        except OSError:  # `zipfile` catches OSError, our code ValueError; this error is both
            raise UnsupportedOperation("negative position") from None

    def _error(self, error: OSError | ValueError) -> InputError:
        reason = (error.strerror if isinstance(error, OSError) else "") or brief(error)
        return InputError(f"{self._path}: cannot be read ({reason}); check its name and permissions")


def read_at_most(stream: Stream, n: int, start: bytes = b"") -> bytearray:
    """Read up to n bytes and return `start` followed by these bytes.

    Memory is allocated only for bytes that are read, not for sizes that are declared.
    """
    content = bytearray(start)
    end = len(start) + n
    while len(content) < end and (chunk := stream.read(min(CHUNK, end - len(content)))):
        content += chunk
    return content


def open_zip(file: BinaryIO, most_bytes: int, most_members: int) -> zipfile.ZipFile:
    """Open the zip archive in a file, without reading a list of members that exceeds the limits.

    Raises `zipfile.BadZipFile` if the archive is invalid or exceeds the limits.
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
    """A zip file in which `zipfile` can read only a limited part of the list of members."""

    def __init__(self, file: BinaryIO, most_bytes: int, most_members: int) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._file, self._most_bytes, self._most_members = file, most_bytes, most_members
        self.listing = True

    def read(self, n: int = -1, /) -> bytes:
        """Read up to n bytes, or the rest of the file if n is negative."""
        if not self.listing:
            return self._file.read(n)
        if n > self._most_bytes:
            raise zipfile.BadZipFile(f"the list of members is longer than {self._most_bytes:,} bytes")
        content = self._file.read(n if n >= 0 else self._most_bytes)
        if content.count(MEMBER) > self._most_members:
            raise zipfile.BadZipFile(f"the archive has more than {self._most_members:,} members")
        return content


def refuse_bomb(where: str, declared: int, packed: int, unpacked: int = UNPACKED) -> None:
    """Raise `InputError` if the declared size exceeds `unpacked` bytes and is implausible for the compressed size.

    declared: size after decompression in bytes, as declared by the file
    packed: compressed size in bytes
    """
    if declared > max(unpacked, MOST_RATIO * packed):
        raise InputError(
            f"{where}: {packed:,} compressed bytes are declared to expand to {format_count(declared)} bytes, more than "
            f"{MOST_RATIO} times as many; if this is correct, store the file without compression"
        )


def format_count(n: int) -> str:
    """Format a number of bytes, abbreviated above 10^18.

    >>> format_count(47_040_016), format_count(10**400)
    ('47,040,016', 'more than 10^18')
    """
    return f"{n:,}" if n <= 10**18 else "more than 10^18"
