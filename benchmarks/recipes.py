"""Train recipes and record the scores of each training in a small JSON file.

python -m benchmarks.recipes dense-digits --seeds 0 1 2 [a.b=c …]

Writes results/recipes/NAME-seedN.json, and a table of all trainings to results/recipes.md.
"""

import argparse
import json
import platform
import re
import statistics
import tempfile
from io import BytesIO
from pathlib import Path
from typing import Any

import torch
from PIL import Image

import ganarium
from benchmarks import earlier
from ganarium.evaluation.observer import can_evaluate
from ganarium.runs.directory import Run
from ganarium.runs.events import Sample, Span
from ganarium.runs.renamed_scores import current_name

RESULTS = Path(__file__).parents[1] / "results"
CELLS = RESULTS / "recipes"
LAST_STEPS = 500
MAIN_SCORES = {
    *("frechet", "class-kl", "missing-classes", "confidence", "label-accuracy", "classification-error", "valid"),
    *("modes", "high-quality", "mode-kl", "l1-there", "l1-back", "wrong-pixels-there", "wrong-pixels-back"),
}
GRID_SIDE = 320


def cell(recipe: str, seed: int, words: list[str], picture: Path) -> dict[str, Any]:
    """Train once and return the measurements; write the last grid of samples to the path `picture`."""
    with tempfile.TemporaryDirectory() as folder:
        run = ganarium.train(recipe, *words, f"seed={seed}", out=f"{folder}/run")
        lines = run.events()
        judged = can_evaluate(run.experiment) or run.experiment.game.predicts_classes
        scores = ganarium.evaluate(run) if judged else []
        picture.write_bytes(last_grid(run))
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
            "machine": machine(run),
            "command": f"python -m benchmarks.recipes {recipe} --seeds {seed} {' '.join(words)}".strip(),
        }


def machine(run: Run) -> str:
    """Return a description of the machine on which a run was trained."""
    engine = run.experiment.engine
    device = torch.cuda.get_device_name() if engine.device.startswith("cuda") else platform.machine()
    return f"{device}, torch {torch.__version__}, {engine.threads} thread(s)"


def last_grid(run: Run) -> bytes:
    """Return the run's last grid of samples as a small PNG file."""
    samples = [line.event for line in run.events() if isinstance(line.event, Sample) and line.event.what == "generated"]
    picture = Image.open(run.path / samples[-1].file)
    picture.thumbnail((GRID_SIDE, GRID_SIDE), Image.Resampling.BOX)
    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def last_losses(run: Run) -> dict[str, float]:
    """Return each player's mean loss over the last LAST_STEPS steps, in complete logging intervals."""
    every = run.experiment.record.log_every
    spans = [line.event for line in run.events() if isinstance(line.event, Span) and line.event.step % every == 0]
    last = spans[-LAST_STEPS // every :]
    return {
        side: round(statistics.mean(span.means[side] for span in last), 4) for side in ("generator", "discriminator")
    }


def marks(words: list[str]) -> str:
    """Return the settings as part of a file name, omitting paths."""
    return "".join(f"-{re.sub(r'[^0-9A-Za-z.-]', '-', word)}" for word in words if "path" not in word)


def main_scores(values: dict[str, Any]) -> list[str]:
    """Return the names of the scores shown in the table; the JSON file contains all scores."""
    return [name for name in values["scores"] if name.partition("/")[0] in MAIN_SCORES]


def table() -> str:
    """Return the table of all trainings as Markdown."""
    rows = [
        "# Results of the recipes",
        "",
        f"Losses are means over the last {LAST_STEPS} steps. Scores are computed on 10,000 samples, or on the test "
        "images of synthetic pairs; the JSON files may have more scores. Each row is one training; times on different "
        "machines are not comparable.",
        "",
        "| recipe, seed | steps | seconds, machine | G loss, D loss | scores | samples | command |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for path in sorted(CELLS.glob("*.json")):
        values = json.loads(path.read_text())
        values["scores"] = {current_name(name): value for name, value in values["scores"].items()}
        losses, picture = values["last_losses"], path.with_suffix(".png")
        columns = [
            f"{values['recipe']}, {values['seed']}",
            f"{values['steps']:,}",
            f"{values['seconds']}, {values['machine']}",
            f"{losses['generator']}, {losses['discriminator']}",
            "<br>".join(f"{name} {values['scores'][name]:.4g}" for name in main_scores(values)),
            f"![samples](recipes/{picture.name})" if picture.exists() else "",
            f"`{values['command']}`",
        ]
        rows.append(f"| {' | '.join(columns)} |")
    return "\n".join([*rows, *earlier.of_recipes()]) + "\n"


def main() -> None:
    """Train each seed and write each result as soon as it is available."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipe")
    parser.add_argument("words", nargs="*", default=[])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    options = parser.parse_intermixed_args()
    CELLS.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        name = f"{options.recipe}{marks(options.words)}-seed{seed}"
        values = cell(options.recipe, seed, options.words, CELLS / f"{name}.png")
        (CELLS / f"{name}.json").write_text(json.dumps(values, indent=2) + "\n")
        print(json.dumps(values["last_losses"] | values["scores"]), flush=True)
    (RESULTS / "recipes.md").write_text(table())


if __name__ == "__main__":
    main()
