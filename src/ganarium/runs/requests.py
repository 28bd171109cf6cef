"""Requests to steer a training, as files in the run directory, so that other machines can write them.

`requests/TIME-RANDOM.json` is one JSON object: {"action", "value", "by", "seen"}. The training process carries requests
out in the order of their names and deletes each afterwards. Anybody who can write to the folder can create files there,
so they are read with limits and never followed or executed. All functions take the path of the run.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import time_ns
from typing import Annotated, ClassVar, Literal, cast
from uuid import uuid4

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError

from ganarium.config.experiment import MOST_ONE_PLAYER_STEPS
from ganarium.core.arguments import named
from ganarium.core.atomic import cannot_write, write_whole
from ganarium.core.errors import RunError, UnknownNameError, UsageError
from ganarium.core.escape import printable
from ganarium.runs.directory import EVENTS, REQUESTS
from ganarium.runs.events import Steered, read_lines

Action = Literal["pause", "continue", "discriminator", "generator", "slow", "save", "stop"]
Value = int | float | None
ACTIONS: Mapping[Action, str] = {
    "pause": "stop making steps until `continue`, and drop the remaining updates of one player",
    "continue": "make steps again, without a pause after updates of one player",
    "discriminator": "update only the discriminator in the next VALUE steps (default: 1), then pause",
    "generator": "update only the generator in the next VALUE steps (default: 1), then pause",
    "slow": "make at most VALUE steps per second; without VALUE, full speed",
    "save": "write a checkpoint now",
    "stop": "save and end the training, as Ctrl-C does",
}
SLOWEST, FASTEST = 0.01, 1_000_000.0  # steps per second
LARGEST_FILE = 4096  # bytes
LONGEST_NAME = 80  # characters of the name of a person
MOST_FILES = 100  # requests that may wait at once
NAME = re.compile(r"\d{20}-[0-9a-f]{12}\.json")
NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # without the latter, opening a pipe waits


@dataclass(frozen=True)
class Request:
    """A request to steer a training.

    by: name of the person or program that makes the request
    seen: number (`seq`) of the newest `Steered` line that this person has seen, −1 if there was none; the request is
        refused if somebody else has steered since then. None to skip this check.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(strict=True, allow_inf_nan=False, extra="forbid")
    action: str
    value: Value = None
    by: Annotated[str, Field(max_length=LONGEST_NAME)] = ""
    seen: Annotated[int, Field(ge=-1, lt=2**53)] | None = None


_REQUEST = TypeAdapter(Request)


def checked(action: object, value: object = None) -> tuple[Action, Value]:
    """Return the action and its value, with defaults filled in. Raises `UsageError` if one of them is invalid."""
    if not isinstance(action, str) or action not in ACTIONS:
        raise UnknownNameError("action", str(action), ACTIONS)
    known = cast(Action, action)
    if known in ("discriminator", "generator"):
        number = 1 if value is None else value
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MOST_ONE_PLAYER_STEPS:
            raise UsageError(
                f"{action} {_shown(value)}: the number of updates must be a whole number between 1 and "
                f"{MOST_ONE_PLAYER_STEPS:,}"
            )
        return known, number
    if known == "slow":
        if value is None:
            return known, None
        if not isinstance(value, int | float) or isinstance(value, bool) or not SLOWEST <= value <= FASTEST:
            raise UsageError(
                f"slow {_shown(value)}: steps per second must be a number between {SLOWEST:g} and {FASTEST:,.0f}, or "
                "nothing for full speed"
            )
        return known, value
    if value is not None:
        raise UsageError(f"{action} {_shown(value)}: {action} takes no value; leave it out")
    return known, None


def write_request(path: Path, request: Request) -> str:
    """Write a request and return its name. Raises `UsageError` if it is invalid, `RunError` if it cannot be written."""
    action, value = checked(request.action, request.value)
    by = printable(request.by)[:LONGEST_NAME]
    folder, name = path / REQUESTS, f"{time_ns():020d}-{uuid4().hex[:12]}.json"
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RunError(cannot_write(folder, error)) from None
    write_whole(folder / name, _REQUEST.dump_json(Request(action, value, by, request.seen)))
    return name


def waiting_requests(path: Path) -> list[str]:
    """Return the names of the files in the folder of requests, in order; the folder may be missing.

    Files that are still being written and hidden files are left out.
    """
    folder = path / REQUESTS
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):  # no link to another folder either
            return []
        return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    except OSError:
        return []


def read_request(path: Path, name: str) -> Request:
    """Read a request. Raises `RunError` with the reason if it is damaged, too large or not a file."""
    if not NAME.fullmatch(name):
        raise RunError(f"{printable(name)[:LONGEST_NAME]} in the folder {REQUESTS} is not a request")
    try:
        descriptor = os.open(path / REQUESTS / name, os.O_RDONLY | NO_LINKS)
    except OSError as error:
        raise RunError(f"the request cannot be read ({error.strerror})") from None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise RunError("the request is not a file")
        content = os.read(descriptor, LARGEST_FILE + 1)
    except OSError as error:
        raise RunError(f"the request cannot be read ({error.strerror})") from None
    finally:
        os.close(descriptor)
    if len(content) > LARGEST_FILE:
        raise RunError(f"the request is larger than {LARGEST_FILE:,} bytes")
    try:
        return _REQUEST.validate_json(content)
    except ValidationError:
        raise RunError("the request is damaged") from None


def delete_request(path: Path, name: str) -> bool:
    """Delete a file in the folder of requests; return whether it is gone."""
    try:
        (path / REQUESTS / name).unlink(missing_ok=True)
    except OSError:  # a folder, or no right to write
        return False
    return True


def answer_to(path: Path, name: str, start: int) -> Steered | None:
    """Return the answer to a request, which is in the log after byte `start`, or None if there is none yet."""
    answers = (line.event for line in read_lines(path / EVENTS, start) if isinstance(line.event, Steered))
    return next((answer for answer in answers if answer.request == name), None)


def _shown(value: object) -> str:
    """Return a value for a message, or its type if it is long."""
    return named("", value).removeprefix("=")
