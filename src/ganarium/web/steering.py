"""Steering of a run from the page: checks what the page has seen, and writes a request for the training process."""

from __future__ import annotations

from ganarium.core.errors import InputError
from ganarium.runs.requests import LONGEST_NAME, Request, checked, write_request
from ganarium.web.errors import PageError
from ganarium.web.summaries import WatchedRun

DONE = {
    "pause": "paused",
    "continue": "continued",
    "discriminator": "updated only the discriminator of",
    "generator": "updated only the generator of",
    "slow": "changed the speed of",
    "save": "saved",
    "stop": "stopped",
}
LARGEST = 2**53


def steer(run: WatchedRun, values: object, viewer: str) -> None:
    """Write a request for the process that trains a run.

    values: {action, value, seen, by}
    viewer: who asks, if `by` is missing

    Raises `UsageError` for an invalid request, `PageError` 409 if the run is not in training or somebody else has
    steered it since.
    """
    if not isinstance(values, dict) or not isinstance(values.get("action"), str):
        raise InputError('action: send a table with an action, as {"action": "pause", "seen": null}')
    by, seen = values.get("by") or viewer, values.get("seen")
    if not isinstance(by, str) or len(by) > LONGEST_NAME or not by.isprintable():
        raise InputError(f"by: must be a text of at most {LONGEST_NAME} characters")
    if seen is not None and (type(seen) is not int or not -1 <= seen < LARGEST):
        raise InputError("seen: must be the number of the newest steering that the page has seen, or null")
    action, value = checked(values["action"], values.get("value"))
    if run.process is None:
        raise PageError(409, f"{run.found.name} is not in training; resume it first", code="not-in-training")
    newest = run.log.summary.steered
    if newest and seen is not None and newest[0] > seen and newest[1] != by:
        sentence = f"{newest[1] or 'somebody'} {DONE.get(newest[2], 'steered')} this run; look again before you steer"
        raise PageError(409, sentence, code="steered", by=newest[1], action=newest[2])
    write_request(run.path, Request(action, value, by, seen))
