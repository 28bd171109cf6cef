"""What can be made again, kept on disk for the next process: the newest of it, up to a limit."""

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

KINDS = (".pixels", ".reading", ".floor")
MOST_BYTES = 4 << 30  # kept altogether
STALE_SECONDS = 3_600.0  # after which nobody goes on writing a part


def folder() -> Path:
    """Where it is kept: $GANARIUM_CACHE, else the system's place for caches."""
    return Path(os.environ.get("GANARIUM_CACHE") or user_cache_path("ganarium"))


def keep(path: Path, *chunks: bytes | memoryview) -> None:
    """Write a file of the cache and forget the oldest others; a full or closed disk costs time later, which is said."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, *chunks)
        _forget_oldest(path.parent)
    except (OSError, RunError):
        _say_closed(path.parent)


@cache
def _say_closed(place: Path) -> None:
    """Say it once in a process."""
    logging.getLogger("ganarium").warning(
        "%s cannot be written, so what is computed here is computed again next time; set GANARIUM_CACHE to a folder "
        "that can be written",
        place,
    )


def touch(path: Path) -> None:
    """Count a file as the newest, since it was of use."""
    with suppress(OSError):
        os.utime(path)


def _forget_oldest(place: Path) -> None:
    """Keep the newest files, and what other processes may be about to finish."""
    total = 0
    for path, found in sorted(_found(place, KINDS), key=lambda each: -each[1].st_mtime):
        total += found.st_size
        if total > MOST_BYTES:
            _remove(path)
    for path, found in _found(place, [PART]):
        if time() - found.st_mtime > STALE_SECONDS:
            _remove(path)


def _found(place: Path, suffixes: Iterable[str]) -> list[tuple[Path, os.stat_result]]:
    """Files with what is known of them, but those that another process removes meanwhile."""
    files = []
    for path in (path for suffix in suffixes for path in place.glob(f"*{suffix}")):
        with suppress(OSError):
            files.append((path, path.stat()))
    return files


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
