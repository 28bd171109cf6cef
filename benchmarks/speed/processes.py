"""Run our commands as processes and monitor them."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, sleep

PATIENCE = 0.01  # seconds between two checks


def ganarium(*words: str) -> list[str]:
    """Return the command, as installed for this interpreter."""
    return [str(Path(sys.executable).with_name("ganarium")), *words]


def watched(command: Sequence[str], threads: int, look: Callable[[int], None]) -> float:
    """Run a command, call `look` with its process id at regular intervals, and return its duration.

    Raises `RuntimeError` with its output if it fails.
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
