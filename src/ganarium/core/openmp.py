"""Wait policy of idle OpenMP threads: spin briefly, then sleep.

torch uses OpenMP threads (libgomp, on Linux). A spinning thread starts new work immediately, but on a busy machine it
occupies the core of the thread that it waits for. libgomp reads the spin count from the environment when it is loaded,
so this module runs before torch is imported. The policy does not change results.
"""

import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

# Iterations that a thread spins before sleeping (docs/speed.md); an iteration takes longer on Intel processors.
INTEL, OTHERS = "100000", "1000"
POLICIES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")

_too_late = False


@cache
def spins() -> str:
    """Return the spin count for this processor."""
    with suppress(OSError):
        if "GenuineIntel" in Path("/proc/cpuinfo").read_text():
            return INTEL
    return OTHERS


def choose_waiting() -> None:
    """Set the wait policy, unless the user has set it or torch is already loaded."""
    global _too_late
    if any(name in os.environ for name in POLICIES):
        return
    if "torch" in sys.modules:
        _too_late = True
    else:
        os.environ["GOMP_SPINCOUNT"] = spins()


def waiting() -> str:
    """Return the wait policy of this process, for the run record."""
    chosen = [f"{name}={os.environ[name]}" for name in POLICIES if name in os.environ]
    if _too_late or not chosen:
        return "OpenMP's default"
    return ", ".join(chosen)


def why_not_chosen() -> str:
    """Return the reason why the policy could not be set, with the fix, or "" if the policy was set."""
    return (
        "torch was imported before ganarium, so its threads use OpenMP's default wait policy, which is slow while "
        "other processes are busy: import ganarium first, or set GOMP_SPINCOUNT=" + spins()
        if _too_late
        else ""
    )
