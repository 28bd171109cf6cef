"""Requests that steer a training, as files in the run directory that the training reads."""

from __future__ import annotations

import json
import os
import time
from math import isfinite
from pathlib import Path
from typing import Any

from ganarium.core.atomic import cannot_write, write_whole
from ganarium.core.errors import InputError, RunError
from ganarium.web.errors import PageError
from ganarium.web.summaries import WatchedRun

REQUESTS = "requests"
ACTIONS = ("pause", "continue", "discriminator", "generator", "slow", "save", "stop")
LONGEST_NAME = 80
MOST_STEPS = 1_000
DONE = {
    "pause": "paused",
    "continue": "continued",
    "discriminator": "updated the discriminator of",
    "generator": "updated the generator of",
    "slow": "changed the speed of",
    "save": "saved",
    "stop": "stopped",
}


def steer(run: WatchedRun, values: object, viewer: str) -> None:
    """Write a request for the process that trains a run.

    values: {action, value, seen, by}
    viewer: who asks, if `by` is missing

    Raises `InputError` for an invalid request, `PageError` 409 if the run is not in training or somebody else has
    steered it since.
    """
    if not isinstance(values, dict) or values.get("action") not in ACTIONS:
        raise InputError(f"action: must be one of {', '.join(ACTIONS)}")
    action, by, seen = values["action"], values.get("by") or viewer, values.get("seen")
    if not isinstance(by, str) or len(by) > LONGEST_NAME or not by.isprintable():
        raise InputError(f"by: must be a text of at most {LONGEST_NAME} characters")
    if seen is not None and type(seen) is not int:
        raise InputError("seen: must be the number of the newest steering that the page has seen, or null")
    value = _checked_value(action, values.get("value"))
    if run.process is None:
        raise PageError(409, f"{run.found.name} is not in training; resume it first")
    newest = run.log.summary.steered
    if newest and seen is not None and newest[0] > seen and newest[1] != by:
        sentence = f"{newest[1] or 'somebody'} {DONE.get(newest[2], 'steered')} this run; look again before you steer"
        raise PageError(409, sentence, by=newest[1], action=newest[2])
    write_request(run.path, {"action": action, "value": value, "by": by, "seen": seen})


def write_request(run: Path, values: dict[str, Any]) -> None:
    """Write a request atomically, with a name that sorts by time."""
    folder = run / REQUESTS
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise RunError(cannot_write(folder, error)) from None
    name = f"{time.time_ns():020d}-{os.urandom(4).hex()}.json"
    write_whole(folder / name, json.dumps(values).encode())


def _checked_value(action: str, value: object) -> float | int | None:
    if action in ("discriminator", "generator"):
        value = 1 if value is None else value
        if type(value) is not int or not 1 <= value <= MOST_STEPS:
            raise InputError(f"value: the number of updates must be a whole number from 1 to {MOST_STEPS:,}")
        return value
    if action == "slow" and value is not None:
        if not isinstance(value, int | float) or isinstance(value, bool) or not isfinite(value) or value <= 0:
            raise InputError("value: the steps per second must be a number above 0, or null for full speed")
        return value
    return None
