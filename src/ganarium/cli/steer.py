"""The command `steer`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ganarium.cli.common import Json, RunName, command_line, print_result
from ganarium.core.errors import UsageError

if TYPE_CHECKING:
    from ganarium.api.lookup import Run
    from ganarium.api.parts import events

Value = Annotated[
    str | None, typer.Argument(metavar="[VALUE]", help="Number of updates, or steps per second.", show_default=False)
]


def steer(
    run: RunName,
    action: Annotated[
        str, typer.Argument(metavar="ACTION", help="pause, continue, discriminator, generator, slow, save or stop.")
    ],
    value: Value = None,
    json: Json = False,
) -> None:
    """Steer a run that is in training: pause it, update one player, slow it down, save or stop it.

    discriminator and generator update only this player in the next VALUE steps (default: 1), then pause. slow makes at
    most VALUE steps per second; without VALUE, it goes back to full speed. Every request is in the log of the run, and
    updates of one player are in its settings, so that the settings reproduce the run.

    Example: ganarium steer runs/digits discriminator 3
    """
    from ganarium.api.lookup import open_run
    from ganarium.api.steering import PATIENCE
    from ganarium.api.steering import steer as steered
    from ganarium.report.operation_progress import busy

    found = open_run(run)
    with busy("steering"):
        answer = steered(found, action, _number(action, value))
    if answer is None:
        text = f"{found} has not answered within {PATIENCE:.0f} s; it will carry out the request when it can"
        print_result({"run": str(found), "answered": False}, text, as_json=json)
        return
    print_result({"run": str(found), "answered": True} | asdict(answer), _sentence(found, answer), as_json=json)


def _number(action: str, text: str | None) -> float | None:
    """Parse VALUE. Raises `UsageError` if it is not a number."""
    if text is None:
        return None
    try:
        return int(text) if text.lstrip("+-").isdecimal() else float(text)
    except ValueError:
        raise UsageError(f"{action} {text}: VALUE must be a number, for example {action} 3") from None


def _sentence(run: Run, answer: events.Steered) -> str:
    """Return what happened, and the next command."""
    at = f"{run}, step {answer.step:,}: "
    again = f"to continue: {command_line('steer', run, 'continue')}"
    match answer.action:
        case "pause":
            return f"{at}paused; {again}"
        case "continue":
            return f"{at}continues"
        case "discriminator" | "generator":
            steps = "1 step updates" if answer.value == 1 else f"{answer.value:,} steps update"
            return f"{at}{steps} only the {answer.action}; then the run pauses; {again}"
        case "slow":
            return f"{at}" + ("full speed" if answer.value is None else f"at most {answer.value:g} steps per second")
        case "save":
            return f"{at}saved"
        case _:
            return f"{at}stopped; to continue: {command_line('resume', run)}"
