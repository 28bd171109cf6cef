"""Requests to stop: Ctrl-C, SIGTERM and SIGHUP, heard where work can be saved, or at once where nothing can be lost."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import current_thread, main_thread
from typing import Any

STOPS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))

_noted: list[list[int]] = []  # by every `caught_signals` that is open, the innermost last
_raising = False  # whether a signal raises as well


class Interrupted(KeyboardInterrupt):
    """A signal asked work to stop that can be stopped at any place."""


@contextmanager
def caught_signals() -> Iterator[list[int]]:
    """Collect requests to stop, so that work ends where it can be saved; a second one takes effect at once.

    SIGHUP stays ignored where it is, as under nohup. Outside the main thread, where no signals arrive, nothing happens.
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
def at_once() -> Iterator[None]:
    """Raise `Interrupted` inside at a request to stop, also at an earlier one, instead of only collecting it.

    Where Python cannot raise, as in the callback of a weak reference, the next `at_once` raises it.
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
    """Let a caught signal do what it would have done; raise `KeyboardInterrupt` where that is nothing."""
    signal.raise_signal(number)
    raise KeyboardInterrupt


def _announce() -> None:
    with suppress(OSError, ValueError, AttributeError):  # stderr may be closed, gone, or no file
        os.write(sys.stderr.fileno(), b"stopping and saving ...\n")  # a print would not be safe in here
