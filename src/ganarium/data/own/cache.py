"""Decoded pictures on disk, by what they were made from, so that they are decoded once.

A file is a line of JSON, the pixels' digest and the rows that have none with reasons, then the pixels, a byte each.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from time import time

import numpy as np
from numpy.typing import NDArray
from PIL import __version__ as pillow
from platformdirs import user_cache_path

from ganarium.core.errors import RunError
from ganarium.core.files import PART, write_whole

VERSION = 2  # of how pictures are decoded and kept
MOST_BYTES = 4 << 30  # kept altogether
LONGEST_NOTE = 64 << 20  # bytes
STALE_SECONDS = 3_600.0  # after which nobody goes on writing a part
SUFFIX = ".pixels"
Bytes = NDArray[np.uint8]
Reasons = Mapping[int, str]


def folder() -> Path:
    """Where decoded pictures are kept: $GANARIUM_CACHE, else the system's place for caches."""
    return Path(os.environ.get("GANARIUM_CACHE") or user_cache_path("ganarium"))


def key(*parts: object) -> str:
    """A name for what is made from these parts, by this version of us and of Pillow."""
    return blake2b(repr((VERSION, pillow, parts)).encode(), digest_size=16).hexdigest()


def kept(name: str, shape: Sequence[int], fill: Callable[[Bytes], tuple[Reasons, bool]]) -> tuple[Bytes, Reasons]:
    """The array of that name and the rows that have none, with reasons: read when it is there and sound, else filled.

    fill: writes the array; returns the reasons, and whether they would be the same another time

    Where nothing can be kept, and where what was found may be otherwise another time, nothing is.
    """
    path = folder() / f"{name}{SUFFIX}"
    found = _read(path, shape)
    if found:
        return found
    array = np.empty(shape, np.uint8)
    reasons, lasting = fill(array)
    if lasting:
        _keep(path, array, reasons)
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
    with suppress(OSError):
        os.utime(path)
    return array, reasons


def _keep(path: Path, array: Bytes, reasons: Reasons) -> None:
    note = json.dumps({"digest": _digest(array), "reasons": list(reasons.items())})
    with suppress(OSError, RunError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, f"{note}\n".encode(), _flat(array))
        _forget_oldest(path.parent)


def _flat(array: Bytes) -> memoryview:
    return array.reshape(-1).data


def _digest(array: Bytes) -> str:
    return blake2b(_flat(array), digest_size=16).hexdigest()


def _forget_oldest(place: Path) -> None:
    """Keep the newest arrays, and what other processes may be about to finish."""
    total = 0
    for path, found in sorted(_found(place, SUFFIX), key=lambda each: -each[1].st_mtime):
        total += found.st_size
        if total > MOST_BYTES:
            _remove(path)
    for path, found in _found(place, PART):
        if time() - found.st_mtime > STALE_SECONDS:
            _remove(path)


def _found(place: Path, suffix: str) -> list[tuple[Path, os.stat_result]]:
    """Files with what is known of them, but those that another process removes meanwhile."""
    files = []
    for path in place.glob(f"*{suffix}"):
        with suppress(OSError):
            files.append((path, path.stat()))
    return files


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
