"""List and read the files in a folder or zip file, without following links or writing to disk."""

import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ganarium.core.errors import InputError, brief
from ganarium.core.outputs import LIST
from ganarium.data.files.folder_names import system_file_kind, system_file_kind_plain
from ganarium.data.safe_io import NOT_FOLLOWED, ZIP_ERRORS, Stream, descriptor, open_zip, opened, refuse_bomb

Ignored = Callable[[str], str]

FIRST_SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"))
LATER_SUFFIXES = frozenset(
    (".apng", ".jpe", ".jfif", ".dib", ".pbm", ".pgm", ".ppm", ".pnm", ".avif", ".avifs", ".heic", ".heif", ".hif")
)
PICTURES = FIRST_SUFFIXES | LATER_SUFFIXES
TRUTH = "truth.npz"  # written by exports: all other ground truth of the images, in the order of their numbers
TABLES = frozenset((".csv", ".tsv", ".jsonl", ".json"))
MOST_FILES = 300_000
MOST_BYTES = 64 << 20  # per file
MOST_DIRECTORY = 24 << 20  # bytes of a zip file's central directory
UNPACKED = 1 << 30  # bytes that a zip file of flat images may expand to, however small it is
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the other methods can expand to any size at once
DRIVE = re.compile("[A-Za-z]:")


@dataclass(frozen=True)
class ImageFiles:
    """The image files of a folder or zip file, or a single image file.

    names: path of each image within the folder or zip file, sorted
    others: number of skipped files for each suffix
    links: path of each link; links are not followed
    ignored: number of system files and folders of each type
    tables: path of each file that may hold labels; also counted in `others`
    size: name -> declared size in bytes; 0 when the file no longer exists
    read: name -> bytes; raises `InputError` (message without the path) when that fails
    """

    names: tuple[str, ...]
    others: Mapping[str, int]
    links: tuple[str, ...]
    ignored: Mapping[str, int]
    tables: tuple[str, ...]
    size: Callable[[str], int]
    read: Callable[[str], bytes]


@contextmanager
def open_image_files(
    path: Path, suffixes: Collection[str] = PICTURES, ignored: Ignored = system_file_kind
) -> Iterator[ImageFiles]:
    """Open a folder, a zip file or an image file.

    suffixes: file name suffixes of images
    ignored: name -> type of a file or folder to skip; "" for names that are not skipped

    Raises `InputError` when there is no such folder, zip file or image, or when a zip file is malformed or malicious.
    """
    tally = Counter[str]()
    if path.is_dir():
        by_link: Mapping[bool, list[str]] = {True: [], False: []}
        for name, entry in _walk(path, ignored, tally):
            by_link[entry.is_symlink()].append(name)
        pictures, others, tables = _grouped(by_link[False], suffixes)
        yield ImageFiles(
            pictures,
            others,
            tuple(sorted(by_link[True])),
            tally,
            tables,
            lambda name: _size(path / name),
            lambda name: _read_file(path / name),
        )
    elif path.suffix.lower() in suffixes and path.is_file():
        yield ImageFiles((path.name,), {}, (), {}, (), lambda _: _size(path), lambda _: _read_file(path))
    elif path.exists():
        with opened(path) as file:
            archive = _archive(path, file)
            members = {info.filename.replace("\\", "/"): info for info in archive.infolist()}
            _refuse_malicious(path, os.fstat(file.fileno()).st_size, members)
            names, others, tables = _grouped(_without(members, ignored, tally), suffixes)
            yield ImageFiles(
                names,
                others,
                (),
                tally,
                tables,
                lambda name: members[name].file_size,
                lambda name: _read_member(archive, members[name]),
            )
    else:
        raise InputError(f"{path}: no such folder, zip file or image")


def changed_at(path: Path) -> str:
    """Return a fingerprint that changes when a file at or below a path is added, removed, moved or modified."""
    fingerprint = 0
    with suppress(OSError, ValueError):
        fingerprint = _fingerprint("", path.stat())
    if path.is_dir():
        for name, entry in _walk(path, system_file_kind_plain, Counter()):
            with suppress(FileNotFoundError):
                fingerprint ^= _fingerprint(name, entry.stat(follow_symlinks=False))
    return f"{fingerprint:032x}"


