"""The `ganarium` command: subcommands and exit status.

Exit status: 0 success; 1 internal or system error; 2 usage error; 130 after Ctrl-C and 143 after SIGTERM.
"""

import os
import sys
from contextlib import suppress
from errno import ENAMETOOLONG
from io import TextIOWrapper
from typing import Annotated, NoReturn, TextIO

import typer
from typer.exceptions import TyperException

from ganarium.cli import analysis, data, report, sample, show, steer, theory, train, watch
from ganarium.cli.common import Exit, print_error, print_version
from ganarium.config.plugins import load_inherited, load_installed, load_plugin
from ganarium.core.errors import GanariumError, UsageError

INTERRUPTED = 130

app = typer.Typer(
    help="A laboratory for generative adversarial networks on small images and points in the plane.\n\n"
    "Start with: ganarium train digits",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    plugin: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Load a Python file that registers parts; allowed anywhere in a command."),
    ] = None,
) -> None:
    """Handle options that are given without a command."""
    del version, plugin  # plug-ins are loaded before the command line is parsed, since they add settings


app.command()(show.recipes)
app.command()(show.remedies)
app.command("show")(show.show)
app.command("train")(train.train)
app.command()(train.resume)
app.command()(train.fork)
app.command()(steer.steer)
app.command()(watch.watch)
app.command()(sample.sample)
app.command()(sample.interpolate)
app.command()(sample.translate)
app.command()(analysis.evaluate)
app.command()(analysis.compare)
app.command()(analysis.diagnose)
app.command()(analysis.trial)
app.command()(analysis.study)
app.command()(report.report)
app.command()(report.plot)
app.add_typer(data.app, name="data")
app.add_typer(theory.app, name="theory")


def _load_plugins(arguments: list[str]) -> list[str]:
    """Load the plug-ins of packages and those named with `--plugin`; return the arguments without these."""
    load_installed()
    load_inherited()
    others, rest = [], iter(arguments)
    for argument in rest:
        if argument == "--plugin" or argument.startswith("--plugin="):
            file = argument.partition("=")[2] if "=" in argument else next(rest, "")
            if not file:
                raise UsageError("--plugin: name a Python file, for example --plugin my_parts.py")
            print(f"plug-in {load_plugin(file)}", file=sys.stderr)
        else:
            others.append(argument)
    return others


def main() -> NoReturn:
    """Run one command and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = app(_load_plugins(sys.argv[1:]), standalone_mode=False)
        if status == INTERRUPTED:  # typer converts KeyboardInterrupt to this status
            raise KeyboardInterrupt
        sys.stdout.flush()
    except Exit as exit_request:
        status = exit_request.status
    except GanariumError as error:
        status = print_error(str(error), error.exit_code)
    except TyperException as error:
        status = print_error(error.format_message(), error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        status = print_error("interrupted", INTERRUPTED)
    except BrokenPipeError:
        status = 0
    except SystemExit as exit_request:
        if not isinstance(exit_request.__context__, BrokenPipeError):
            raise
        status = 0  # typer turns a broken pipe into an error
    except OSError as error:
        status = print_error(f"{error.filename or 'output'}: {error.strerror}", 2 if error.errno == ENAMETOOLONG else 1)
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        status = print_error("out of memory: try smaller networks, a smaller train.batch or fewer samples", 1)
    for stream in (sys.__stdout__, sys.__stderr__):
        _discard_if_closed(stream)
    sys.exit(status or 0)


def _discard_if_closed(stream: TextIO | None) -> None:
    """Discard the buffered output of a closed stream, since Python would report an error at exit."""
    if stream is None:
        return
    try:
        stream.flush()
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
