"""Measure the time until the ganarium command prints its help, and until the first training step is complete."""

import statistics
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.speed.processes import ganarium, watched
from benchmarks.speed.question import Options, Question, Values, table

ROUNDS = 6  # maximum; the first round is discarded if there are others


def measure(options: Options) -> Values:
    """Measure both durations and return their medians."""
    rounds = min(ROUNDS, options.effort.pace.rounds)
    helped = [watched(ganarium("--help"), options.threads, lambda _: None) for _ in range(rounds)]
    stepped = [first_step(options) for _ in range(rounds)]
    return {
        "help_seconds": round(statistics.median(helped[1:] or helped), 3),
        "first_step_seconds": round(statistics.median(stepped[1:] or stepped), 3),
    }


def first_step(options: Options) -> float:
    """Return the seconds from the start of a training command until the first losses are in the log."""
    seen: list[float] = []
    with TemporaryDirectory() as folder:
        run = Path(folder, "run")
        command = ganarium("train", "digits", "train.steps=1", *options.words, "--out", str(run))
        start = perf_counter()

        def look(process: int) -> None:
            del process
            with suppress(OSError):  # the file does not exist yet
                if not seen and '"kind": "span"' in (run / "events.jsonl").read_text():
                    seen.append(perf_counter() - start)

        taken = watched(command, options.threads, look)
    return seen[0] if seen else taken


def lines(values: Values) -> list[str]:
    """Return a table with a row for each measured command."""
    named = {
        "`ganarium --help`": "help_seconds",
        "`ganarium train digits`, until the first step is in the log": "first_step_seconds",
    }
    rows = [[name, f"{values[key]:.2f}"] for name, key in named.items() if key in values]
    return table(["command", "seconds (median)"], rows)


QUESTION = Question("starting", "Command start", measure, lines)
