"""Train recipes as they stand, and write what came out, one small JSON a cell.

python -m benchmarks.recipes dense-digits --seeds 0 1 2 [a.b=c …]

Writes results/recipes/NAME-seedN.json and the table results/recipes.md over all cells.
"""

import argparse
import json
import platform
import statistics
import tempfile
from pathlib import Path
from typing import Any

import torch

import ganarium
from ganarium.judgement.evaluate import can_judge
from ganarium.runs.directory import Run
from ganarium.runs.events import Span

RESULTS = Path(__file__).parents[1] / "results"
CELLS = RESULTS / "recipes"
LAST_STEPS = 500


def cell(recipe: str, seed: int, words: list[str]) -> dict[str, Any]:
    """Train once and measure."""
    with tempfile.TemporaryDirectory() as folder:
        run = ganarium.train(recipe, *words, f"seed={seed}", out=f"{folder}/run")
        lines = run.events()
        scores = ganarium.evaluate(run) if can_judge(run.experiment) else []
        return {
            "recipe": recipe,
            "words": words,
            "seed": seed,
            "steps": lines[-1].event.step,
            "seconds": round(lines[-1].time, 1),
            "last_losses": last_losses(run),
            "scores": {score.name: round(score.value, 6) for score in scores},
            "floors": {score.name: score.floor for score in scores},
            "class_counts": next((list(score.counts) for score in scores if score.counts), []),
            "machine": f"{platform.machine()}, torch {torch.__version__}, {run.experiment.engine.threads} thread(s)",
            "command": f"python -m benchmarks.recipes {recipe} --seeds {seed} {' '.join(words)}".strip(),
        }


def last_losses(run: Run) -> dict[str, float]:
    """Each player's mean loss over the last whole spans that make LAST_STEPS steps."""
    every = run.experiment.record.every
    spans = [line.event for line in run.events() if isinstance(line.event, Span) and line.event.step % every == 0]
    last = spans[-LAST_STEPS // every :]
    return {
        side: round(statistics.mean(span.means[side] for span in last), 4) for side in ("generator", "discriminator")
    }


def table() -> str:
    """All cells that there are, as Markdown."""
    rows = [
        "# Recipes as they stand",
        "",
        f"Losses are means over the last {LAST_STEPS} steps; scores are on 10,000 samples. Each row is one training.",
        "",
        "| recipe | seed | steps | seconds | G loss | D loss | Fréchet | class KL | asked label | command |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for path in sorted(CELLS.glob("*.json")):
        values = json.loads(path.read_text())
        scores = {name.partition("/")[0]: f"{value:.4g}" for name, value in values["scores"].items()}
        columns = [values["recipe"], values["seed"], f"{values['steps']:,}", values["seconds"]]
        columns += [values["last_losses"]["generator"], values["last_losses"]["discriminator"]]
        columns += [scores.get(name, "") for name in ("frechet", "class-kl", "asked-label")]
        rows.append("| " + " | ".join(str(column) for column in columns) + f" | `{values['command']}` |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Train each seed; write each cell as it comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("words", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_intermixed_args()
    CELLS.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        values = cell(options.recipe, seed, options.words)
        mark = "".join(f"-{word.replace('=', '-')}" for word in options.words)
        (CELLS / f"{options.recipe}{mark}-seed{seed}.json").write_text(json.dumps(values, indent=2) + "\n")
        print(json.dumps(values["last_losses"] | values["scores"]), flush=True)
    (RESULTS / "recipes.md").write_text(table())


if __name__ == "__main__":
    main()
