"""Reader of IDX files, the format of MNIST and similar data sets: a magic number, the shape, then the bytes."""

import gzip
import os
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import InputError, brief
from ganarium.data.safe_io import Stream, format_count, opened, read_at_most, refuse_bomb

UNSIGNED_BYTE = 0x08
GZIP = b"\x1f\x8b"
MOST_BYTES = 600_000_000  # the largest known file, of EMNIST ByClass, has 697,932 images of 784 bytes
MOST_DIMENSIONS = 4


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or not, into a writable array of the declared shape.

    Memory is allocated only for bytes that are read, never for sizes that a header declares. Raises `InputError` if the
    file cannot be read, is not an IDX file, has another element type, is empty, contains more than `MOST_BYTES`, is
    truncated or has trailing bytes.
    """
    with opened(path) as file:
        size = os.fstat(file.fileno()).st_size
        packed = file.read(len(GZIP)) == GZIP
        file.seek(0)
        if not packed:
            start, shape = _header(path, file)
            if start + prod(shape) != size:
                raise _size_mismatch(path, prod(shape), format_count(size - start))
            return _content(path, file, shape)
        try:
            with gzip.open(file) as stream:
                _, shape = _header(path, stream)
                refuse_bomb(str(path), prod(shape), size)
                return _content(path, stream, shape)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InputError(f"{path}: the gzip stream is damaged ({brief(error)}); download the file again") from None


def _header(path: Path, stream: Stream) -> tuple[int, tuple[int, ...]]:
    """Return the length of the header in bytes, and the declared shape."""
    magic = stream.read(4)
    if len(magic) < 4 or magic[0] or magic[1]:
        raise InputError(f"{path}: not an IDX file, since the first two bytes are not zero; use another file")
    if magic[2] != UNSIGNED_BYTE:
        raise InputError(f"{path}: the element type is 0x{magic[2]:02x}; only unsigned bytes (0x08) are supported")
    dimensions = magic[3]
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise InputError(
            f"{path}: the header declares {dimensions} dimensions instead of 1 to {MOST_DIMENSIONS}; "
            "download the file again"
        )
    sizes = stream.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise InputError(f"{path}: the header is truncated; download the file again")
    shape = tuple(int(size) for size in np.frombuffer(sizes, ">u4"))
    if not all(shape):
        raise InputError(
            f"{path}: the header declares the shape {'×'.join(map(str, shape))}, which contains no values; "
            "use another file"
        )
    return len(magic + sizes), shape


def _content(path: Path, stream: Stream, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    declared = prod(shape)
    if declared > MOST_BYTES:
        raise InputError(
            f"{path}: the header declares {format_count(declared)} bytes, more than the maximum of {MOST_BYTES:,}"
        )
    content = read_at_most(stream, declared + 1)
    if len(content) != declared:
        actual = format_count(len(content)) if len(content) < declared else "more"
        raise _size_mismatch(path, declared, actual)
    return np.frombuffer(content, np.uint8).reshape(shape)


def _size_mismatch(path: Path, declared: int, actual: str) -> InputError:
    return InputError(
        f"{path}: the header declares {format_count(declared)} bytes of data, but the file contains {actual}; "
        "download the file again"
    )
