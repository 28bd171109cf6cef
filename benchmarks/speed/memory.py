"""(f) Measure the peak memory of training the recipe `digits` with dense networks."""

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.speed.contenders import OURS, PLAIN, plain_of
from benchmarks.speed.processes import ganarium, watched
from benchmarks.speed.question import Options, Question, Values, table
from benchmarks.speed.works import SAME_GAME


def measure(options: Options) -> Values:
    """Measure the ganarium command and the plain loop, each in its own process."""
    steps, words = options.effort.steps, options.words
    plainly = [sys.executable, "-m", "benchmarks.speed.memory", str(steps), str(options.threads), *words]
    with TemporaryDirectory() as folder:
        settings = (*SAME_GAME.words, f"train.steps={steps}", *words)
        command = ganarium("train", SAME_GAME.recipe, *settings, "--out", str(Path(folder, "run")))
        peaks = {OURS: peak_of(command, options.threads), PLAIN: peak_of(plainly, options.threads)}
    return {"steps": steps, "megabytes": peaks}


def peak_of(command: list[str], threads: int) -> float | None:
    """Return the peak resident memory of a command in MB; None if the system does not report it."""
    marks: list[int] = []

    def look(process: int) -> None:
        with suppress(OSError):  # the process may have ended
            status = Path(f"/proc/{process}/status").read_text().splitlines()
            marks.extend(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

    watched(command, threads, look)
    return round(max(marks) * 1024 / 1e6, 1) if marks else None


def train_plainly(steps: int, threads: int, *words: str) -> None:
    """Run the plain loop, as the main function of a separate process."""
    torch.set_num_threads(threads)
    plain_of(SAME_GAME, words).advance(steps)


def lines(values: Values) -> list[str]:
    """Return a table with a row for each process."""
    rows = [[name, "unknown" if mb is None else f"{mb:,.0f}"] for name, mb in values["megabytes"].items()]
    return [
        f"Peak resident memory of `ganarium train digits train.steps={values['steps']}` with dense networks, a "
        "complete run, and of the plain loop of the same game.",
        "",
        *table(["process", "MB"], rows),
    ]


QUESTION = Question("memory", "Memory", measure, lines)

if __name__ == "__main__":
    train_plainly(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
