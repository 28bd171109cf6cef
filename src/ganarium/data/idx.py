"""The IDX format of MNIST and its relatives: a magic number, the sizes, then bytes."""

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import InputError

UNSIGNED_BYTE = 0x08


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or raw, into an array of the shape its header states.

    Raises `InputError` when the file is no IDX file, holds another type, or ends too early.
    """
    raw = path.read_bytes()
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(f"{path}: the gzip stream is damaged ({error}); fetch the file again") from None
    if len(raw) < 4 or raw[0] or raw[1]:
        raise InputError(f"{path}: not an IDX file (it must begin with two zero bytes)")
    if raw[2] != UNSIGNED_BYTE:
        raise InputError(f"{path}: holds type 0x{raw[2]:02x}; only unsigned bytes (0x08) are read")
    start = 4 + 4 * raw[3]
    if len(raw) < start:
        raise InputError(f"{path}: ends within its header")
    shape = tuple(int(size) for size in np.frombuffer(raw[4:start], ">u4"))
    if len(raw) - start != prod(shape):
        raise InputError(f"{path}: its header promises {prod(shape):,} bytes, {len(raw) - start:,} are there")
    return np.frombuffer(raw, np.uint8, offset=start).reshape(shape)
