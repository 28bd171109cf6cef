"""Progress reporting of long-running work to an optional listener."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Listener = Callable[[str, int, int], None]  # description, number done, total


def _nobody(doing: str, done: int, total: int) -> None:
    """Ignore the report (default listener)."""


_listener: ContextVar[Listener] = ContextVar("listener", default=_nobody)


@contextmanager
def report_to(listener: Listener) -> Iterator[None]:
    """Send progress reports from inside the block to `listener`."""
    before = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(before)


@contextmanager
def subtask(doing: str) -> Iterator[None]:
    """Prefix progress reports from inside the block with the description of the enclosing task.

    >>> with report_to(lambda doing, done, total: print(f"{doing}: {done} of {total}")), subtask("writing"):
    ...     letters = list(track("spelling", "a", 1))
    writing, spelling: 1 of 1
    """
    tell = _listener.get()
    with report_to(lambda part, done, total: tell(f"{doing}, {part}", done, total)):
        yield


def track(doing: str, items: Iterable[T], total: int) -> Iterator[T]:
    """Yield the items and report progress after each item.

    >>> with report_to(lambda doing, done, total: print(f"{doing}: {done} of {total}")):
    ...     letters = list(track("spelling", "ab", 2))
    spelling: 1 of 2
    spelling: 2 of 2
    """
    tell = _listener.get()
    for done, item in enumerate(items, 1):
        yield item
        tell(doing, done, total)
