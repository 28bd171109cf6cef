"""Options and output functions shared by all commands."""

import json
import os
import shlex
import shutil
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from ganarium.core.stderr import say

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object to stdout and everything else to stderr.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace existing output.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Path of a run, or name under ./runs.")]
Weights = Annotated[
    str | None,
    typer.Option(metavar="ema|raw", help="Generator weights: moving average (ema) or last step (raw)."),
]
At = Annotated[
    str | None,
    typer.Option(metavar="STEP|best", help="Step of a checkpoint, or the best by validation score; default: newest."),
]
Split = Annotated[
    str,
    typer.Option(metavar="test|validation", help="Held-out split: test for reporting, validation for model selection."),
]
Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="[a.b=c]...", help="Settings, for example optim.lr=1e-3.", show_default=False),
]


class Exit(Exception):  # noqa: N818 (not an error)
    """Exception that ends a command with a given exit status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def print_error(message: str, status: int) -> int:
    """Print a one-line message to stderr, unless the message is empty, and return the status."""
    if message:
        say("ganarium: " + " ".join(message.split()))
    return status


def print_note(text: str) -> None:
    """Print a note to stderr."""
    say(text)


def print_result(values: dict[str, Any], text: str, *, as_json: bool) -> None:
    """Print the result of a command, as JSON or as text."""
    print(json.dumps(values, default=str) if as_json else text)


def command_line(*words: object, program: str = "ganarium") -> str:
    """Return a command line that works from the current folder, quoted for the shell."""
    return shlex.join([_path_of(program), *map(str, words)])


def _path_of(name: str) -> str:
    """Return the name of an installed program, or its relative path if it is not on the PATH."""
    installed = Path(sys.argv[0]).with_name(name)
    return name if shutil.which(name) or not installed.exists() else os.path.relpath(installed)


def print_version(wanted: bool) -> None:
    """Print the version and exit, if requested."""
    if wanted:
        print(f"ganarium {version('ganarium')}")
        raise typer.Exit
