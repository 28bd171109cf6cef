"""Measure the cost of a training step for each variant of a study: python -m benchmarks.costs STUDY...

Variants run alternately on one thread; processor time is measured, which other processes hardly affect.
Writes results/studies/STUDY/costs.json: median costs over rounds, relative to the first variant of the study.
"""

import argparse
import json
from statistics import median
from time import process_time

import torch

from benchmarks.tables import CELLS, STUDIES
from ganarium.config.experiment import Experiment
from ganarium.core.atomic import write_whole
from ganarium.data.load import load_data
from ganarium.studies.study import read_study, runs_of
from ganarium.training.build import assemble, update_rule
from ganarium.training.capture import can_record
from ganarium.training.engine import Engine

WARMING, STEPS, TURNS = 10, 20, 15


def costs(experiments: dict[str, Experiment]) -> dict[str, float]:
    """Return the processor time per step of each experiment, relative to the first experiment."""
    source = load_data(next(iter(experiments.values())).data)
    engines = {
        name: Engine(one, assemble(one, source, torch.device("cpu")), update_rule(one))
        for name, one in experiments.items()
    }
    for engine in engines.values():
        engine.advance(WARMING)
        if can_record(engine.state, engine.rule):
            engine.record()  # as in long runs
    turns = [{name: _seconds(engine) for name, engine in engines.items()} for _ in range(TURNS)]
    first = next(iter(engines))
    return {name: round(median(turn[name] / turn[first] for turn in turns), 2) for name in engines}


def _seconds(engine: Engine) -> float:
    began = process_time()
    engine.advance(STEPS)
    return process_time() - began


def main() -> None:
    """Measure the costs and write the files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studies", nargs="+")
    torch.set_num_threads(1)
    for name in parser.parse_args().studies:
        study = read_study(STUDIES / f"{name}.toml")
        first = (cell for cell in runs_of(study) if cell.experiment.seed == study.seeds[0])
        found = costs({cell.variant: cell.experiment for cell in first})
        print(name, found, flush=True)
        path = CELLS / name / "costs.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (json.dumps(found, indent=1) + "\n").encode())


if __name__ == "__main__":
    main()
