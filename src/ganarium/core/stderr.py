"""Output to stderr that ignores write errors, so that a closed stream never stops a run."""

import sys
from contextlib import suppress
from typing import Any, TextIO


class Unfailing:
    """Text stream that discards everything after its first failed write, for example to a closed pipe."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream, self._failed = stream, stream is None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        """Return whether the stream is a terminal that can still be written to."""
        return not self._failed and self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write text, or discard it after a failure."""
        if not self._failed and self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError):
                self._failed = True
        return len(text)

    def flush(self) -> None:
        """Flush the stream, or do nothing after a failure."""
        if not self._failed and self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._failed = True


def say(text: str) -> None:
    """Print a line to stderr, ignoring write errors."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)
