"""On-disk cache of recomputable results; evicts the oldest files first."""

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from time import time

from platformdirs import user_cache_path

from ganarium.core.atomic import PART, write_whole
from ganarium.core.errors import RunError

SUFFIXES = (".pixels", ".reading", ".floor", ".npz")
MOST_BYTES = 4 << 30  # maximum total size of the cache
STALE_SECONDS = 3_600.0  # age after which a partly written file counts as abandoned


def folder() -> Path:
    """Return the cache folder: $GANARIUM_CACHE, or the system's cache directory."""
    return Path(os.environ.get("GANARIUM_CACHE") or user_cache_path("ganarium"))


def keep(path: Path, *chunks: bytes | memoryview) -> None:
    """Write a cache file and evict the oldest files; log a warning if the folder is not writable."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, *chunks)
        _forget_oldest(path.parent)
    except (OSError, RunError):
        _warn_not_writable(path.parent)


@cache
def _warn_not_writable(place: Path) -> None:
    """Warn that the cache folder is not writable, once per process."""
    logging.getLogger("ganarium").warning(
        "%s is not writable, so results are not cached between processes; set GANARIUM_CACHE to a writable folder",
        place,
    )


def touch(path: Path) -> None:
    """Mark a file as recently used."""
    with suppress(OSError):
        os.utime(path)


def _forget_oldest(place: Path) -> None:
    """Remove abandoned temporary files, and the oldest files while the cache exceeds the size limit."""
    total = 0
    for path, found in sorted(_found(place, SUFFIXES), key=lambda each: -each[1].st_mtime):
        total += found.st_size
        if total > MOST_BYTES:
            _remove(path)
    for path, found in _found(place, [PART]):
        if time() - found.st_mtime > STALE_SECONDS:
            _remove(path)


def _found(place: Path, suffixes: Iterable[str]) -> list[tuple[Path, os.stat_result]]:
    """Return the path and status of each file with a given suffix; skip files removed by another process meanwhile."""
    files = []
    for path in (path for suffix in suffixes for path in place.glob(f"*{suffix}")):
        with suppress(OSError):
            files.append((path, path.stat()))
    return files


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
