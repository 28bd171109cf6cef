"""Measure the cost of the diagnosis during training: python -m benchmarks.doctor.cost [RECIPE...]

Trains each recipe with the usual snapshots, diagnosis and layer statistics, and writes the fraction of processor time
spent on each to results/doctor-cost.md.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any
from unittest.mock import patch

import torch

from ganarium.api.lookup import plan
from ganarium.diagnosis.monitor import Monitor, monitor_for
from ganarium.diagnosis.observer import DiagnosisObserver
from ganarium.training import create, engine, session
from ganarium.training.loop import fit

PAGE = Path(__file__).parents[2] / "results" / "doctor-cost.md"
RECIPES = {"dense-digits": 5_000, "digits": 3_000, "dense-shapes": 5_000, "ring": 5_000, "lsgan": 1_000}
PARTS = {
    "snapshots": (Monitor, "visit"),
    "samplers": (session.Session, "_sampler"),
    "diagnosis": (DiagnosisObserver, "visit"),
    "layers": (session, "layers"),
    "copies of weights": (engine, "_copies"),
}


class Clock:
    """Profiler that sums the processor time spent in wrapped functions, by part."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(PARTS, 0.0)

    def wrapped(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function wrapped with timing; returned generators are exhausted."""

        def timed(*given: Any, **named: Any) -> Any:
            began = process_time()
            made = function(*given, **named)
            made = list(made) if part in ("snapshots", "diagnosis") else made
            self.seconds[part] += process_time() - began
            return made

        return timed


def cost(recipe: str, steps: int) -> tuple[dict[str, float], float]:
    """Return the processor seconds spent in each part and in the whole training."""
    words = [
        f"train.steps={steps}",
        "train.seconds=none",
        "engine.threads=1",
        "engine.device=cpu",
        "record.sample_every=0",
    ]
    clock, experiment = Clock(), plan(recipe, [*words, "engine.compile=no"])
    with TemporaryDirectory() as folder:
        run = create.begin(experiment, Path(folder) / "run")
        looks = monitor_for(experiment)
        assert looks is not None
        patches = [
            patch.object(owner, name, clock.wrapped(part, getattr(owner, name)))
            for part, (owner, name) in PARTS.items()
        ]
        for each in patches:
            each.start()
        began = process_time()
        for _ in fit(run, [looks, DiagnosisObserver(run)]):
            pass
        whole = process_time() - began
        for each in patches:
            each.stop()
    return clock.seconds, whole


def main() -> None:
    """Measure the recipes and write results/doctor-cost.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", default=list(RECIPES))
    torch.set_num_threads(1)
    lines = [
        "# Cost of the diagnosis during training",
        "",
        "Shares of the processor time, one thread.",
        "",
        f"| recipe | steps | ms per step | {' | '.join(PARTS)} | total |",
        "| --- " * (4 + len(PARTS)) + "|",
    ]
    for recipe in parser.parse_args().recipes:
        steps = RECIPES[recipe]
        seconds, whole = cost(recipe, steps)
        shares = " | ".join(f"{each / whole:.2%}" for each in seconds.values())
        lines.append(
            f"| {recipe} | {steps:,} | {1e3 * whole / steps:.2f} | {shares} | {sum(seconds.values()) / whole:.2%} |"
        )
        print(lines[-1], flush=True)
    PAGE.write_text("\n".join([*lines, "", "`python -m benchmarks.doctor.cost`"]) + "\n")


if __name__ == "__main__":
    main()
