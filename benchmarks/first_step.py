"""Measure the seconds from a command to the end of the first training step, and what they are spent on.

python -m benchmarks.first_step [--recipe digits] [--processes 5]

Each process is fresh and trains one step of a new run, without compilation. The table has the medians over processes:
importing PyTorch, importing ganarium and its other libraries, preparing the run (settings, data, networks, first
samples, checkpoint), and the step.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from statistics import median
from time import time

STARTED = "GANARIUM_STARTED"  # environment variable: the time at which the process was requested
STAGES = ("import PyTorch", "other imports", "prepare the run", "first step")


def seconds_of(recipe: str) -> dict[str, float]:
    """Train one step in a fresh process; return the seconds of each stage."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.first_step", "--recipe", recipe, "--processes", "0"]
        environment = {**os.environ, STARTED: repr(time()), "PYTHONPATH": os.pathsep.join(sys.path)}
        ended = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, check=True)
    stages: dict[str, float] = json.loads(ended.stdout)
    return stages


def train_one_step(recipe: str) -> None:
    """Run `ganarium train` in this process up to the end of its first step, and print the seconds of each stage."""
    started = float(os.environ[STARTED])
    before_torch = time()
    import torch  # noqa: F401

    torch_imported = time()
    from ganarium.cli.main import main
    from ganarium.report import follow_training  # noqa: F401
    from ganarium.training.engine import Engine

    imported, advance = time(), Engine.advance

    def measure(engine: Engine, n: int) -> None:  # noqa: ARG001
        prepared = time()
        advance(engine, 1)
        ended = time()
        others = imported - torch_imported + before_torch - started
        spent = (torch_imported - before_torch, others, prepared - imported, ended - prepared)
        os.write(1, json.dumps(dict(zip(STAGES, spent, strict=True))).encode())
        os._exit(0)

    Engine.advance = measure  # type: ignore[method-assign,assignment]
    sys.argv = ["ganarium", "train", recipe, "engine.compile=no"]
    main()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipe", default="digits", help="recipe to train (default: digits)")
    parser.add_argument("--processes", type=int, default=5, help="number of fresh processes (default: 5)")
    options = parser.parse_args()
    if not options.processes:
        train_one_step(options.recipe)
    measured = [seconds_of(options.recipe) for _ in range(options.processes)]
    totals = [sum(stages.values()) for stages in measured]
    for stage in STAGES:
        print(f"{stage:16s} {median(stages[stage] for stages in measured):5.2f} s")
    print(f"{'total':16s} {median(totals):5.2f} s ({min(totals):.2f} to {max(totals):.2f}, {len(totals)} processes)")


if __name__ == "__main__":
    main()
