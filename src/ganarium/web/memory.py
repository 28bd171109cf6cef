"""Memory of training processes."""

from __future__ import annotations

import psutil


def memory_of(process: int | None) -> float | None:
    """Return the resident memory of a process in MiB; None if there is no such process, or it cannot be named."""
    if not process or process < 0:
        return None
    try:
        return round(psutil.Process(process).memory_info().rss / 2**20, 1)
    except (psutil.Error, OSError, ValueError):
        return None
