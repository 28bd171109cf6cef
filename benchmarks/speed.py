"""Speed: `dense-digits` beside a plain loop of the same network, drawing, and how soon the command answers.

python -m benchmarks.speed [--rounds 15] [--steps 150] [--threads 1]

Contenders take turns in one call, since machines drift; ratios are taken pair by pair. Writes results/speed.{json,md}.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from benchmarks.peers import plain_loop
from ganarium.core.words import data_settings
from ganarium.recipes import find_recipe
from ganarium.training.assemble import assemble, load_data, update_rule
from ganarium.training.engine import Engine

RESULTS = Path(__file__).parents[1] / "results"
DRAWN = {"polygons": 100_000, "lines": 10_000, "puzzles": 10_000, "points": 10_000}
Advance = Callable[[int], None]


def ours() -> Advance:
    """The recipe, as the loop runs it."""
    experiment = find_recipe("dense-digits").experiment()
    match = assemble(experiment, load_data(experiment.data), torch.device("cpu"))
    return Engine(experiment, match, update_rule(experiment)).advance


def plain() -> Advance:
    """The peer."""
    source = load_data(find_recipe("dense-digits").experiment().data)
    walk = plain_loop.steps(source.first(len(source)).flatten(1).float() / 255)
    return lambda n: deque(islice(walk, n), maxlen=0).clear()


def rates(contenders: dict[str, Advance], rounds: int, steps: int) -> dict[str, list[float]]:
    """Steps a second of each contender in each round; the contenders take turns."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for advance in contenders.values():
        advance(steps)
    for _ in range(rounds):
        for name, advance in contenders.items():
            found[name].append(steps / seconds(partial(advance, steps)))
    return found


def seconds(work: Callable[[], Any]) -> float:
    """How long it takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def training(rounds: int, steps: int) -> dict[str, Any]:
    """Ours beside the plain loop."""
    found = rates({"ganarium": ours(), "plain loop": plain()}, rounds, steps)
    ratios = [a / b for a, b in zip(*found.values(), strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4)
    return {
        "work": "S2-A: dense 100-256-784 against 784-256-1, batch 128",
        "steps_per_second": {name: round(statistics.median(values), 1) for name, values in found.items()},
        "ratio": {"median": round(statistics.median(ratios), 3), "quartiles": [round(low, 3), round(high, 3)]},
    }


def drawing() -> dict[str, float]:
    """Seconds to draw each set, on one core."""
    settings = {f"{count:,} {name}": data_settings([f"data={name}"], count) for name, count in DRAWN.items()}
    return {what: round(seconds(partial(load_data, sets)), 2) for what, sets in settings.items()}


def answering(rounds: int) -> float:
    """Seconds of `ganarium --help`, the median."""
    command = [str(Path(sys.executable).with_name("ganarium")), "--help"]
    times = [seconds(lambda: subprocess.run(command, capture_output=True, check=True)) for _ in range(rounds + 1)]
    return round(statistics.median(times[1:]), 3)


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    values = {
        "command": f"scripts/bench --rounds {options.rounds} --steps {options.steps} --threads {options.threads}",
        "machine": f"{platform.machine()}, torch {torch.__version__}, {options.threads} thread(s)",
        "training": training(options.rounds, options.steps),
        "drawing_seconds": drawing(),
        "help_seconds": answering(options.rounds),
    }
    (RESULTS / "speed.json").write_text(json.dumps(values, indent=2) + "\n")
    (RESULTS / "speed.md").write_text(report(values))
    print(report(values))


def report(values: dict[str, Any]) -> str:
    """The figures as Markdown."""
    ratio = values["training"]["ratio"]
    rows = [
        ["steps a second, ganarium (median)", values["training"]["steps_per_second"]["ganarium"]],
        ["steps a second, plain loop (median)", values["training"]["steps_per_second"]["plain loop"]],
        [
            "ratio, pair by pair: median (quartiles)",
            f"{ratio['median']} ({ratio['quartiles'][0]}–{ratio['quartiles'][1]})",
        ],
        *([f"seconds to draw {what}", time] for what, time in values["drawing_seconds"].items()),
        ["seconds of `ganarium --help` (median)", values["help_seconds"]],
    ]
    lines = ["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)]
    head = f"# Speed\n\nTraining is {values['training']['work']}. {values['machine']}.\n\n"
    return head + "\n".join(lines) + f"\n\nCommand: `{values['command']}`\n"


if __name__ == "__main__":
    main()
