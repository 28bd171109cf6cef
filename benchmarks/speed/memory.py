"""(f) The most memory that a training of `digits` holds."""

import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.speed.contenders import OURS, PLAIN, plain_of
from benchmarks.speed.processes import ganarium, watched
from benchmarks.speed.question import Asked, Question, Values, table
from benchmarks.speed.works import SAME_GAME


def measure(asked: Asked) -> Values:
    """Ours as a command, the plain loop as a process of its own."""
    steps, words = asked.effort.steps, asked.words
    plainly = [sys.executable, "-m", "benchmarks.speed.memory", str(steps), str(asked.threads), *words]
    with TemporaryDirectory() as folder:
        command = ganarium("train", "digits", f"train.steps={steps}", *words, "--out", str(Path(folder, "run")))
        peaks = {OURS: peak_of(command, asked.threads), PLAIN: peak_of(plainly, asked.threads)}
    return {"steps": steps, "megabytes": peaks}


def peak_of(command: list[str], threads: int) -> float | None:
    """The high-water mark of a command's resident memory in MB; None where the system does not tell it."""
    marks: list[int] = []

    def look(process: int) -> None:
        with suppress(OSError):  # it may be gone
            status = Path(f"/proc/{process}/status").read_text().splitlines()
            marks.extend(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

    watched(command, threads, look)
    return round(max(marks) * 1024 / 1e6, 1) if marks else None


def train_plainly(steps: int, threads: int, *words: str) -> None:
    """What the process of the plain loop does."""
    torch.set_num_threads(threads)
    plain_of(SAME_GAME, words).advance(steps)


def lines(values: Values) -> list[str]:
    """A row for each."""
    rows = [[name, "not known" if mb is None else f"{mb:,.0f}"] for name, mb in values["megabytes"].items()]
    return [
        f"Peak resident memory of `ganarium train digits train.steps={values['steps']}` with all that a run does, and "
        "of the plain loop of the same game.",
        "",
        *table(["process", "MB"], rows),
    ]


QUESTION = Question("memory", "Memory", measure, lines)

if __name__ == "__main__":
    train_plainly(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
