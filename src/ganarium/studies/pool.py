"""Runners that train the cells of a study, such as a pool of local processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Literal, Protocol

from ganarium.core.errors import GanariumError
from ganarium.core.escape import printable
from ganarium.runs.directory import Run
from ganarium.studies.study import Cell, Home

State = Literal["waiting", "running", "done", "failed", "stopped"]
LOOK_SECONDS = 0.2
STOPPED = 75  # exit status of a cell that was stopped before it finished
LONGEST_REASON = 300


@dataclass(frozen=True)
class Standing:
    """The status of a cell; step: the newest that is saved; reason: why it failed."""

    cell: Cell
    state: State
    step: int = 0
    reason: str = ""


class Runner(Protocol):
    """The protocol of executors that train cells."""

    def run(
        self, file: Path, cells: Sequence[Cell], home: Home, should_stop: Callable[[], bool]
    ) -> Iterator[list[Standing]]:
        """Train the cells that have no result; yield the status of all cells from time to time, and at the end."""


class Processes:
    """A pool of local processes, one for each cell, `workers` at a time."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(
        self, file: Path, cells: Sequence[Cell], home: Home, should_stop: Callable[[], bool]
    ) -> Iterator[list[Standing]]:
        """Train the cells in subprocesses, which save and stop when this process dies for any reason."""
        ended: dict[str, Standing] = {cell.key: Standing(cell, "done") for cell in cells if home.result(cell).exists()}
        waiting = [cell for cell in cells if cell.key not in ended]
        running: dict[str, tuple[Cell, subprocess.Popen[bytes]]] = {}
        stopping = False
        try:
            while waiting or running:
                if should_stop() and not stopping:  # once: a second signal would stop cells unsaved
                    stopping = True
                    ended |= {cell.key: Standing(cell, "stopped") for cell in waiting}
                    waiting = []
                    for _, process in running.values():
                        process.terminate()
                while waiting and len(running) < self.workers:
                    cell = waiting.pop(0)
                    running[cell.key] = (cell, _begin(file, cell, home))
                for key, (cell, process) in list(running.items()):
                    if process.poll() is not None:
                        ended[key] = _ended(cell, home, process.returncode)
                        del running[key]
                yield [_standing(cell, ended, running, home) for cell in cells]
                sleep(LOOK_SECONDS)
        finally:
            for _, process in running.values():
                process.terminate()
        yield [_standing(cell, ended, running, home) for cell in cells]


def _begin(file: Path, cell: Cell, home: Home) -> "subprocess.Popen[bytes]":
    home.log(cell).parent.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, "-m", "ganarium.studies.worker", str(file), cell.key, str(home.path), str(os.getpid())]
    environment = os.environ | {"OMP_NUM_THREADS": str(cell.experiment.engine.threads or 1)}
    with home.log(cell).open("ab") as log:
        return subprocess.Popen(words, stdout=log, stderr=log, env=environment, start_new_session=True)


def _ended(cell: Cell, home: Home, status: int) -> Standing:
    if home.result(cell).exists():
        return Standing(cell, "done")
    if status in (STOPPED, -signal.SIGTERM):  # SIGTERM if it was still starting up
        return Standing(cell, "stopped")
    said = home.log(cell).read_text(errors="replace").strip().splitlines()
    reason = printable(said[-1][:LONGEST_REASON]) if said else f"ended with status {status}"
    return Standing(cell, "failed", reason=reason)


def _standing(
    cell: Cell, ended: dict[str, Standing], running: dict[str, tuple[Cell, "subprocess.Popen[bytes]"]], home: Home
) -> Standing:
    if cell.key in ended:
        return ended[cell.key]
    if cell.key not in running:
        return Standing(cell, "waiting")
    try:
        steps = Run.open(home.run(cell)).checkpoint_steps()
    except GanariumError:
        steps = []
    return Standing(cell, "running", max(steps, default=0))
