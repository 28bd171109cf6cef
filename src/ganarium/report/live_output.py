"""Messages that stay and a status that is replaced: in a terminal, a notebook cell, or as lines on stderr."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any, Protocol, final

from rich.console import Console
from rich.live import Live
from rich.text import Text

from ganarium.core.html import bar, element, stack
from ganarium.report.console import stderr_console

QUIET_SECONDS = 10.0  # between two lines with a status
REDRAW_SECONDS = 0.2  # between two updates of a notebook cell


class LiveOutput(Protocol):
    """Output of a long operation."""

    @property
    def width(self) -> int | None:
        """Return the number of characters that fit into the status, or None if any number does."""

    def message(self, text: str) -> None:
        """Show a message that stays."""

    def status(self, text: str, share: float | None = None) -> None:
        """Show the status instead of the previous one; `share` is the completed part of the work, if known."""

    def close(self) -> None:
        """Finish the output."""


def live_output() -> LiveOutput:
    """Return the output for the environment of this process: a notebook, a terminal or plain stderr."""
    if in_notebook():
        return CellOutput()
    console = stderr_console()
    return TerminalOutput(console) if console.is_terminal else LineOutput(console)


def in_notebook() -> bool:
    """Return whether this process is the kernel of a notebook; does not import IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return getattr(shell, "kernel", None) is not None


@final
class TerminalOutput:
    """Messages on stderr above a live line, which disappears at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=True)

    @property
    def width(self) -> int | None:
        """Return the width of the terminal."""
        return self._console.width

    def message(self, text: str) -> None:
        """Print a line above the status."""
        self._console.print(text)

    def status(self, text: str, share: float | None = None) -> None:  # noqa: ARG002
        """Replace the live line."""
        if not self._live.is_started:
            self._live.start()
        self._live.update(Text(text, overflow="ellipsis", no_wrap=True), refresh=True)

    def close(self) -> None:
        """Clear the live line."""
        self._live.stop()


@final
class LineOutput:
    """Lines on stderr: every message, and a status every few seconds."""

    width = None

    def __init__(self, console: Console) -> None:
        self._console, self._printed_at = console, monotonic()

    def message(self, text: str) -> None:
        """Print a line."""
        self._console.print(text)

    def status(self, text: str, share: float | None = None) -> None:  # noqa: ARG002
        """Print the status, unless one was printed a short time ago."""
        if monotonic() - self._printed_at > QUIET_SECONDS:
            self._printed_at = monotonic()
            self._console.print(text)

    def close(self) -> None:
        """Do nothing: lines stay."""


@final
class CellOutput:
    """One output of a notebook cell, with a progress bar, the status and all messages; updates replace it."""

    width = None

    def __init__(self) -> None:
        self._messages: list[str] = []
        self._status = ""
        self._share: float | None = None
        self._shown: dict[str, str] = {}
        self._shown_at = 0.0
        self._handle: Any = None

    def message(self, text: str) -> None:
        """Add a line to the output."""
        self._messages.append(text)
        self._show()

    def status(self, text: str, share: float | None = None) -> None:
        """Replace the status; several updates in quick succession are shown as one."""
        self._status, self._share = text, share
        if monotonic() - self._shown_at > REDRAW_SECONDS:
            self._show()

    def close(self) -> None:
        """Show the last status, if anything was shown."""
        if self._handle is not None:
            self._show()

    def _show(self) -> None:
        from IPython.display import display

        self._shown_at = monotonic()
        lines = [line for line in (*self._messages[:1], self._status, *self._messages[1:]) if line]
        first, *others = (element("div", line) for line in lines)
        content = {
            "text/plain": "\n".join(lines),
            "text/html": stack(first, "" if self._share is None else bar(self._share), *others),
        }
        if self._handle is None:
            self._handle = display(content, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        elif content != self._shown:
            self._handle.update(content, raw=True)
        self._shown = content
