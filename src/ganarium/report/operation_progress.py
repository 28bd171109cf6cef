"""Progress on stderr during long operations outside training."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from ganarium.core.progress import report_to

QUIET_SECONDS = 10.0


@contextmanager
def busy(doing: str) -> Iterator[None]:
    """Show progress on stderr: a bar in a terminal, else a line every few seconds."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

    from ganarium.report.console import stderr_console

    console = stderr_console()
    columns = (SpinnerColumn(), TextColumn("{task.description} …"), BarColumn(), MofNCompleteColumn())
    printed_at = monotonic()

    def report(doing: str, done: int, total: int) -> None:
        nonlocal printed_at
        bar.update(task, description=doing, completed=done, total=total)
        if not console.is_terminal and monotonic() - printed_at > QUIET_SECONDS:
            printed_at = monotonic()
            console.print(f"{doing}: {done:,} of {total:,}")

    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar, report_to(report):
        task = bar.add_task(doing, total=None)
        yield
