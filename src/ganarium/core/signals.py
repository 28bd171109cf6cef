"""Ctrl-C and SIGTERM as a request that is heard between two steps."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def caught_signals() -> Iterator[list[int]]:
    """Collect Ctrl-C and SIGTERM, so that work stops where it can be saved; a second one takes effect at once."""
    caught: list[int] = []

    def note(number: int, _frame: Any) -> None:
        caught.append(number)
        signal.signal(number, before[signal.Signals(number)])
        os.write(2, b"stopping and saving ...\n")  # a print would not be safe in here

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
