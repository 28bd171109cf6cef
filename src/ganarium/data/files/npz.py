"""Read NumPy's .npz and .npy files without trusting their headers or running code from them."""

import os
import struct
import tokenize
import warnings
import zipfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed
from ganarium.data.safe_io import ZIP_ERRORS, Stream, format_count, open_zip, opened, read_at_most, refuse_bomb

SUFFIXES = (".npz", ".npy")
NPY, ZIP = b"\x93NUMPY", b"PK"
MOST_BYTES = 2_000_000_000  # for one array
MOST_HEADER = 1 << 14  # bytes; NumPy's own limit is 10,000
MOST_DIRECTORY = 4 << 20  # bytes of the list of arrays
MOST_ARRAYS = 10_000
LOCAL_HEADER = 30  # bytes of a member's header in a zip file, before its name and extra field; ends in their lengths
MOST_DIMENSIONS = 32
SINGLE_ARRAY = "images"  # the name of the array in an .npy file
UNSUPPORTED = {"O": "Python objects, which are never unpickled", "V": "records"}


@dataclass(frozen=True)
class ArrayHeader:
    """The header of a stored array: shape, memory order and data type, and the size of the header in bytes."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @property
    def size(self) -> int:
        """Return the size of the array in bytes, without the header."""
        return prod(self.shape) * self.dtype.itemsize


def keys_of(path: Path) -> tuple[str, ...]:
    """Return the names of the arrays in a file; the array of an .npy file is named `images`.

    Raises `InputError` when the file is not in the format of its suffix.
    """
    if _suffix(path) == ".npy":
        return (SINGLE_ARRAY,)
    with _archive(path) as (archive, _):
        return tuple(key for key, _ in _members(archive))


def read_arrays(path: Path, keys: Collection[str]) -> dict[str, NDArray[Any]]:
    """Read the arrays with the given names, each of at most `MOST_BYTES` bytes.

    Raises `InputError` when a member is damaged, encrypted, compressed by a method that NumPy does not use, does not
    match its header, or holds records or Python objects.
    """
    if _suffix(path) == ".npy":
        with opened(path) as file:
            size = os.fstat(file.fileno()).st_size
            return {SINGLE_ARRAY: _array(str(path), file, size, size)}
    with _archive(path) as (archive, size):
        members = dict(_members(archive))
        if changed := set(keys) - members.keys():
            raise InputError(f"{path}: {listed(sorted(changed))} disappeared while the file was read; try again")
        return {key: _member(f"{path}, {listed([key])}", archive, members[key], size) for key in keys}


def map_array(path: Path, key: str) -> NDArray[Any]:
    """Memory-map an uncompressed array in an .npz file; changes in memory do not reach the file.

    Raises `InputError` under the same conditions as `read_arrays`, and for compressed arrays.
    """
    where = f"{path}, {key}"
    with _archive(path) as (archive, size):
        info = dict(_members(archive)).get(key)
        if info is None or info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise InputError(f"{where}: there is no uncompressed array of this name; write the file again")
        try:
            with archive.open(info) as stream:
                header = _header(where, stream.read(MOST_HEADER))
        except ZIP_ERRORS as error:
            raise InputError(f"{where}: the array is damaged ({brief(error)}); write the file again") from None
    if header.dtype.kind in UNSUPPORTED or header.fortran:
        raise InputError(f"{where}: type {header.dtype} cannot be memory-mapped; write the file again")
    with opened(path) as file:
        file.seek(info.header_offset)
        local = file.read(LOCAL_HEADER)
    start = info.header_offset + LOCAL_HEADER + sum(struct.unpack("<HH", local[-4:])) + header.start
    if header.start + header.size != info.file_size or start + header.size > size or not header.size:
        raise _size_mismatch(where, header.size, format_count(max(0, info.file_size - header.start)))
    return np.memmap(path, header.dtype, "c", start, header.shape)


def shape_of(path: Path, key: str) -> tuple[int, ...]:
    """Return the shape in an array's header; raises `InputError` under the same conditions as `read_arrays`."""
    if _suffix(path) == ".npy":
        with opened(path) as file:
            return _header(str(path), file.read(MOST_HEADER)).shape
    with _archive(path) as (archive, _):
        try:
            with archive.open(dict(_members(archive))[key]) as stream:
                return _header(f"{path}, {listed([key])}", stream.read(MOST_HEADER)).shape
        except InputError:
            raise
        except (KeyError, *ZIP_ERRORS) as error:
            raise InputError(
                f"{path}, {listed([key])}: the array is damaged ({brief(error)}); write the file again"
            ) from None


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise InputError(f"{path}: not named .npz or .npy; create an .npz file with numpy.savez_compressed")
    return suffix


