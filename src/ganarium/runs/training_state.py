"""Check whether a process is training a run at this moment."""

from filelock import FileLock, Timeout

from ganarium.runs.directory import LOCK, Run


def is_training(run: Run) -> bool:
    """Return whether another process holds the lock of a run, which a killed process releases."""
    path = run.path / LOCK
    if not path.is_file():
        return False
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:
        return False
