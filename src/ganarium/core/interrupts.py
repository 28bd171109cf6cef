"""Handling of Ctrl-C, SIGTERM and SIGHUP: deferred until work is saved, or immediate where no work can be lost."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import Any

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_noted: list[list[int]] = []  # one list per open `caught_signals`, the innermost last
_raising = False  # whether a signal also raises `Interrupted`


class Interrupted(KeyboardInterrupt):
    """Exception raised by a stop signal inside `interruptible`, in work that can stop at any point."""


@contextmanager
def caught_signals() -> Iterator[list[int]]:
    """Collect stop signals, so that work can be saved before stopping; a second signal takes effect immediately.

    SIGHUP stays ignored if it was already ignored, as under nohup. Does nothing outside the main thread, since only the
    main thread receives signals.
    """
    caught: list[int] = []
    if current_thread() is not main_thread():
        yield caught
        return

    def note(number: int, _frame: Any) -> None:
        caught.append(number)
        signal.signal(number, before[signal.Signals(number)])
        _announce()
        if _raising:
            raise Interrupted

    handlers = {number: signal.getsignal(number) or signal.SIG_DFL for number in STOPS}
    before = {n: old for n, old in handlers.items() if n == signal.SIGINT or old is not signal.SIG_IGN}
    _noted.append(caught)
    try:
        for number in before:
            signal.signal(number, note)
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _noted.remove(caught)


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` inside the block for a stop signal, even if the signal arrived earlier.

    Where Python cannot raise, as in a weak reference's callback, the signal is raised at the next entry.
    """
    global _raising
    if not _noted or current_thread() is not main_thread():
        yield
        return
    before, _raising = _raising, True
    report = sys.unraisablehook

    def report_errors_only(unraisable: "sys.UnraisableHookArgs") -> None:
        if not isinstance(unraisable.exc_value, Interrupted):
            report(unraisable)

    sys.unraisablehook = report_errors_only
    try:
        if _noted[-1]:
            raise Interrupted
        yield
    finally:
        _raising, sys.unraisablehook = before, report


def deliver(number: int) -> None:
    """Deliver a caught signal to its original handler; raise `KeyboardInterrupt` if the handler returns.

    Outside the main thread, which alone receives signals, only raise `KeyboardInterrupt`. A notebook shows the
    interrupt in one line, without a traceback.
    """
    try:
        if current_thread() is main_thread():
            signal.raise_signal(number)
        raise KeyboardInterrupt
    except KeyboardInterrupt as interrupt:
        interrupt._render_traceback_ = lambda: ["KeyboardInterrupt"]  # type: ignore[attr-defined]
        raise


def _announce() -> None:
    with suppress(OSError, ValueError, AttributeError):  # stderr may be closed, None, or not a file
        os.write(sys.stderr.fileno(), b"stopping and saving ...\n")  # print is not safe in a signal handler
