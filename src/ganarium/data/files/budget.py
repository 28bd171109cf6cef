"""Memory that many threads share."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_one_thread = ThreadPoolExecutor(1)


def alone(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call what takes much memory, one call at a time, always in the same thread: C's heaps, one for each thread,
    keep some of what was freed in them."""
    return _one_thread.submit(function, *args, **kwargs).result()


class Budget:
    """So many bytes for all threads together; who asks for more than all of them waits until nobody holds any."""

    def __init__(self, total: int) -> None:
        self._total, self._free, self._given_back = total, total, Condition()

    @contextmanager
    def taken(self, n: int) -> Iterator[None]:
        """Hold n bytes inside."""
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
