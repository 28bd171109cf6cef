"""Which files there are in a folder or zip, and their bytes. Nothing is unpacked, followed or written."""

import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path, PurePosixPath

from ganarium.core.errors import InputError, brief
from ganarium.data.bounded import Sparing, Stream, opened, read_at_most

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"))
MOST_FILES = 300_000
MOST_BYTES = 64 << 20  # of one file
MOST_DIRECTORY = 24 << 20  # bytes of a zip's list of members
BOMB = 200, 1 << 30  # a zip that unpacks to so many times its size, and to more than this, holds no pictures


@dataclass(frozen=True)
class Shelf:
    """The files of a folder or zip.

    names: path of each picture within it, in order
    others: how many files of each other suffix are passed over
    read: name -> bytes; raises `InputError` with the bare reason when that fails
    """

    names: tuple[str, ...]
    others: Mapping[str, int]
    read: Callable[[str], bytes]


@contextmanager
def open_shelf(path: Path) -> Iterator[Shelf]:
    """Raises `InputError` when there is no such folder or zip, or when a zip is not what an honest one is."""
    if path.is_dir():
        names, others = _parted(path, _walk(path))
        yield Shelf(names, others, lambda name: _read_file(path / name))
    elif path.exists():
        with _open_zip(path) as archive:
            members = {info.filename: info for info in archive.infolist() if not info.is_dir()}
            _refuse_tricks(path, members.values())
            names, others = _parted(path, members)
            yield Shelf(names, others, lambda name: _read_member(archive, members[name]))
    else:
        raise InputError(f"{path}: there is no such folder or zip file")


def changed_at(path: Path) -> tuple[int, int]:
    """A mark that is another when a file below a path has come, gone or changed: (newest change in ns, files)."""
    stats = [path.stat()] if path.exists() else []
    stats += [entry.stat() for root, _, _ in os.walk(path) for entry in os.scandir(root)]
    return max((each.st_mtime_ns for each in stats), default=0), len(stats)


def _parted(path: Path, names: Iterable[str]) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """Pictures in order, and counts of the others by suffix; hidden files and what systems leave count as nothing."""
    pictures, others = [], Counter[str]()
    for name in names:
        parts = PurePosixPath(name).parts
        if any(part.startswith(".") or part == "__MACOSX" for part in parts):
            continue
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in PICTURES:
            pictures.append(name)
        else:
            others[suffix or "without suffix"] += 1
        if len(pictures) > MOST_FILES:
            raise InputError(
                f"{path}: holds more than {MOST_FILES:,} pictures, more than can be read; take a part of them"
            )
    return tuple(sorted(pictures)), others


def _walk(folder: Path) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror})")

    for root, _, files in os.walk(folder, onerror=refuse):
        inside = Path(root).relative_to(folder)
        yield from ((inside / file).as_posix() for file in files)


def _read_file(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise InputError("no regular file")
        with path.open("rb") as file:
            return _bounded(file)
    except OSError as error:
        raise InputError(error.strerror or "cannot be read") from None


@contextmanager
def _open_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    with opened(path) as file:
        try:
            archive = zipfile.ZipFile(Sparing(file, MOST_DIRECTORY))
        except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError) as error:
            raise InputError(f"{path}: neither a folder nor a sound zip file ({brief(error)})") from None
        yield archive


def _refuse_tricks(path: Path, members: Iterable[zipfile.ZipInfo]) -> None:
    promised = 0
    for info in members:
        promised += info.file_size
        parts = PurePosixPath(info.filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or ":" in (parts.parts or ("",))[0]:
            raise InputError(
                f"{path}: its member {info.filename!r} points outside of it; a sound zip holds no such names"
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputError(f"{path}: its member {info.filename!r} is a link; pack the pictures themselves")
        if info.flag_bits & 1:
            raise InputError(f"{path}: its member {info.filename!r} is encrypted; unpack it first")
    times, least = BOMB
    size = path.stat().st_size
    if promised > least and promised > times * size:
        raise InputError(f"{path}: would unpack to {promised:,} bytes from {size:,}; no pictures shrink that much")


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as file:
            return _bounded(file)
    except (OSError, zipfile.BadZipFile, zlib.error, LZMAError, EOFError, ValueError, RuntimeError) as error:
        raise InputError(f"damaged in the zip ({brief(error)})") from None


def _bounded(file: Stream) -> bytes:
    content = bytes(read_at_most(file, MOST_BYTES + 1))
    if len(content) > MOST_BYTES:
        raise InputError(f"larger than {MOST_BYTES >> 20} MB")
    if not content:
        raise InputError("empty")
    return content
