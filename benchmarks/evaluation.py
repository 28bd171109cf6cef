"""Validate the scores: floors, controls, and the accuracy of the readers of synthetic images.

python -m benchmarks.evaluation [--n 10000] [--pictures 4000]
python -m benchmarks.evaluation --page

Writes results/evaluation.json and the tables in results/evaluation.md; with --page, only the tables, from the recorded
measurements and the studies in results/studies (`benchmarks.modes`).
"""

import argparse
import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import modes
from ganarium.config.overrides import data_settings
from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.evaluation.controls import IMAGES
from ganarium.evaluation.evaluate import evaluate_samples
from ganarium.evaluation.reference import load_reference
from ganarium.evaluation.samples import Generated, ImageReference
from ganarium.evaluation.synthetic_images import READERS, reader_of
from ganarium.runs.renamed_scores import current_name

RESULTS = Path(__file__).parents[1] / "results"
NOISE = 8.0  # standard deviation, of 255
TRUTH = {"points": "count", "lines": "count", "polygons": "sides", "figures": "kind"}  # exactly known properties


def main() -> None:
    """Run the measurements and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--n", type=int, default=10_000, help="number of images to score")
    parser.add_argument("--pictures", type=int, default=4_000, help="number of images for each reader")
    parser.add_argument("--page", action="store_true", help="write the tables from recorded measurements")
    words = parser.parse_args()
    if words.page:
        write_page(json.loads((RESULTS / "evaluation.json").read_text()))
        return
    torch.set_num_threads(1)
    results = {
        "command": f"python -m benchmarks.evaluation --n {words.n} --pictures {words.pictures}",
        "machine": f"{platform.machine()}, torch {torch.__version__}, 1 thread",
        "controls": controls(words.n),
        "readers": [accuracy(kind, words.pictures) for kind in READERS],
    }
    (RESULTS / "evaluation.json").write_text(json.dumps(results, indent=1) + "\n")
    write_page(results)


def write_page(results: dict[str, Any]) -> None:
    """Write the tables to results/evaluation.md."""
    (RESULTS / "evaluation.md").write_text("\n".join([*page(results), *modes.section()]) + "\n")


def controls(n: int) -> list[dict[str, Any]]:
    """Score unseen real digits as if generated, with training images and degraded images as controls."""
    by = load_reference(data_settings(["data=mnist"]))
    assert isinstance(by, ImageReference)
    unseen = load_data(data_settings(["data=mnist"]), "validation")
    assert isinstance(unseen, ImageSet)
    some = unseen.subset(n)
    return [score.as_dict() for score in evaluate_samples(Generated(some.images, some.labels), by, controls=True)]


def accuracy(kind: str, n: int) -> dict[str, Any]:
    """Return the fraction of new images that a reader reads correctly and as valid, without and with noise."""
    data = load_data(data_settings([f"data={kind}", f"count={n}", "seed=1"]))
    assert isinstance(data, ImageSet)
    noise = Streams(0).at(f"benchmark.{kind}", normal(*data.images.shape), 0)
    noisy = (data.images + NOISE * noise).round().clamp(0, 255).to(torch.uint8)
    return {"kind": kind, "n": len(data), "clean": _right(kind, data, data.images), "noisy": _right(kind, data, noisy)}


def _right(kind: str, data: ImageSet, pictures: torch.Tensor) -> float:
    reading = reader_of(kind)(pictures.numpy())
    name = TRUTH.get(kind)
    agrees = reading.valid if name is None else reading.valid & (reading.values[name] == data.truth[name])
    return float(np.mean(agrees))


def page(results: dict[str, Any]) -> list[str]:
    """Return the Markdown lines for the tables of controls and readers."""
    names = list(IMAGES)
    lines = [
        "# Validation of the measures",
        "",
        f"`{results['command']}`, {results['machine']}.",
        "",
        "## Controls",
        "",
        f"{results['controls'][0]['n']:,} digits against MNIST's test split: unseen real ones (the validation split) "
        "scored as if they had been generated, training ones (the floor), and training ones with known degradations.",
        "",
        f"| score | unseen | ± 95 % | training | {' | '.join(names)} |",
        "| --- " * (4 + len(names)) + "|",
    ]
    for score in results["controls"]:
        margin = "" if score["interval"] is None else f"{(score['interval'][1] - score['interval'][0]) / 2:.2g}"
        cells = [f"{score.get('controls', {}).get(name, float('nan')):.4g}" for name in names]
        floor = "" if score["floor"] is None else f"{score['floor']:.4g}"
        row = [current_name(score["name"]), f"{score['value']:.4g}", margin, floor, *cells]
        lines.append(f"| {' | '.join(row)} |".replace("nan", ""))
    lines += [
        "",
        "## Readers of synthetic images",
        "",
        "Share of fresh images (another seed) that are read as valid and, where the set has one, with the correct "
        f"count or type; noise is normal with σ = {NOISE:g}/255. tests/metrics/shapes tests planted faults.",
        "",
        "| reader | images | clean | noise |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {reader['kind']} | {reader['n']:,} | {reader['clean']:.2%} | {reader['noisy']:.2%} |"
        for reader in results["readers"]
    ]
    return lines


if __name__ == "__main__":
    main()
