"""Lock for computing threads, since torch's thread count and precision are process-wide settings."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident


class FairLock:
    """A reentrant lock that is granted in the order of requests."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()  # the holder comes first
        self._depth = 0
        self._changed = Condition()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock within the context."""
        self._acquire(get_ident())
        try:
            yield
        finally:
            self._release()

    def _acquire(self, thread: int) -> None:
        with self._changed:
            if not self._depth or self._waiting[0] != thread:
                self._waiting.append(thread)
                try:
                    self._changed.wait_for(lambda: self._waiting[0] == thread)
                except BaseException:
                    self._waiting.remove(thread)
                    self._changed.notify_all()
                    raise
            self._depth += 1

    def _release(self) -> None:
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._waiting.popleft()
                self._changed.notify_all()


COMPUTING = FairLock()
