"""On-disk cache of decoded images.

Each file contains a line of JSON (digest of the pixels, reasons for rows without pixels), then the pixels as bytes.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import __version__ as pillow

from ganarium.core import cache

VERSION = 2  # of the decoder and the file format
LONGEST_NOTE = 64 << 20  # bytes
SUFFIX = ".pixels"
Bytes = NDArray[np.uint8]
Reasons = Mapping[int, str]


def key(*parts: object) -> str:
    """Return a cache key for the given parts, which also depends on the format version and the Pillow version."""
    return blake2b(repr((VERSION, pillow, parts)).encode(), digest_size=16).hexdigest()


def cached(name: str, shape: Sequence[int], fill: Callable[[Bytes], tuple[Reasons, bool]]) -> tuple[Bytes, Reasons]:
    """Return the array and the reasons for rows without pixels, from the cache if valid, else from `fill`.

    fill: writes the array; returns the reasons, and whether a repeated call would return the same reasons

    The result is not stored when the cache cannot be written or when a repeated call may give another result.
    """
    path = cache.folder() / f"{name}{SUFFIX}"
    found = _read(path, shape)
    if found:
        return found
    array = np.empty(shape, np.uint8)
    reasons, lasting = fill(array)
    if lasting:
        _store(path, array, reasons)
    return array, reasons


def _read(path: Path, shape: Sequence[int]) -> tuple[Bytes, Reasons] | None:
    try:
        with path.open("rb") as file:
            note = json.loads(file.readline(LONGEST_NOTE))
            array = np.empty(shape, np.uint8)
            if file.readinto(_flat(array)) != array.size or file.read(1) or _digest(array) != note["digest"]:
                return None
        reasons = {int(row): str(reason) for row, reason in note["reasons"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    cache.touch(path)
    return array, reasons


def _store(path: Path, array: Bytes, reasons: Reasons) -> None:
    note = json.dumps({"digest": _digest(array), "reasons": list(reasons.items())})
    cache.keep(path, f"{note}\n".encode(), _flat(array))


def _flat(array: Bytes) -> memoryview:
    return array.reshape(-1).data


def _digest(array: Bytes) -> str:
    return blake2b(_flat(array), digest_size=16).hexdigest()
