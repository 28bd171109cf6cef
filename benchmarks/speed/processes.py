"""Commands of our own, watched from outside."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, sleep

PATIENCE = 0.01  # seconds between two looks


def ganarium(*words: str) -> list[str]:
    """The command, as installed beside this interpreter."""
    return [str(Path(sys.executable).with_name("ganarium")), *words]


def watched(command: Sequence[str], threads: int, look: Callable[[int], None]) -> float:
    """Run it, look at its process from time to time, and return how long it took.

    Raises `RuntimeError` with its words when it fails.
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
