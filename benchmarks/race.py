"""Measure the wall time of a process that trains until the validation score reaches a multiple of its floor.

python -m benchmarks.race [--recipe digits] [--seeds 0 1 2] [--times 3] [a.b=c …]

Each process is fresh. Its time includes imports, the preparation of the run, training and all scores until the Fréchet
distance of 2,000 samples to the validation split, by the included classifier's features, is at most a multiple of the
distance of as many training images, and the final checkpoint. Writes results/race.json.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

RESULT = Path(__file__).parents[1] / "results" / "race.json"
EVERY = 250  # steps between two scores
SCORE = "frechet"


class Reached(Exception):  # noqa: N818
    """The training has reached the required score."""


def timed(recipe: str, seed: int, times: float, words: Iterable[str]) -> dict[str, Any]:
    """Train in a fresh process until the score is reached or the recipe ends; return the measurements."""
    command = [sys.executable, "-m", "benchmarks.race", "--child", "--recipe", recipe, "--times", str(times), *words]
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        start = perf_counter()
        ended = subprocess.run(
            [*command, "--seeds", str(seed)], cwd=folder, env=environment, stdout=subprocess.PIPE, check=True
        )
        seconds = perf_counter() - start
    trained: dict[str, Any] = json.loads(ended.stdout)
    return {"seed": seed, "seconds": round(seconds, 2), **trained}


def train_until_reached(recipe: str, seed: int, times: float, words: Iterable[str]) -> dict[str, Any]:
    """Train in this process and stop at the required score; return the curve of scores and the engine settings."""
    import ganarium
    from benchmarks.speed.page import machine
    from ganarium.api.lookup import open_run
    from ganarium.runs.events import Line, Scored

    curve: list[dict[str, float]] = []

    def stop_when_reached(line: Line) -> None:
        event = line.event
        if not isinstance(event, Scored) or event.name.partition("/")[0] != SCORE or event.floor is None:
            return
        curve.append({"step": event.step, "value": event.value, "floor": event.floor, "training": line.time})
        if event.value <= times * event.floor:
            raise Reached

    try:
        ganarium.train(
            recipe, f"record.evaluate_every={EVERY}", *words, f"seed={seed}", out="run", on_line=stop_when_reached
        )
        reached = False
    except Reached:
        reached = True
    run = open_run("run")
    return {
        "reached": reached,
        "curve": curve,
        "engine": run.experiment.engine.model_dump(),
        "machine": machine(run.experiment.engine.device),
    }


def main() -> None:
    """Measure every seed, print a table and write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", default=[], help="settings of the recipe")
    parser.add_argument("--recipe", default="digits", help="recipe to train (default: digits)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="seeds (default: 0 1 2)")
    parser.add_argument("--times", type=float, default=3.0, help="required score as a multiple of the floor")
    parser.add_argument("--out", type=Path, default=RESULT, help="file to write (default: results/race.json)")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_intermixed_args()
    if options.child:
        print(json.dumps(train_until_reached(options.recipe, options.seeds[0], options.times, options.words)))
        return
    races = []
    for seed in options.seeds:
        races.append(timed(options.recipe, seed, options.times, options.words))
        if not races[-1]["curve"]:
            sys.exit(f"{options.recipe}: no Fréchet distance was measured; use images and at least {EVERY} steps")
        last = races[-1]["curve"][-1]
        state = "reached" if races[-1]["reached"] else "not reached"
        print(
            f"seed {seed}: {races[-1]['seconds']:6.1f} s, {state} at step {last['step']:,} "
            f"({last['value'] / last['floor']:.2f} × the floor)",
            flush=True,
        )
    print(f"median {median(race['seconds'] for race in races):.1f} s")
    values = {"recipe": options.recipe, "words": options.words, "times": options.times, "races": races}
    options.out.write_text(json.dumps(values, indent=2) + "\n")


if __name__ == "__main__":
    main()
