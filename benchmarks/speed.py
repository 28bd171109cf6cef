"""How fast `dense-digits` trains beside a plain loop of the same network, interleaved in one call.

python benchmarks/speed.py [--rounds 15] [--steps 150] [--threads 1]
"""

import argparse
import json
import platform
import statistics
from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from time import perf_counter

import torch

from benchmarks.peers import plain_loop
from ganarium.recipes import find_recipe
from ganarium.training.assemble import assemble, load_data, update_rule
from ganarium.training.engine import Engine

RESULTS = Path(__file__).parents[1] / "results"
COMMAND = "scripts/bench"


def ours() -> Callable[[int], None]:
    """The recipe, as the loop runs it."""
    experiment = find_recipe("dense-digits").experiment()
    match = assemble(experiment, load_data(experiment.data), torch.device("cpu"))
    return Engine(experiment, match, update_rule(experiment)).advance


def plain() -> Callable[[int], None]:
    """The peer."""
    source = load_data(find_recipe("dense-digits").experiment().data)
    images = source.first(len(source)).flatten(1).float() / 255
    walk = plain_loop.steps(images)
    return lambda n: deque(islice(walk, n), maxlen=0).clear()


def rates(contenders: dict[str, Callable[[int], None]], rounds: int, steps: int) -> dict[str, list[float]]:
    """Steps a second of each contender in each round; the contenders take turns."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for advance in contenders.values():
        advance(steps)
    for _ in range(rounds):
        for name, advance in contenders.items():
            start = perf_counter()
            advance(steps)
            found[name].append(steps / (perf_counter() - start))
    return found


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found = rates({"ganarium": ours(), "plain loop": plain()}, options.rounds, options.steps)
    ratios = [a / b for a, b in zip(found["ganarium"], found["plain loop"], strict=True)]
    quartiles = statistics.quantiles(ratios, n=4)
    values = {
        "command": f"{COMMAND} --rounds {options.rounds} --steps {options.steps} --threads {options.threads}",
        "work": "S2-A: dense 100-256-784 against 784-256-1, batch 128",
        "steps_per_second": {name: round(statistics.median(rates), 1) for name, rates in found.items()},
        "ratio_median": round(statistics.median(ratios), 3),
        "ratio_quartiles": [round(quartiles[0], 3), round(quartiles[2], 3)],
        "ratio_worst": round(min(ratios), 3),
        "machine": f"{platform.machine()}, torch {torch.__version__}, {options.threads} thread(s)",
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speed.json").write_text(json.dumps(values, indent=2) + "\n")
    (RESULTS / "speed.md").write_text(_table(values))
    print(_table(values))


def _table(values: dict[str, object]) -> str:
    speeds = values["steps_per_second"]
    assert isinstance(speeds, dict)
    rows = "\n".join(f"| {name} | {speed} |" for name, speed in speeds.items())
    return (
        f"# Speed\n\n{values['work']}. {values['machine']}.\n\n| | steps a second (median) |\n| --- | --- |\n{rows}\n\n"
        f"Ratio, pair by pair: median {values['ratio_median']}, quartiles {values['ratio_quartiles']}, "
        f"worst {values['ratio_worst']}.\n\nCommand: `{values['command']}`\n"
    )


if __name__ == "__main__":
    main()
