"""A process pool that trains the runs of a study on the local machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import Literal

from ganarium.core.errors import GanariumError
from ganarium.core.escape import printable
from ganarium.runs.directory import Run
from ganarium.studies.study import StudyFolder, StudyRun

State = Literal["waiting", "running", "done", "failed", "stopped"]
POLL_SECONDS = 0.2
STOPPED = 75  # exit status of a process that was stopped before its run was finished
LONGEST_REASON = 300


@dataclass(frozen=True)
class RunStatus:
    """The status of a run, with the newest saved step and, for a failed run, the reason."""

    run: StudyRun
    state: State
    step: int = 0
    reason: str = ""


class ProcessPool:
    """A pool of local processes that train one run each, at most `workers` at a time."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def train(
        self, file: Path, runs: Sequence[StudyRun], folder: StudyFolder, should_stop: Callable[[], bool]
    ) -> Iterator[list[RunStatus]]:
        """Train all unfinished runs; yield the status of all runs at regular intervals and at the end.

        file: TOML file or folder of the study. The subprocesses save and stop if this process ends for any reason.
        """
        ended = {run.key: RunStatus(run, "done") for run in runs if folder.result_path(run).exists()}
        waiting = [run for run in runs if run.key not in ended]
        running: dict[str, tuple[StudyRun, subprocess.Popen[bytes]]] = {}
        stopping = False
        try:
            while waiting or running:
                if should_stop() and not stopping:  # only once: a second signal would stop runs without saving them
                    stopping = True
                    ended |= {run.key: RunStatus(run, "stopped") for run in waiting}
                    waiting = []
                    for _, process in running.values():
                        process.terminate()
                while waiting and len(running) < self.workers:
                    run = waiting.pop(0)
                    running[run.key] = (run, _start(file, run, folder))
                for key, (run, process) in list(running.items()):
                    if process.poll() is not None:
                        ended[key] = _ended(run, folder, process.returncode)
                        del running[key]
                yield [_status(run, ended, running, folder) for run in runs]
                sleep(POLL_SECONDS)
        finally:
            for _, process in running.values():
                process.terminate()
        yield [_status(run, ended, running, folder) for run in runs]


def _start(file: Path, run: StudyRun, folder: StudyFolder) -> "subprocess.Popen[bytes]":
    folder.log_path(run).parent.mkdir(parents=True, exist_ok=True)
    arguments = [str(file), run.key, str(folder.path), str(os.getpid())]
    environment = os.environ | {"OMP_NUM_THREADS": str(run.experiment.engine.threads or 1)}
    with folder.log_path(run).open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "ganarium.studies.worker", *arguments],
            stdout=log,
            stderr=log,
            env=environment,
            start_new_session=True,
        )


def _ended(run: StudyRun, folder: StudyFolder, status: int) -> RunStatus:
    if folder.result_path(run).exists():
        return RunStatus(run, "done")
    if status in (STOPPED, -signal.SIGTERM):  # SIGTERM if the process was still starting up
        return RunStatus(run, "stopped")
    output = folder.log_path(run).read_text(errors="replace").strip().splitlines()
    reason = printable(output[-1][:LONGEST_REASON]) if output else f"exit status {status}"
    return RunStatus(run, "failed", reason=reason)


def _status(
    run: StudyRun,
    ended: dict[str, RunStatus],
    running: dict[str, tuple[StudyRun, "subprocess.Popen[bytes]"]],
    folder: StudyFolder,
) -> RunStatus:
    if run.key in ended:
        return ended[run.key]
    if run.key not in running:
        return RunStatus(run, "waiting")
    try:
        steps = Run.open(folder.run_path(run)).checkpoint_steps()
    except GanariumError:
        steps = []
    return RunStatus(run, "running", max(steps, default=0))
