"""Choose how OpenMP's idle threads wait: they spin for a moment, then sleep.

torch computes with OpenMP's threads (libgomp, on Linux). A spinning thread starts new work at once, but on a busy
machine it occupies the core of the thread that it waits for. libgomp reads from the environment how long threads spin
while it is loaded, so this module runs before torch. The choice changes no result.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

# Turns that a thread spins before it sleeps (docs/speed.md); a turn takes several times longer on Intel's processors.
INTEL, OTHERS = "100000", "1000"
POLICIES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")

_too_late = False


@cache
def spins() -> str:
    """Return the number of turns for this processor."""
    with suppress(OSError):
        if "GenuineIntel" in Path("/proc/cpuinfo").read_text():
            return INTEL
    return OTHERS


def choose_waiting() -> None:
    """Set how threads wait, unless the user has set it or torch is loaded already."""
    global _too_late
    if any(name in os.environ for name in POLICIES):
        return
    if "torch" in sys.modules:
        _too_late = True
    else:
        os.environ["GOMP_SPINCOUNT"] = spins()


def waiting() -> str:
    """Return how threads wait in this process, for a run's record."""
    chosen = [f"{name}={os.environ[name]}" for name in POLICIES if name in os.environ]
    if _too_late or not chosen:
        return "OpenMP's default"
    return ", ".join(chosen)


def why_not_chosen() -> str:
    """Return why ganarium could not choose, and what to do; "" where it could."""
    return (
        "torch was imported before ganarium, so its threads wait as OpenMP has it, which is slow while other processes "
        "are busy: import ganarium first, or set GOMP_SPINCOUNT=" + spins()
        if _too_late
        else ""
    )
