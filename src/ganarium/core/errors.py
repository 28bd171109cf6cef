"""The exception hierarchy of ganarium.

    GanariumError                exit 1   internal or system error
    ├── UsageError               exit 2   usage error; the message names the wrong argument and the fix
    │   ├── UnknownNameError              no entry with that name; the message lists the nearest ones
    │   ├── SettingsError                 invalid key, value or type in an experiment
    │   └── InputError                    a file or folder is missing or not in the expected format
    │       └── EmptySplitError           the data have no images in the requested split
    ├── RunError                 exit 1   the run directory cannot be used for the requested operation
    │   ├── RunBusyError                  another process is training this run
    │   ├── CheckpointError               a checkpoint is truncated, altered or missing
    │   └── NewerFormatError              a file was written by a newer ganarium
    └── DivergedError            exit 1   a loss is not finite; the run is intact

Messages are one line: the problem, then the fix.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from traceback import walk_tb
from types import FrameType

NOT_OF_USERS = ("ganarium", "torch", "importlib", "_frozen_importlib", "_frozen_importlib_external")


class GanariumError(Exception):
    """Base class of all errors that ganarium raises deliberately."""

    exit_code = 1


class UsageError(GanariumError):
    """Error for an invalid argument, setting or input."""

    exit_code = 2


class UnknownNameError(UsageError, KeyError):
    """Lookup of a name that is not in a registry; the message suggests the nearest names."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no {noun} named {name!r}{suggestion(name, known)}")

    def __str__(self) -> str:
        return str(self.args[0])


class SettingsError(UsageError, ValueError):
    """Invalid key, value or type in an experiment."""


class InputError(UsageError, ValueError):
    """Input file or folder that is missing, unreadable or not in the expected format."""


class EmptySplitError(InputError):
    """Data set without images in the requested split."""


class RunError(GanariumError):
    """Run directory that cannot be used for the requested operation."""


class RunBusyError(RunError):
    """Run that is already being trained by another process."""


class CheckpointError(RunError):
    """Checkpoint that is truncated, altered or missing."""


class NewerFormatError(RunError):
    """File written by a newer version of ganarium."""


class DivergedError(GanariumError):
    """Training stopped by a non-finite loss; the run is intact up to its last checkpoint."""


@contextmanager
def failures_as_settings_errors(what: str) -> Iterator[None]:
    """Convert exceptions of a user's code, except for our own, to a `SettingsError` that begins with `what`."""
    try:
        yield
    except GanariumError:
        raise
    except Exception as error:
        raise SettingsError(f"{what}: {failure(error)}") from error


def brief(error: BaseException) -> str:
    """Return another library's error message as one printable line of at most 100 characters.

    >>> brief(ValueError("bad magic\\x00 number\\nat 0x7f"))
    'bad magic\ufffd number at 0x7f'
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:100])


def failure(error: BaseException) -> str:
    """Return the type, the message and, if known, the line of an exception that a user's code raised.

    The line is that of the last call outside ganarium, torch and the import system, as in
    "TypeError: unsupported operand (losses.py:12)".
    """
    lines = [(frame, line) for frame, line in walk_tb(error.__traceback__) if _is_of_user(frame)]
    place = f" ({Path(lines[-1][0].f_code.co_filename).name}:{lines[-1][1]})" if lines else ""
    if isinstance(error, GanariumError):
        return f"{error}{place}"
    kind, said = type(error).__name__, brief(error)
    return f"{kind}{place}" if said == kind else f"{kind}: {said}{place}"


def _is_of_user(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] not in NOT_OF_USERS


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message: the nearest known names, or else all names if there are at most 40.

    >>> suggestion("hnge", ["hinge", "minimax"])
    '; did you mean hinge?'
    >>> suggestion("zzz", ["hinge", "minimax"])
    '; available: hinge, minimax'
    """
    names = list(dict.fromkeys(known))  # a run may have a recipe's name
    near = get_close_matches(name, names, n=2, cutoff=0.55)
    near = near or [each for each in names if len(name) > 2 and each.startswith(name)][:2]
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; available: {', '.join(names)}" if 0 < len(names) <= 40 else ""
