"""Limit the total memory used by several threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_one_thread = ThreadPoolExecutor(1)


def one_at_a_time(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a memory-intensive function; calls run one at a time, always in the same thread.

    The C library has one heap for each thread, and each heap retains some of its freed memory.
    """
    return _one_thread.submit(function, *args, **kwargs).result()


class Budget:
    """A memory budget in bytes, shared by all threads.

    A request for more than the total waits until the entire budget is free.
    """

    def __init__(self, total: int) -> None:
        self._total, self._free, self._given_back = total, total, Condition()

    @contextmanager
    def taken(self, n: int) -> Iterator[None]:
        """Reserve n bytes of the budget within the context."""
        n = min(n, self._total)
        with self._given_back:
            self._given_back.wait_for(lambda: self._free >= n)
            self._free -= n
        try:
            yield
        finally:
            with self._given_back:
                self._free += n
                self._given_back.notify_all()
