"""Training runs of a few milliseconds, and bitwise comparisons of their tensors."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import experiment_from, override
from ganarium.core.random_streams import Streams, integers, normal
from ganarium.data.datasets import Card, ImageSet, PointSet, Source
from ganarium.training.build import assemble, update_rule
from ganarium.training.engine import Engine

CPU = torch.device("cpu")
CARD = Card("random numbers", "", "", "")
SAMPLES = 64
SMALL = experiment_from(
    {
        "data": {"kind": "points", "count": SAMPLES, "size": 16},
        "generator": {"kind": "dense", "latent": 4, "hidden": [8]},
        "discriminator": {"kind": "dense", "hidden": [8]},
        "optim": {"kind": "adam", "lr": 0.01},
        "train": {"steps": 20, "batch": 8},
        "engine": {"threads": 1},
    }
)
TensorsByName = Mapping[str, Tensor]


def small(*words: str, **settings: Any) -> Experiment:
    """Return an experiment with tiny dense networks and images of 16 × 16, with the given overrides."""
    return override(SMALL, words, settings)


def random_source(shape: tuple[int, ...], classes: int = 0) -> Source:
    """Return 64 random images [C, H, W] with labels, or random points [d]; the same at every call."""
    streams = Streams(0)
    if len(shape) == 1:
        return PointSet("random", None, streams.at("check.points", normal(SAMPLES, *shape), 0), CARD)
    images = streams.at("check.images", integers(SAMPLES, *shape, high=256), 0).to(torch.uint8)
    labels = torch.arange(SAMPLES) % classes if classes else None
    return ImageSet("random", images, labels, tuple(map(str, range(classes))), CARD)


def engine_on(experiment: Experiment, source: Source, tensors: TensorsByName | None = None, step: int = 0) -> Engine:
    """Return an engine with new networks, remedies and optimizers, initialized or restored from saved tensors."""
    return Engine(experiment, assemble(experiment, source, CPU, tensors), update_rule(experiment), step)


def engine_after(experiment: Experiment, source: Source, steps: int) -> Engine:
    """Return an engine that has run the given number of steps."""
    engine = engine_on(experiment, source)
    engine.advance(steps)
    return engine


def interrupted(experiment: Experiment, source: Source, step: int) -> tuple[Engine, Engine]:
    """Return an engine after a number of steps, and a new one restored from what its checkpoint would contain."""
    straight = engine_after(experiment, source, step)
    saved = {name: tensor.clone() for name, tensor in straight.state.tensors().items()}
    return straight, engine_on(experiment, source, saved, step)


def changed_by_interruption(experiment: Experiment, source: Source, half: int) -> list[str]:
    """Return the names of the tensors that differ after 2 · half steps if training is interrupted halfway."""
    straight, resumed = interrupted(experiment, source, half)
    straight.advance(half)
    resumed.advance(half)
    return [*different(straight.state.tensors(), resumed.state.tensors())]


def changed_by_repetition(experiment: Experiment, source: Source, steps: int) -> list[str]:
    """Return the names of the tensors that differ between two training runs with the same settings."""
    first, again = (engine_after(experiment, source, steps).state.tensors() for _ in range(2))
    return [*different(first, again)]


def not_finite(experiment: Experiment, source: Source, steps: int) -> list[str]:
    """Return the names of the means and tensors that are not finite after some steps."""
    engine = engine_after(experiment, source, steps)
    means = [name for name, mean in engine.means.read().items() if not isfinite(mean)]
    return means + [name for name, tensor in engine.state.tensors().items() if not tensor.isfinite().all()]


def same(a: TensorsByName, b: TensorsByName) -> bool:
    """Return whether two sets of tensors have the same names and the same values, bit for bit."""
    return not [*different(a, b)]


def different(a: TensorsByName, b: TensorsByName) -> Iterator[str]:
    """Yield the names of the tensors that differ or are in one of the sets only."""
    return (name for name in {**a, **b} if name not in a or name not in b or not torch.equal(a[name], b[name]))


def some(names: Iterable[str]) -> str:
    """Return the first three names, and how many more there are."""
    listed = [*names]
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


def without_remedies(tensors: TensorsByName) -> dict[str, Tensor]:
    """Return the tensors of a training state except those of remedies."""
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("remedies/")}


def start_differs(without: Engine, other: Engine) -> Iterator[str]:
    """Yield what differs between two new engines: initial weights of the same shape, batches, latents."""
    first, alike = without.state.tensors(), without_remedies(other.state.tensors())
    shapes_differ = {name for name in first.keys() & alike.keys() if first[name].shape != alike[name].shape}
    yield from (f"the initial weights {name}" for name in different(first, alike) if name not in shapes_differ)
    yield from inputs_differ(without, other)


def inputs_differ(without: Engine, other: Engine) -> Iterator[str]:
    """Yield the images, labels and latents that differ between two engines at the same step."""
    for number in (0, 3, 70):
        a, b = without.state.inputs(number), other.state.inputs(number)
        if not torch.equal(a.batch.real, b.batch.real):
            yield f"the images of batch {number}"
        if a.batch.label is not None and (b.batch.label is None or not torch.equal(a.batch.label, b.batch.label)):
            yield f"the labels of batch {number}"
        later = [state.generator_inputs(given) for state, given in ((without.state, a), (other.state, b))]
        if not (torch.equal(a.latents, b.latents) and torch.equal(later[0].latents, later[1].latents)):
            yield f"the latents of batch {number}"
