"""Compare the scores of a recipe trained with different engine settings and the same seeds.

python -m benchmarks.engines dense-digits [a.b=c …] [--seeds 0 1 2 3 4]

Writes one small JSON file per training to results/engines, skipping existing files, and a comparison of all trainings
to results/engines.md.
"""

import argparse
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import torch

import ganarium
from benchmarks.gallery.cells import RESULTS
from benchmarks.speed.page import machine
from ganarium.evaluation.score import Score
from ganarium.studies.compare import ScoredRun, compare, compare_lines

CELLS = RESULTS / "engines"
ENGINES = {
    "default": ["engine.kernels=default", "engine.precision=fp32", "engine.compile=no"],
    "onednn": ["engine.kernels=onednn", "engine.precision=fp32", "engine.compile=no"],
    "bf16": ["engine.kernels=onednn", "engine.precision=bf16", "engine.compile=no"],
    "compiled": ["engine.kernels=onednn", "engine.precision=fp32", "engine.compile=yes"],
}


def cell(recipe: str, words: Sequence[str], engine: str, seed: int) -> dict[str, Any]:
    """Train once with the given engine settings and score the run."""
    with tempfile.TemporaryDirectory() as folder:
        settings = [*words, "engine.threads=1", *ENGINES[engine], f"seed={seed}"]
        run = ganarium.train(recipe, *settings, out=f"{folder}/run")
        last = run.events()[-1]
        return {
            "work": " ".join([recipe, *words]),
            "engine": engine,
            "seed": seed,
            "steps": last.event.step,
            "seconds": round(last.time, 1),
            "machine": f"{machine(run.experiment.engine.device)}, torch {torch.__version__}, 1 thread",
            "scores": [score.as_dict() for score in ganarium.evaluate(run)],
        }


def page() -> Iterator[str]:
    """Yield the lines of results/engines.md: a comparison of the engines for each recipe."""
    yield from ("# Comparison of engines", "", "The same seeds with each engine; verdicts compare with the first.")
    cells = [json.loads(path.read_text()) for path in sorted(CELLS.glob("*.json"))]
    for work in dict.fromkeys(each["work"] for each in cells):
        own = [each for each in cells if each["work"] == work]
        trained = [
            ScoredRun(
                each["engine"], each["seed"], {score.name: score for score in map(Score.from_dict, each["scores"])}
            )
            for engine in ENGINES
            for each in own
            if each["engine"] == engine
        ]
        yield from ("", f"## `{work}`", "", "```text", *compare_lines(compare(trained)), "```", "")
        yield f"`python -m benchmarks.engines {work}`, {own[0]['machine']}."


def main() -> None:
    """Train the missing runs seed by seed, and write each result as soon as it is available."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("words", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    options = parser.parse_intermixed_args()
    CELLS.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for engine in options.engines:
            settings = "".join(f"-{re.sub(r'[^0-9A-Za-z.-]', '-', word)}" for word in options.words)
            path = CELLS / f"{options.recipe}{settings}-{engine}-seed{seed}.json"
            if not path.exists():
                values = cell(options.recipe, options.words, engine, seed)
                path.write_text(json.dumps(values, indent=1) + "\n")
    (RESULTS / "engines.md").write_text("\n".join(page()) + "\n")


if __name__ == "__main__":
    main()