def _members(archive: zipfile.ZipFile) -> list[tuple[str, zipfile.ZipInfo]]:
    infos = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    return [(info.filename.removesuffix(".npy"), info) for info in infos]


@contextmanager
def _archive(path: Path) -> Iterator[tuple[zipfile.ZipFile, int]]:
    """Open a zip file and yield it with its size in bytes."""
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        if file.read(len(NPY)) == NPY:
            raise InputError(f"{path}: this is an .npy file; change the suffix to .npy")
        try:
            archive = open_zip(file, MOST_DIRECTORY, MOST_ARRAYS)
        except zipfile.BadZipFile as error:
            raise InputError(f"{path}: not a valid .npz file ({brief(error)}); write the file again") from None
        yield archive, size


def _member(where: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo, size: int) -> NDArray[Any]:
    if info.flag_bits & 1:
        raise InputError(f"{where}: the array is encrypted; write the file again with numpy.savez_compressed")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(
            f"{where}: NumPy does not use the array's compression; write the file again with numpy.savez_compressed"
        )
    try:
        with archive.open(info) as stream:
            return _array(where, stream, info.file_size, min(size, info.compress_size))
    except InputError:
        raise
    except ZIP_ERRORS as error:
        raise InputError(f"{where}: the array is damaged ({brief(error)}); write the file again") from None


def _array(where: str, stream: Stream, size: int, packed: int) -> NDArray[Any]:
    """Read the array in a stream of `size` bytes, which take `packed` bytes when compressed."""
    head = stream.read(MOST_HEADER)
    header = _header(where, head)
    if header.dtype.kind in UNSUPPORTED:
        raise InputError(f"{where}: contains {UNSUPPORTED[header.dtype.kind]}; save plain numbers or text")
    if header.size > MOST_BYTES:
        raise InputError(
            f"{where}: the header declares {format_count(header.size)} bytes, more than the maximum of {MOST_BYTES:,}; "
            "save the images as uint8, or save fewer images"
        )
    if not header.size:
        raise InputError(f"{where}: the array is empty; save at least one image or point")
    total = header.start + header.size
    if total != size:
        raise _size_mismatch(where, header.size, format_count(max(0, size - header.start)))
    refuse_bomb(where, total, packed)
    content = read_at_most(stream, total + 1 - len(head), head)
    if len(content) != total:
        raise _size_mismatch(where, header.size, "more" if len(content) > total else "fewer")
    flat = np.frombuffer(content, header.dtype, count=prod(header.shape), offset=header.start)
    return flat.reshape(header.shape, order="F" if header.fortran else "C")


def _header(where: str, head: bytes) -> ArrayHeader:
    """Read an array's header from the first bytes of the file."""
    stream = BytesIO(head)
    if head.startswith(ZIP):
        raise InputError(f"{where}: this is an .npz file; change the suffix to .npz")
    try:
        with warnings.catch_warnings(action="ignore"):
            version = npy.read_magic(stream)
            read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}[version]
            shape, fortran, dtype = read(stream)
    except (ValueError, TypeError, LookupError, SyntaxError, tokenize.TokenError, MemoryError, RecursionError):
        raise InputError(f"{where}: no valid .npy header; write the file again with numpy.savez_compressed") from None
    if any(type(size) is not int or size < 0 for size in shape) or len(shape) > MOST_DIMENSIONS:
        raise InputError(f"{where}: no valid .npy header (impossible shape); write the file again")
    return ArrayHeader(shape, fortran, dtype, stream.tell())


def _size_mismatch(where: str, declared: int, actual: str) -> InputError:
    return InputError(
        f"{where}: the header declares {format_count(declared)} bytes, but the array has {actual}; write the file again"
    )
