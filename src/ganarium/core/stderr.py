"""Lines for people on stderr; what cannot be written is left out, so that they never end the work that they tell of."""

import sys
from contextlib import suppress
from typing import Any, TextIO


class Unfailing:
    """A text stream that is deaf from its first failed write on, as when nobody reads a pipe any more."""

    def __init__(self, stream: TextIO | None) -> None:
        self._stream, self._deaf = stream, stream is None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def isatty(self) -> bool:
        """Whether somebody looks at a terminal."""
        return not self._deaf and self._stream is not None and self._stream.isatty()

    def write(self, text: str) -> int:
        """Write what can be written."""
        if not self._deaf and self._stream is not None:
            try:
                self._stream.write(text)
            except (OSError, ValueError):
                self._deaf = True
        return len(text)

    def flush(self) -> None:
        """Flush what can be flushed."""
        if not self._deaf and self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._deaf = True


def say(text: str) -> None:
    """Print a line on stderr, if that can be done."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(text, file=sys.stderr, flush=True)
