"""One thread that computes samples for the page, at low priority, so that it does not slow trainings."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import get_native_id
from typing import TypeVar

from ganarium.core.errors import GanariumError, failure
from ganarium.web.errors import PageError

T = TypeVar("T")
MOST_WAITING = 12  # computations that may wait; more are told to come back
POLITENESS = 10  # added to the nice value of the thread, where threads have their own (Linux)


class PlayWorker:
    """Runs functions one after the other in one thread."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._waiting = 0

    async def run(self, function: Callable[[], T]) -> T:
        """Return the result of a function, computed in the thread.

        Raises `PageError` 503 if too many wait, and 409 with a sentence for an exception of a user's network.
        """
        if self._waiting >= MOST_WAITING:
            raise PageError(503, "the page is busy computing samples; try again in a second")
        self._pool = self._pool or ThreadPoolExecutor(1, "ganarium-play", initializer=_begin)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, _calm, function)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Forget what waits; what is being computed goes on."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def _calm(function: Callable[[], T]) -> T:
    try:
        return function()
    except GanariumError:
        raise
    except Exception as error:  # a network of a user, or a lack of memory
        logging.getLogger("ganarium").exception("the page could not compute samples")
        raise PageError(409, f"the samples cannot be computed: {failure(error)}") from None


def _begin() -> None:
    """Lower the priority of the thread, and let torch compute in one thread."""
    if hasattr(os, "setpriority") and hasattr(os, "sched_getaffinity"):
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, get_native_id(), POLITENESS)
    import torch

    torch.set_num_threads(1)
