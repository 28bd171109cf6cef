"""Progress during long operations outside training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from ganarium.core.progress import report_to

if TYPE_CHECKING:
    from rich.console import Console

    from ganarium.report.live_output import LiveOutput

QUIET_SECONDS = 1.0  # an operation that is shorter shows nothing in a notebook


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show progress: a bar in a terminal or in a notebook, else a line on stderr every few seconds."""
    from ganarium.report.console import stderr_console
    from ganarium.report.live_output import live_output

    console = stderr_console()
    with _bar(doing, console) if console.is_terminal else _status(live_output()):
        yield


@contextmanager
def _bar(doing: str, console: Console) -> Iterator[None]:
    """Show a spinner and a bar that disappear at the end."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    columns = (SpinnerColumn(), TextColumn("{task.description} …"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        with report_to(lambda doing, done, total: bar.update(task, description=doing, completed=done, total=total)):
            yield


@contextmanager
def _status(output: LiveOutput) -> Iterator[None]:
    """Show reports of progress as a status."""
    began = monotonic()

    def report(doing: str, done: int, total: int) -> None:
        if monotonic() - began > QUIET_SECONDS:
            output.status(f"{doing}: {done:,} of {total:,}", done / total if total else None)

    try:
        with report_to(report):
            yield
    finally:
        output.close()