def _fingerprint(name: str, status: os.stat_result) -> int:
    facts = repr((name, status.st_size, status.st_mtime_ns, status.st_ino))
    return int.from_bytes(blake2b(facts.encode(), digest_size=16).digest())


def _grouped(
    names: Iterable[str], suffixes: Collection[str]
) -> tuple[tuple[str, ...], Mapping[str, int], tuple[str, ...]]:
    """Return the sorted image files, the number of other files by suffix, and the sorted possible label tables."""
    pictures, others, tables = [], Counter[str](), []
    for name in names:
        if PurePosixPath(name).name == TRUTH:
            continue
        suffix = PurePosixPath(name).suffix.lower()
        if suffix in suffixes:
            pictures.append(name)
            continue
        others[suffix or "without suffix"] += 1
        if suffix in TABLES:
            tables.append(name)
    return tuple(sorted(pictures)), others, tuple(sorted(tables))


def _without(members: Iterable[str], ignored: Ignored, tally: Counter[str]) -> Iterator[str]:
    """Yield the files of a zip file that are not ignored; count each ignored file or folder once, by its type."""
    counted = set[str]()
    for name in members:
        parts = PurePosixPath(name).parts
        if LIST in parts:
            continue
        depth = next((depth for depth, part in enumerate(parts) if ignored(part)), None)
        if depth is None:
            if not name.endswith("/"):
                yield name
        elif (top := "/".join(parts[: depth + 1])) not in counted:
            counted.add(top)
            tally[ignored(parts[depth])] += 1


def _walk(folder: Path, ignored: Ignored, tally: Counter[str]) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    """Yield the path and entry of every file and link below a folder; count ignored entries by their type."""
    waiting, left = [""], MOST_FILES
    while waiting:
        inside = waiting.pop()
        for entry in _entries(folder / inside):
            if entry.name == LIST:
                continue
            if system_type := ignored(entry.name):
                tally[system_type] += 1
                continue
            name = f"{inside}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{name}/")
                continue
            if not left:
                raise InputError(f"{folder}: contains more than {MOST_FILES:,} files; use a subset")
            left -= 1
            yield name, entry


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Yield the entries of a folder; yield nothing when it no longer exists."""
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be read ({error.strerror}); check its permissions") from None


def _size(path: Path) -> int:
    try:
        return path.lstat().st_size
    except OSError:
        return 0


def _read_file(path: Path) -> bytes:
    try:
        with os.fdopen(descriptor(path, NOT_FOLLOWED), "rb") as file:
            return _content(file, os.fstat(file.fileno()).st_size)
    except OSError as error:
        raise InputError(error.strerror or "cannot be read") from None


def _archive(path: Path, file: BinaryIO) -> zipfile.ZipFile:
    try:
        return open_zip(file, MOST_DIRECTORY, MOST_FILES)
    except zipfile.BadZipFile as error:
        raise InputError(f"{path}: neither a folder nor a valid zip file ({brief(error)})") from None


def _refuse_malicious(path: Path, size: int, members: Mapping[str, zipfile.ZipInfo]) -> None:
    for name, info in members.items():
        member = f"{path}: its member {info.filename!r}"
        parts = PurePosixPath(name)
        if parts.is_absolute() or ".." in parts.parts or DRIVE.match(name):
            raise InputError(f"{member} points outside the zip file; create the zip file again with relative paths")
        if stat.S_ISLNK(info.external_attr >> 16):
            raise InputError(f"{member} is a link; add the images themselves to the zip file")
        if info.flag_bits & 1:
            raise InputError(f"{member} is encrypted; extract the zip file first")
        if info.compress_type not in PACKED:
            raise InputError(
                f"{member} is not stored or deflated; create the zip file again with the usual compression"
            )
    refuse_bomb(str(path), sum(info.file_size for info in members.values()), size, UNPACKED)


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(info) as file:
            return _content(file, info.file_size)
    except InputError:
        raise
    except ZIP_ERRORS as error:
        raise InputError(f"damaged in the zip file ({brief(error)})") from None


def _content(file: Stream, size: int) -> bytes:
    """Read a whole file with a declared size of `size` bytes."""
    if size > MOST_BYTES:
        raise InputError(f"the file is larger than {MOST_BYTES >> 20} MB")
    content = file.read(size + 1)
    if len(content) > size:
        raise InputError("the file grew while it was read")
    if not content:
        raise InputError("the file is empty")
    return content
