"""Live progress of a study: a table in a terminal, else a line whenever something changes."""

from collections import Counter
from collections.abc import Sequence
from types import TracebackType

from rich.live import Live
from rich.table import Table

from ganarium.report.console import stderr_console
from ganarium.studies.pool import Standing, State

ORDER: tuple[State, ...] = ("failed", "running", "waiting", "stopped", "done")
MOST_ROWS = 20


class StudyDisplay:
    """Live display of the progress of a study."""

    def __init__(self) -> None:
        self._console = stderr_console()
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._shown = ""

    def __enter__(self) -> "StudyDisplay":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def show(self, standings: Sequence[Standing]) -> None:
        """Show the current state of all trainings."""
        if self._console.is_terminal:
            self._live.update(_table(standings), refresh=True)
        elif (line := _counts(standings)) != self._shown:
            self._shown = line
            self._console.print(line)


def _counts(standings: Sequence[Standing]) -> str:
    counts = Counter(standing.state for standing in standings)
    return f"{len(standings)} trainings: " + ", ".join(f"{counts[state]} {state}" for state in ORDER if counts[state])


def _table(standings: Sequence[Standing]) -> Table:
    table = Table("variant", "seed", "state", "step", title=_counts(standings))
    ranked = sorted(standings, key=lambda standing: ORDER.index(standing.state))
    for standing in ranked[:MOST_ROWS]:
        total, step = standing.cell.experiment.train.steps, f"{standing.step:,}"
        of = f"{step} of {total:,}" if total else step
        progress = of if standing.state == "running" else standing.reason
        table.add_row(standing.cell.treatment, str(standing.cell.experiment.seed), standing.state, progress)
    return table
