"""Run the commands of docs/homework.md at their full length, and keep the two reports.

python -m benchmarks.homework

Trains in runs/homework, which takes about three hours of one core. If it is interrupted, the same command goes on:
training runs are resumed, and finished ones are skipped. Writes results/homework.en.html and results/homework.zh.html.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from ganarium.runs.directory import Run

ROOT = Path(__file__).parents[1]
PAGE, RESULTS = ROOT / "docs/homework.md", ROOT / "results"
FOLDER = ROOT / "runs/homework"
REPORTS = ("homework.en.html", "homework.zh.html")


def commands(page: str) -> list[list[str]]:
    """Return the commands of the page's first block of shell commands, as lists of words."""
    block = re.search(r"```sh\n(.*?)```", page, re.DOTALL)
    assert block is not None
    return [shlex.split(line)[1:] for line in block[1].splitlines()]


def continued(words: list[str], folder: Path) -> list[str]:
    """Return the command for what is missing: the given one, one that resumes its run, or no words if all is there."""
    out = folder / words[words.index("--out") + 1]
    if not out.exists() or words[0] == "trial":
        return words
    if words[0] == "report" or is_complete(out):
        return []
    return ["resume", str(out)]


def is_complete(path: Path) -> bool:
    """Return whether a run has reached its last step."""
    run = Run.open(path)
    return run.checkpoint_steps()[-1:] == [run.experiment.train.steps]


def main() -> None:
    """Run the commands one after the other, and copy the reports to results."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for words in commands(PAGE.read_text("utf-8")):
        if now := continued(words, FOLDER):
            print("ganarium", shlex.join(now), flush=True)
            subprocess.run([sys.executable, "-m", "ganarium", *now], cwd=FOLDER, check=True)
    for name in REPORTS:
        shutil.copy(FOLDER / name, RESULTS / name)


if __name__ == "__main__":
    main()
