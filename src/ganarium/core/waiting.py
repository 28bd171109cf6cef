"""How OpenMP's idle threads wait: turning in circles for a moment, then asleep.

torch computes with OpenMP's threads (libgomp, on Linux). A thread without work turns in circles, so that it begins at
once when there is some; beside a busy process it takes the core from the thread that it waits for. libgomp reads how
long from the environment while it is loaded, so this comes before torch. It changes no result.
"""

import os
import sys

SPINS = "100000"  # about a third of libgomp's own, see results/speed.md
POLICIES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")

_too_late = False


def choose_waiting() -> None:
    """Choose how threads wait, unless the user has, or torch is loaded already."""
    global _too_late
    if any(name in os.environ for name in POLICIES):
        return
    if "torch" in sys.modules:
        _too_late = True
    else:
        os.environ["GOMP_SPINCOUNT"] = SPINS


def waiting() -> str:
    """How threads wait in this process, for a run's record."""
    chosen = [f"{name}={os.environ[name]}" for name in POLICIES if name in os.environ]
    if _too_late or not chosen:
        return "OpenMP's own"
    return ", ".join(chosen)


def why_not_chosen() -> str:
    """Why ganarium could not choose, and what to do; "" where it could."""
    return (
        "torch was imported before ganarium, so its threads wait in OpenMP's own way, which is slow beside other busy "
        "processes: import ganarium first, or set GOMP_SPINCOUNT=" + SPINS
        if _too_late
        else ""
    )
