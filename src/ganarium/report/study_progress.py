"""Live progress of a study: a table in a terminal, a bar in a notebook, else a line whenever something changes."""

from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from rich.live import Live
from rich.table import Table

from ganarium.report.console import stderr_console
from ganarium.report.live_output import CellOutput, in_notebook
from ganarium.studies.process_pool import RunStatus, State

ORDER: tuple[State, ...] = ("failed", "running", "waiting", "stopped", "done")
MOST_ROWS = 20


class StudyProgress:
    """Live display of the progress of a study."""

    def __init__(self) -> None:
        self._console = stderr_console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._cell = CellOutput() if in_notebook() else None
        self._printed = ""

    def __enter__(self) -> "StudyProgress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, type_: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        if self._cell:
            self._cell.close()

    def show(self, statuses: Sequence[RunStatus]) -> None:
        """Show the current state of all runs."""
        if self._cell:
            self._cell.status(_counts(statuses), sum(one.state == "done" for one in statuses) / max(1, len(statuses)))
        elif self._console.is_terminal:
            self._live.update(_table(statuses), refresh=True)
        elif (line := _counts(statuses)) != self._printed:
            self._printed = line
            self._console.print(line)


def _counts(statuses: Sequence[RunStatus]) -> str:
    counts = Counter(status.state for status in statuses)
    return f"{len(statuses)} runs: " + ", ".join(f"{counts[state]} {state}" for state in ORDER if counts[state])


def _table(statuses: Sequence[RunStatus]) -> Table:
    table = Table("variant", "seed", "state", "step", title=_counts(statuses))
    ranked = sorted(statuses, key=lambda status: ORDER.index(status.state))
    for status in ranked[:MOST_ROWS]:
        total, step = status.run.experiment.train.steps, f"{status.step:,}"
        steps = f"{step} of {total:,}" if total else step
        progress = steps if status.state == "running" else status.reason
        table.add_row(status.run.variant, str(status.run.experiment.seed), status.state, progress)
    return table
