"""Turns of threads in computing: how many threads torch uses and how it rounds are settings of the whole process."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition, get_ident


class Turns:
    """A lock that threads get in the order in which they ask, and that its holder may take again."""

    def __init__(self) -> None:
        self._waiting: deque[int] = deque()  # its holder first
        self._depth = 0
        self._changed = Condition()

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and hold it."""
        self._take(get_ident())
        try:
            yield
        finally:
            self._leave()

    def _take(self, thread: int) -> None:
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

    def _leave(self) -> None:
        with self._changed:
            self._depth -= 1
            if not self._depth:
                self._waiting.popleft()
                self._changed.notify_all()


COMPUTING = Turns()
