"""The JAX contender: a process of another interpreter that runs a requested number of steps."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import isfinite, prod
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.peers import jax_loop_path
from benchmarks.peers.pairs import Sizes, count, halvings
from benchmarks.speed.contenders import experiment_of
from benchmarks.speed.question import Options
from benchmarks.speed.timing import Advance
from benchmarks.speed.works import Work
from ganarium.config.experiment import Experiment
from ganarium.config.layers import LatentConfig
from ganarium.config.networks import (
    ConvDiscriminatorConfig,
    ConvGeneratorConfig,
    DenseDiscriminatorConfig,
    DenseGeneratorConfig,
)
from ganarium.config.optimizers import AdamConfig
from ganarium.data.datasets import ImageSet
from ganarium.data.load import load_data
from ganarium.networks.feature_maps import channels
from ganarium.training.build import build_networks

PRECISIONS = ("float32", "bfloat16")
PICTURES = 10_000  # number of images in device memory


@contextmanager
def contender(work: Work, options: Options, precision: str) -> Iterator[Advance]:
    """Yield a function that runs training steps of the same networks; the process ends on exit."""
    experiment = experiment_of(work, options.words)
    source = load_data(experiment.data)
    assert isinstance(source, ImageSet)
    with TemporaryDirectory() as folder:
        pictures, spec = Path(folder, "pictures.npy"), Path(folder, "spec.json")
        np.save(pictures, source.subset(PICTURES).images.numpy())
        spec.write_text(json.dumps(spec_of(experiment, source.shape, pictures, precision)))
        command = [str(options.python), str(jax_loop_path()), str(spec)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                refuse_other_sizes(answer(process), experiment, source)
                yield lambda n: advance(process, n)
            finally:
                process.kill()


def refuse_other_sizes(hello: dict[str, Any], experiment: Experiment, source: ImageSet) -> None:
    """Raise `AssertionError` if the JAX networks have a different number of weights."""
    networks = build_networks(experiment, source.shape, len(source.classes)).values()
    expected = sum(count(network) for network in networks)
    assert hello["numbers"] == expected, f"numbers of weights differ: ganarium {expected}, JAX {hello['numbers']}"


def advance(process: subprocess.Popen[str], n: int) -> None:
    """Run n steps; raise `AssertionError` if a loss is not finite."""
    assert process.stdin is not None
    process.stdin.write(f"{n}\n")
    process.stdin.flush()
    losses = answer(process)
    assert all(isfinite(loss) for loss in losses.values()), losses


def answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    """Return the next line of the process's output, parsed as JSON."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("the JAX process ended early; see its error output above")
    found: dict[str, Any] = json.loads(line)
    return found


def spec_of(experiment: Experiment, shape: Sequence[int], pictures: Path, precision: str) -> dict[str, Any]:
    """Return the specification of the workload for the JAX process."""
    settings, optim = experiment.generator, experiment.optim
    assert isinstance(settings, LatentConfig)
    assert isinstance(optim, AdamConfig)
    return {
        **sizes_of(experiment, tuple(shape)),
        "pictures": str(pictures),
        "latent": settings.latent,
        "uniform": settings.noise == "uniform",
        "batch": experiment.train.batch,
        "lr": optim.lr,
        "betas": [optim.beta1, optim.beta2],
        "simultaneous": experiment.update.kind == "simultaneous",
        "precision": precision,
        "threads": experiment.engine.threads,
        "device": experiment.engine.device,
    }


def sizes_of(experiment: Experiment, shape: tuple[int, ...]) -> dict[str, Any]:
    """Return the sizes of both networks as lists."""
    generator, discriminator = experiment.generator, experiment.discriminator
    if isinstance(generator, DenseGeneratorConfig) and isinstance(discriminator, DenseDiscriminatorConfig):
        values = prod(shape)
        return {
            "family": "dense",
            "generator": [generator.latent, *generator.hidden, values],
            "discriminator": [values, *discriminator.hidden, 1],
        }
    assert isinstance(generator, ConvGeneratorConfig)
    assert isinstance(discriminator, ConvDiscriminatorConfig)
    maps = Sizes(shape, 0, halvings(generator, shape))
    assert not maps.margin
    return {
        "family": "strided",
        "generator": [*reversed(channels(generator, maps.stages)), shape[0]],
        "discriminator": [shape[0], *channels(discriminator, maps.stages)],
        "coarsest": maps.coarsest,
    }
