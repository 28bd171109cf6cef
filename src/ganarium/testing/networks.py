"""Properties of a generator or a discriminator."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.config.given import is_table
from ganarium.config.layers import GeneratorConfig
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.core.arguments import named
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import Streams, normal, seeded, uniform
from ganarium.networks.base import Discriminator, Generator
from ganarium.networks.foreign import bounding_layer
from ganarium.testing.properties import registered_name, require, unregistered_name
from ganarium.testing.training import (
    changed_by_interruption,
    changed_by_repetition,
    engine_on,
    random_source,
    small,
    some,
)
from ganarium.training.engine import Engine
from ganarium.training.given_parts import with_given_parts
from ganarium.training.player import Side

SAMPLES = 8
STEPS = 3
SLACK = 0.02  # amount by which values may leave the output range
WIDE = 3.0  # factor by which latents exceed those from which an output range is measured
CLOSE = 1e-5  # difference, relative to the largest value, that rounding alone may cause


def check_generator(generator: Any, *, shape: tuple[int, ...] = (1, 16, 16), classes: int = 0, **settings: Any) -> None:
    """Check that a generator has the properties that training relies on.

    generator: registered name, `torch.nn.Module`, or class or function that returns one
    shape: shape of one image (C, H, W) or point (d,) that it generates
    classes: number of classes whose labels it receives; 0 for a generator without labels
    settings: settings of a registered generator; of others, `latent` and `output`

    Its samples have the shape, finite values of type float32 and, unless `output="linear"`, a range that also holds for
    other latents; change with the label; do not depend on the other samples of a batch in eval mode; and are the same
    for the same seed. All its weights receive finite gradients, and an interrupted run is resumed exactly.

    Raises `CheckError` with one line for each property that the generator lacks.

    >>> check_generator("dense", hidden=[8])
    """
    name = registered_name(GENERATORS, generator)
    if name and GENERATORS[name].settings.translates:
        raise UsageError(f"generator {name!r} translates images; check_generator checks generators that map latents")
    what, experiment = _built("generator", name, generator, shape, classes, settings)
    engine = partial(_engine, experiment, shape, classes)
    require(
        what,
        {
            "shape and type": lambda: _samples(_generator(engine()), shape),
            "output range": lambda: _range(_generator(engine()), experiment.generator),
            "use of the label": lambda: _labels(engine(), "generator"),
            "independence of samples": lambda: _eval_independence(_generator(engine())),
            **_of_both("generator", experiment, shape, classes),
        },
    )


def check_discriminator(
    discriminator: Any, *, shape: tuple[int, ...] = (1, 16, 16), classes: int = 0, **settings: Any
) -> None:
    """Check that a discriminator has the properties that training relies on.

    discriminator: registered name, `torch.nn.Module`, or class or function that returns one
    shape: shape of one image (C, H, W) or point (d,)
    classes: number of classes whose labels it receives; 0 for a discriminator without labels
    settings: settings of a registered discriminator

    Its logits are finite, one for each sample, of type float32, and unbounded; have finite gradients with respect to
    the samples; change with the label; do not depend on the batch size, unless they are measured to depend on the other
    samples of a batch; and are the same for the same seed. All its weights receive finite gradients, and
    an interrupted run is resumed exactly.

    Raises `CheckError` with one line for each property that the discriminator lacks.

    >>> check_discriminator("dense", hidden=[8])
    """
    name = registered_name(DISCRIMINATORS, discriminator)
    what, experiment = _built("discriminator", name, discriminator, shape, classes, settings)
    engine = partial(_engine, experiment, shape, classes)
    require(
        what,
        {
            "one logit per sample": lambda: _logits(_discriminator(engine()), shape),
            "raw logits": lambda: _raw(engine()),
            "gradients of samples": lambda: _gradients_of_samples(_discriminator(engine()), shape),
            "use of the label": lambda: _labels(engine(), "discriminator"),
            "independence of samples": lambda: _batch_size(_discriminator(engine()), shape),
            **_of_both("discriminator", experiment, shape, classes),
        },
    )


def _built(
    side: Side, name: str | None, part: Any, shape: tuple[int, ...], classes: int, settings: Mapping[str, Any]
) -> tuple[str, Experiment]:
    """Return a description of a network and an experiment with it; raise `CheckError` if it cannot be built."""
    if name is None and is_table(part):
        raise UsageError(
            f"{named(side, part)}: pass a registered name, a torch.nn.Module, or a class or function that returns one"
        )
    what = f"{side} {name!r}" if name else unregistered_name(side, part)
    experiments: list[Experiment] = []

    def build() -> Iterator[str]:
        table = {"kind": name} if name else with_given_parts({side: part})[side]
        plain = small(f"game.conditional={str(classes > 0).lower()}")
        if len(shape) == 1:
            plain = plain.replace(generator={"output": "linear"})
        experiments.append(plain.replace(**{side: {**table, **settings}}))
        _engine(experiments[0], shape, classes)
        yield from ()

    require(what, {"can be built": build})
    return what, experiments[0]


def _engine(experiment: Experiment, shape: tuple[int, ...], classes: int) -> Engine:
    return engine_on(experiment, random_source(shape, classes))


def _generator(engine: Engine) -> Generator:
    network = engine.state.players["generator"].networks["generator"]
    assert isinstance(network, Generator)
    return network


def _discriminator(engine: Engine) -> Discriminator:
    network = engine.state.players["discriminator"].networks["discriminator"]
    assert isinstance(network, Discriminator)
    return network


def _of_both(side: Side, experiment: Experiment, shape: tuple[int, ...], classes: int) -> dict[str, Any]:
    """Return the properties of every network, by name."""
    return {
        "gradients of weights": lambda: _gradients_of_weights(side, _engine(experiment, shape, classes)),
        "same seed, same run": lambda: _repeatable(experiment, shape, classes),
        "exact resumption": lambda: _resumption(experiment, shape, classes),
    }


def _label(network: Generator | Discriminator, n: int) -> Tensor | None:
    return torch.arange(n) % network.subject.classes if network.subject.classes else None


def _latents(network: Generator, n: int, step: int = 0) -> Tensor:
    return Streams(0).at("check.latents", network.latents(n), step)


def _images(shape: tuple[int, ...], n: int, step: int = 0) -> Tensor:
    draw = normal(n, *shape) if len(shape) == 1 else uniform(n, *shape)
    return Streams(0).at("check.samples", draw, step)


def _called(network: Generator | Discriminator, inputs: Tensor, label: Tensor | None = None) -> Tensor:
    """Call a network with the same random numbers at every call."""
    draws = Streams(0).all_at("check.draws", network.draws(len(inputs)), 0)
    with seeded(0):
        output: Tensor = network(inputs, _label(network, len(inputs)) if label is None else label, draws)
    return output


def _same_values(a: Tensor, b: Tensor) -> bool:
    return bool((a - b).abs().max() <= CLOSE * torch.maximum(a.abs().max(), b.abs().max()).clamp(min=1e-30))


@torch.no_grad()
def _samples(network: Generator, shape: tuple[int, ...]) -> Iterator[str]:
    for n in (1, SAMPLES) if not network.crosses_samples else (SAMPLES,):
        latents = _latents(network, n)
        given = latents.clone()
        samples = _called(network, given)
        if tuple(samples.shape) != (n, *shape):
            yield f"it returned shape {tuple(samples.shape)} for {n} latents; return {(n, *shape)}"
        if samples.dtype != torch.float32:
            yield f"it returned {samples.dtype}; return float32"
        if not torch.equal(given, latents):
            yield "it changes its latents in place; compute a new tensor instead"
    if not _called(network, 10 * _latents(network, SAMPLES)).isfinite().all():
        yield "its samples are not finite for latents ten times as large; bound what it exponentiates or divides by"


@torch.no_grad()
def _range(network: Generator, settings: GeneratorConfig) -> Iterator[str]:
    if settings.output == "linear" or len(network.subject.shape) == 1:
        return
    samples = _called(network.train(), WIDE * _latents(network, 32 * SAMPLES))
    low, high = network.output_range
    found = samples.min().item(), samples.max().item()
    if found[0] < low - SLACK or found[1] > high + SLACK:
        yield (
            f"its values reach {found[0]:.3g} to {found[1]:.3g} for larger latents, outside [{low:g}, {high:g}]; end "
            'it with sigmoid or tanh, or pass output="linear" for values around [−1, 1] without a bound'
        )


def _labels(engine: Engine, side: Side) -> Iterator[str]:
    network = _generator(engine) if side == "generator" else _discriminator(engine)
    if not network.subject.classes:
        return
    engine.advance(STEPS)  # some networks ignore the label at their initial weights
    shape = network.subject.shape
    inputs = _latents(network, SAMPLES) if isinstance(network, Generator) else _images(shape, SAMPLES)
    zeros = torch.zeros(SAMPLES, dtype=torch.int64)
    with torch.no_grad():
        first, second = (_called(network, inputs, label) for label in (zeros, zeros + 1))
    if torch.equal(first, second):
        yield "its outputs do not change with the label; use the second argument of forward, int64 [n]"


@torch.no_grad()
def _eval_independence(network: Generator) -> Iterator[str]:
    latents, others = _latents(network, SAMPLES), _latents(network, SAMPLES, 1)
    others[0] = latents[0]
    network.eval()
    first, again = (_called(network, batch)[:1] for batch in (latents, others))
    if not _same_values(first, again):
        yield (
            "in eval mode, a sample depends on the other samples of its batch, so that sample i would depend on how "
            "many are requested; use running statistics, as batch norm does, or a norm of each sample alone"
        )


@torch.no_grad()
def _logits(network: Discriminator, shape: tuple[int, ...]) -> Iterator[str]:
    for scale in (1, 100):
        images = scale * _images(shape, SAMPLES)
        given = images.clone()
        logits = _called(network, given)
        if logits.shape[:1] != (SAMPLES,):
            yield f"it returned shape {tuple(logits.shape)} for {SAMPLES} samples; return one logit per sample"
        if logits.dtype != torch.float32:
            yield f"it returned {logits.dtype}; return float32"
        if not logits.isfinite().all():
            yield f"its logits are not finite for samples {scale} times as large as images"
        if not torch.equal(given, images):
            yield "it changes its samples in place; compute a new tensor instead (inplace=False in the first layer)"


@torch.no_grad()
def _raw(engine: Engine) -> Iterator[str]:
    """Find a sigmoid or tanh at the end, by outputs that are at its bounds for very bright and very dark samples."""
    network = _discriminator(engine)
    extreme = torch.cat([scale * _images(network.subject.shape, SAMPLES) for scale in (-1e4, 1e4)])
    outputs = _called(network, extreme)
    if end := bounding_layer(outputs):
        yield f"its outputs are bounded; return raw logits, without {end} at the end"


def _gradients_of_samples(network: Discriminator, shape: tuple[int, ...]) -> Iterator[str]:
    images = _images(shape, SAMPLES).requires_grad_()
    (slope,) = torch.autograd.grad(_called(network, images).sum(), images, allow_unused=True)
    if slope is None or not slope.any():
        yield "its logits have no gradient with respect to the samples, so no generator can learn; do not detach"
    elif not slope.isfinite().all():
        yield "its gradient with respect to the samples is not finite; look for roots and divisions by 0"


@torch.no_grad()
def _batch_size(network: Discriminator, shape: tuple[int, ...]) -> Iterator[str]:
    if network.crosses_samples:
        return
    network.eval()
    images, label = _images(shape, SAMPLES), _label(network, SAMPLES)
    halves = [slice(0, SAMPLES // 2), slice(SAMPLES // 2, SAMPLES)]
    parts = [_called(network, images[rows], None if label is None else label[rows]) for rows in halves]
    if not _same_values(_called(network, images, label), torch.cat(parts)):
        yield "a logit depends on the batch size or on the position in the batch; treat all rows alike"


def _gradients_of_weights(side: Side, engine: Engine) -> Iterator[str]:
    state, player = engine.state, engine.state.players[side]
    inputs = state.inputs(0)
    with seeded(0):
        state.backward(side, inputs, state.duels(inputs, state.generate(inputs)))
    gradients = {name: weight.grad for name, weight in zip(player.names, player.parameters, strict=True)}
    unused = [name for name, gradient in gradients.items() if gradient is None]
    if unused:
        yield f"no gradient reaches {', '.join(unused[:3])}; use these weights in forward, or remove them"
    broken = [name for name, gradient in gradients.items() if gradient is not None and not gradient.isfinite().all()]
    if broken:
        yield f"the gradient of {', '.join(broken[:3])} is not finite; look for roots and divisions by 0"


def _repeatable(experiment: Experiment, shape: tuple[int, ...], classes: int) -> Iterator[str]:
    found = changed_by_repetition(experiment, random_source(shape, classes), STEPS)
    if found:
        yield (
            f"two runs with the same seed differ in {some(found)}; draw random numbers with torch's default generator, "
            "not with Python, NumPy or a generator of its own"
        )


def _resumption(experiment: Experiment, shape: tuple[int, ...], classes: int) -> Iterator[str]:
    found = changed_by_interruption(experiment, random_source(shape, classes), STEPS)
    if found:
        yield (
            f"a run that is interrupted after {STEPS} steps and resumed differs in {some(found)}; keep every value "
            "that changes in a parameter or in register_buffer"
        )
