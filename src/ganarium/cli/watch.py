"""The command `watch`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ganarium.cli.common import print_note
from ganarium.core.escape import shown


def watch(
    runs: Annotated[Path | None, typer.Argument(metavar="[RUNS]", help="Folder of runs; by default ./runs.")] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port; 0 for any free one.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to listen on. Other machines reach only other addresses, and need a token.")
    ] = "127.0.0.1",
    open_browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    read_only: Annotated[bool, typer.Option("--read-only", help="Show everything, but change nothing.")] = False,
    token: Annotated[
        bool, typer.Option("--token", help="Ask for a token on this machine, too, which others may share.")
    ] = False,
) -> None:
    """Show, steer and start runs in a browser.

    Trainings that the page starts go on when it is closed.

    Example: ganarium watch --open
    """
    from ganarium.api.web import watch as serve

    def announce(address: str) -> None:
        what = "read-only page" if read_only else "page"
        print_note(f"{what} of {shown(runs or Path('runs'))}: {address}")
        print_note("stop with Ctrl-C; trainings go on")

    try:
        serve(runs, announce, host=host, port=port, read_only=read_only, token=token, open_browser=open_browser)
    except KeyboardInterrupt:
        print_note("the page is closed")
