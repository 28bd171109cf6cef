"""Decoded pictures on disk, by what they were made from, so that they are decoded once."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from platformdirs import user_cache_path

from ganarium.core.files import write_whole

VERSION = 1  # of how pictures are decoded
MOST_BYTES = 4 << 30  # kept altogether
Bytes = NDArray[np.uint8]
Reasons = Mapping[int, str]


def folder() -> Path:
    """Where decoded pictures are kept: $GANARIUM_CACHE, else the system's place for caches."""
    return Path(os.environ.get("GANARIUM_CACHE") or user_cache_path("ganarium"))


def key(*parts: object) -> str:
    """A name for what is made from these parts."""
    return blake2b(repr((VERSION, parts)).encode(), digest_size=16).hexdigest()


def kept(name: str, shape: Sequence[int], fill: Callable[[Bytes], Reasons]) -> tuple[Bytes, Reasons]:
    """The array of that name and the rows that have none, with reasons: read when it is there and sound, else filled.

    Where nothing can be kept, all is done in memory.
    """
    place = folder()
    found = _read(place / f"{name}.npy", shape)
    if found:
        return found
    part = place / f"{name}.{uuid4().hex}.part"
    try:
        place.mkdir(parents=True, exist_ok=True)
        array = open_memmap(part, "w+", np.uint8, tuple(shape))
    except OSError:
        unkept = np.empty(shape, np.uint8)
        return unkept, fill(unkept)
    try:
        reasons = fill(array)
        array.flush()
        note = {"digest": _digest(array), "reasons": list(reasons.items())}
        write_whole(place / f"{name}.json", json.dumps(note).encode())
        part.replace(place / f"{name}.npy")
        _forget_oldest(place)
        return array, reasons
    finally:
        part.unlink(missing_ok=True)


def _read(path: Path, shape: Sequence[int]) -> tuple[Bytes, Reasons] | None:
    try:
        note = json.loads(path.with_suffix(".json").read_bytes())
        array = open_memmap(path, "r")
        if array.shape != tuple(shape) or array.dtype != np.uint8 or _digest(array) != note["digest"]:
            return None
        reasons = {int(row): str(reason) for row, reason in note["reasons"]}
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return array, reasons


def _digest(array: Bytes) -> str:
    return blake2b(array.reshape(-1).data, digest_size=16).hexdigest()


def _forget_oldest(place: Path) -> None:
    """Keep the newest arrays, and what other processes may be about to finish."""
    arrays = sorted(place.glob("*.npy"), key=lambda path: path.stat().st_mtime, reverse=True)
    total = 0
    for array in arrays:
        total += array.stat().st_size
        if total > MOST_BYTES:
            for path in (array, array.with_suffix(".json")):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
