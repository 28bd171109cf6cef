"""Functions for running and monitoring ganarium commands as processes."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, sleep

PATIENCE = 0.01  # seconds between two checks


def ganarium(*words: str) -> list[str]:
    """Return the ganarium command of this interpreter with the given arguments."""
    return [str(Path(sys.executable).with_name("ganarium")), *words]


def watched(command: Sequence[str], threads: int, look: Callable[[int], None]) -> float:
    """Run a command, call `look` with the process ID at regular intervals, and return the duration in seconds.

    Raises `RuntimeError` with the error output if the command fails.
    """
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    start = perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment) as process:
        while process.poll() is None:
            look(process.pid)
            sleep(PATIENCE)
        taken = perf_counter() - start
        assert process.stderr is not None
        if process.returncode:
            raise RuntimeError(process.stderr.read().decode())
    return taken
