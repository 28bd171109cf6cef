"""Entry point of `ganarium` and `python -m ganarium`: set up signals and streams, then import the rest."""

import _thread
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Any, NoReturn

INTERRUPTED = 130
REPEAT_SECONDS = 2.0  # seconds after which an ineffective Ctrl-C is repeated
SHOW_CURSOR = "\x1b[?25h"


def main() -> NoReturn:
    """Run one command; Ctrl-C ends it at any time with a one-line message, even during imports."""
    pressed: list[int] = []
    try:
        _record_ctrl_c(pressed)
        _open_closed_streams()
        from ganarium.cli.main import main as run

        run()
    except SystemExit:
        raise
    except BaseException as error:
        if not pressed and not isinstance(error, KeyboardInterrupt):
            raise
        _print_interrupted()
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # ignored during shutdown, when no work is left to stop


def _open_closed_streams() -> None:
    """Open the null device for a closed stdin, stdout or stderr, so that no later file takes its descriptor."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest free number
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, "r" if number == 0 else "w", closefd=False))  # noqa: SIM115


def _record_ctrl_c(pressed: list[int]) -> None:
    """Append each Ctrl-C to `pressed`, since libraries may swallow `KeyboardInterrupt` or raise another error."""

    def record(number: int, frame: Any) -> None:
        if not pressed:
            _thread.start_new_thread(interrupt_again, ())
        pressed.append(number)
        signal.default_int_handler(number, frame)

    def interrupt_again() -> None:
        while True:
            time.sleep(REPEAT_SECONDS)
            _thread.interrupt_main()

    def exit_if_swallowed(unraisable: "sys.UnraisableHookArgs") -> None:
        if isinstance(unraisable.exc_value, KeyboardInterrupt):  # raised where exceptions cannot propagate
            _print_interrupted()
            os._exit(INTERRUPTED)
        sys.__unraisablehook__(unraisable)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, record)
        sys.unraisablehook = exit_if_swallowed


def _print_interrupted() -> None:
    with suppress(OSError, ValueError):
        print(f"{SHOW_CURSOR if sys.stderr.isatty() else ''}ganarium: interrupted", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
