"""Every error that a user can cause, in one tree.

    GanariumError                exit 1   something of ours or of the machine's went wrong
    ├── UsageError               exit 2   a word of the user's is wrong; the message names it and the way out
    │   ├── UnknownNameError              no entry of that name; names the nearest ones
    │   ├── SettingsError                 a key, value or type of an experiment is refused
    │   └── InputError                    a file or folder that was named cannot be read as what it should be
    │       └── EmptySplitError           data have no pictures in that split
    ├── RunError                 exit 1   the run directory cannot be used as asked
    │   ├── RunBusyError                  another process is training this run
    │   ├── CheckpointError               a checkpoint is truncated, altered or absent
    │   └── NewerFormatError              written by a newer ganarium
    └── DivergedError            exit 1   a loss is not finite; the run is intact

Messages are one line: what is wrong, then what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class GanariumError(Exception):
    """Base of all errors that ganarium raises on purpose."""

    exit_code = 1


class UsageError(GanariumError):
    """A word of the user's is wrong."""

    exit_code = 2


class UnknownNameError(UsageError, KeyError):
    """No entry of that name in a catalog; the message offers the nearest."""

    def __init__(self, noun: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"no {noun} named {name!r}{suggestion(name, known)}")

    def __str__(self) -> str:
        return str(self.args[0])


class SettingsError(UsageError, ValueError):
    """An experiment's key, value or type is refused."""


class InputError(UsageError, ValueError):
    """A file that the user named cannot be read as what it should be."""


class EmptySplitError(InputError):
    """Data have no pictures in the split that is asked for."""


class RunError(GanariumError):
    """A run directory cannot be used as asked."""


class RunBusyError(RunError):
    """Another process is training this run."""


class CheckpointError(RunError):
    """A checkpoint is truncated, altered or absent."""


class NewerFormatError(RunError):
    """A file was written by a newer ganarium than this one."""


class DivergedError(GanariumError):
    """A loss is not finite; the run is intact up to its last checkpoint."""


def brief(error: Exception) -> str:
    """What another library says of a failure, short enough for the middle of a line.

    >>> brief(ValueError("bad magic\\x00 number\\nat 0x7f"))
    'bad magic\ufffd number at 0x7f'
    """
    text = " ".join(str(error).split()) or type(error).__name__
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text[:100])


def suggestion(name: str, known: Iterable[str]) -> str:
    """The end of a sentence that offers the nearest of the known names, or all of them when there are few.

    >>> suggestion("hnge", ["hinge", "minimax"])
    '; did you mean hinge?'
    >>> suggestion("zzz", ["hinge", "minimax"])
    '; there are: hinge, minimax'
    """
    names = list(dict.fromkeys(known))  # a run may have a recipe's name
    near = get_close_matches(name, names, n=2, cutoff=0.55)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there are: {', '.join(names)}" if 0 < len(names) <= 40 else ""
