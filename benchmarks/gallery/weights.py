"""Weights of the generators in the gallery: one safetensors file each, in half precision if no score changes."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import experiment_from, plain
from ganarium.core.atomic import write_whole
from ganarium.core.errors import InputError, RunError
from ganarium.evaluation.evaluate import evaluate_generator
from ganarium.evaluation.reference import reference_for
from ganarium.evaluation.score import Score, Scores
from ganarium.runs.directory import Run
from ganarium.training.player import weights_of
from ganarium.training.sampler import Sampler, load

FORMAT = "1"
PREFIX = "generator/weights.generator."
MOST_BYTES = 4_000_000
UNCHANGED = 0.5  # largest change of a score, in its standard errors, that counts as none
USUAL = 0.02  # standard error of a score whose error is unknown, relative to its value


def write_weights(run: Run, path: Path, scores: Scores, n: int, about: Mapping[str, str]) -> dict[str, Any]:
    """Write the weights with which a run generates samples; return the precision, size and change of the scores.

    scores: the scores of n samples with these weights
    about: further values of the header, by name

    Raises `RunError` if the file would be larger than `MOST_BYTES`.
    """
    tensors = {f"{PREFIX}{name}": tensor.cpu() for name, tensor in weights_of(load(run).generator).items()}
    half = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    change = _largest_change(scores, _scores_of(run, half, n))
    precision, kept = ("fp16", half) if change <= UNCHANGED else ("fp32", tensors)
    header = {
        "format": FORMAT,
        "precision": precision,
        "step": str(run.events()[-1].event.step),
        "shape": json.dumps(run.provenance.shape),
        "classes": json.dumps(run.provenance.classes),
        "experiment": json.dumps(plain(run.experiment)),
        **about,
    }
    content = save({name: tensor.contiguous() for name, tensor in kept.items()}, header)
    if len(content) > MOST_BYTES:
        raise RunError(f"{path}: {len(content):,} bytes in {precision}, more than {MOST_BYTES:,}; narrow the generator")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    return {"precision": precision, "bytes": len(content), "change_in_errors": round(change, 3)}


def read_weights(path: Path) -> Sampler:
    """Return the generator in a file that `write_weights` wrote."""
    with safe_open(path, "pt") as file:
        header = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    experiment = experiment_from(json.loads(header["experiment"]), str(path), recorded=True)
    classes = tuple(json.loads(header["classes"]))
    return _sampler(experiment, tuple(json.loads(header["shape"])), classes, tensors, int(header["step"]))


def about_weights(path: Path, keys: Collection[str]) -> str:
    """Return a sentence about the weights in a file; "" if there are none, or if their settings have another key.

    Raises `InputError` for a damaged file.
    """
    if not path.exists():
        return ""
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
    except SafetensorError:
        raise InputError(f"{path}: the file is damaged; remove it and train the entry again") from None
    if header.get("key") not in keys:
        return ""
    size = path.stat().st_size / 1e6
    return f"Weights of seed {header['seed']}: {path.parent.name}/{path.name}, {size:.2g} MB, {header['precision']}."


def _sampler(
    experiment: Experiment,
    shape: tuple[int, ...],
    classes: tuple[str, ...],
    tensors: Mapping[str, Tensor],
    step: int,
) -> Sampler:
    single = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}
    return Sampler(experiment, shape, classes, single, step)


def _scores_of(run: Run, tensors: Mapping[str, Tensor], n: int) -> Scores:
    provenance, step = run.provenance, run.events()[-1].event.step
    sampler = _sampler(run.experiment, provenance.shape, provenance.classes, tensors, step)
    return Scores(evaluate_generator(sampler, reference_for(run), n=n))


def _largest_change(before: Scores, after: Scores) -> float:
    """Return the largest change of a score that both contain, in standard errors."""
    known = dict(before.items())
    return max((_change(known[score.name], score) for score in after if score.name in known), default=0.0)


def _change(before: Score, after: Score) -> float:
    """Return the change of a score in standard errors, or in units of `USUAL` times its value if it has no error."""
    unit = before.error or USUAL * abs(before.value)
    apart = abs(after.value - before.value)
    return apart / unit if unit else float("inf") if apart else 0.0
