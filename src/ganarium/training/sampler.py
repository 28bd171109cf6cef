"""Sampling from a run's generator, without its data or training state."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import nullcontext
from copy import deepcopy
from functools import cached_property, partial
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.config.base import warn_renamed
from ganarium.config.experiment import Experiment
from ganarium.core.arguments import MOST_SAMPLES, named, number_above_zero, whole_number
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import Streams, seeded
from ganarium.data.batches import to_unit
from ganarium.networks.base import Discriminator, Generator
from ganarium.runs.directory import At, Run
from ganarium.runs.folders import find_run
from ganarium.runs.verified_checkpoint import checked_checkpoint, naming
from ganarium.training.fair_lock import COMPUTING
from ganarium.training.generator_inputs import (
    LabelLike,
    as_values,
    class_numbers,
    class_rows,
    latent_rows,
    one_latent,
    seed_numbers,
    spherical,
    truncated,
)
from ganarium.training.given_parts import parts_for_samples, provided, refuse_missing
from ganarium.training.torch_defaults import torch_defaults
from ganarium.training.weights import SavedNetwork, Weights, networks_of

LatentLike = Tensor | NDArray[Any] | Sequence[float] | Sequence[Sequence[float]]
BLOCK = 64  # samples are generated in full blocks, so that no sample depends on the number requested
MOST_FRAMES = 10_000  # maximum number between two seeds


class Sampler:
    """Generator of images in [0, 1] or of points, reproducible by seed.

    shape: (C, H, W) of an image, or (d,) of a point
    classes: names of the classes in the order of their numbers; empty if the generator is unconditional
    untrained: the classes without training images, which cannot be requested
    weights: "raw", and "ema" if the run has a moving average
    step: number of steps that these weights were trained for
    """

    def __init__(
        self,
        experiment: Experiment,
        shape: tuple[int, ...],
        classes: tuple[str, ...],
        tensors: Mapping[str, Tensor],
        step: int,
        untrained: Collection[str] = (),
    ) -> None:
        self.shape, self.step, self._name = shape, step, experiment.recipe or "a run"
        self.classes = experiment.game.generator_classes(classes)
        self.untrained = frozenset(untrained) if experiment.game.labelled else frozenset()
        network = networks_of(experiment, shape, len(classes), tensors, step, "generator")["generator"]
        self._saved = SavedNetwork(experiment, cast(Generator, network), "generator", "generator", tensors)
        own = {
            name: tensor for name, tensor in tensors.items() if not name.startswith(("generator/", "discriminator/m"))
        }
        self._networks_of = partial(networks_of, experiment, shape, len(classes), own, step)

    def __repr__(self) -> str:
        """Return the step, shape, number of classes and weights."""
        classes = f", {len(self.classes)} classes" if self.classes else ""
        size = "×".join(map(str, self.shape))
        what = f"points in {size} dimensions" if len(self.shape) == 1 else f"images {size}"
        return f"<Sampler of {self._name} at step {self.step:,}: {what}{classes}, weights {' or '.join(self.weights)}>"

    @property
    def trained(self) -> tuple[str, ...]:
        """Return the names of the classes that can be requested."""
        return tuple(name for name in self.classes if name not in self.untrained)

    @property
    def weights(self) -> tuple[str, ...]:
        """Return the available sets of weights, the default first."""
        return self._saved.sets

    @cached_property
    def generator(self) -> Generator:
        """Return the generator as a `torch.nn.Module` in eval mode, with averaged weights if the run has them.

        It maps latents [n, latent], and labels int64 [n] if conditional, to values in `generator.output_range`;
        gradients with respect to latents are available.
        """
        return deepcopy(self._saved.use())

    @cached_property
    def discriminator(self) -> Discriminator:
        """Return the discriminator as a `torch.nn.Module` in eval mode.

        It maps values in `generator.output_range`, and labels int64 [n] if conditional, to raw outputs.
        """
        return cast(Discriminator, self._networks_of("discriminator")["discriminator"])

    @torch_defaults()
    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        labels: LabelLike | None = None,
        truncation: float | None = None,
        weights: Weights | None = None,
        label: LabelLike | None = None,
    ) -> Tensor:
        """Generate n samples: float [n, C, H, W] in [0, 1], or points [n, d].

        Sample i depends only on (seed, i), not on n. `labels` is one class for all samples, or one for each; without it
        the samples cycle through the classes. A class is given by its name (a string) or by its number (an integer),
        its position in `classes`. An integer is refused if the class names are other numbers, such as "1", "2", "3".
        `truncation` t keeps latents within ±t (Brock 2019, §3.1: less variety, more typical samples). Raises
        `UsageError` for a class or weights that do not exist. `label` is the former name of `labels`.
        """
        latents = self.latents(n, seed, truncation)
        return self.generate(latents, self.labels(n, _current(labels, label)), weights)

    @torch_defaults()
    def labels(self, n: int, labels: LabelLike | None = None, *, label: LabelLike | None = None) -> Tensor | None:
        """Return the class numbers int64 [n] that `sample` uses; None if the generator is unconditional.

        `label` is the former name of `labels`.
        """
        labels = _current(labels, label)
        self._refuse_labels_if_unconditional(labels)
        n = whole_number("n", n, 1, MOST_SAMPLES)
        return class_numbers(labels, n, self.classes, self.untrained) if self.classes else None

    @torch_defaults()
    def latents(self, n: int, seed: int = 0, truncation: float | None = None) -> Tensor:
        """Return the latents [n, latent] of samples 0 … n − 1."""
        n, seed = whole_number("n", n, 1, MOST_SAMPLES), whole_number("seed", seed, 0)
        law = None if truncation is None else self._law(number_above_zero("truncation", truncation, 0.7))
        latents = Streams(seed).rows("samples", self._saved.network.latents(), n)
        return latents if law is None else law(latents)

    @torch_defaults()
    @torch.no_grad()
    def generate(
        self,
        latents: LatentLike,
        labels: LabelLike | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Generate images [n, C, H, W] in [0, 1] or points [n, d] from the given latents [n, latent].

        The result has no gradients; use `generator` for gradients.

        latents: floats of any precision, as a tensor, a NumPy array or lists; a single latent [latent] gives one sample
        labels: one class for all samples, or one for each, as in `sample`; or a tensor of class numbers, as returned by
            `labels`; or mixtures of classes, floats [n, K] with a share for each class; without it, the samples cycle
            through the classes

        Raises `UsageError` for latents or labels of another shape, for classes that do not exist, and for values that
        are not finite.
        """
        latents = latent_rows(latents, self._saved.network.latent)
        self._refuse_labels_if_unconditional(labels)
        label = class_rows(labels, len(latents), self.classes, self.untrained) if self.classes else None
        starts = range(0, len(latents), BLOCK)
        with COMPUTING.held():
            generator = self._saved.use(weights)
            blocks = [
                _block(generator, i // BLOCK, latents[i : i + BLOCK], None if label is None else label[i : i + BLOCK])
                for i in starts
            ]
        generated = torch.cat(blocks)
        if len(self.shape) == 1:
            return generated
        return to_unit(generated, generator.output_range)

    def __call__(
        self,
        latents: LatentLike,
        labels: LabelLike | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Generate images in [0, 1] or points from the given latents; the same as `generate`.

        Without `labels`, the samples of a conditional generator cycle through the trained classes, as in `sample`:
        the first latent gets the first class. For one class, pass it, as in `gan(z, labels="3")`.
        """
        return self.generate(latents, labels, weights)

    @torch_defaults()
    def interpolate(
        self,
        z0: LatentLike,
        z1: LatentLike,
        n: int = 8,
        *,
        labels: LabelLike | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Interpolate spherically between two latents [latent] (White 2016, §2.1), and linearly between classes.

        Returns n samples, the first of z0 and the last of z1. `labels` is one class for all
        samples, or one for z0 and one for z1; without it, the first trained class. Raises `UsageError` for latents of
        another shape.
        """
        size = self._saved.network.latent
        a, b = one_latent("z0", z0, size), one_latent("z1", z1, size)
        frames = whole_number("n", n, 2, MOST_SAMPLES) - 1
        share = torch.arange(frames) / frames
        path = torch.cat([a[None], spherical(a, b, share[1:]), b[None]])
        return self.generate(path, self._mixtures(labels, 2, share), weights)

    @torch_defaults()
    def interpolate_seeds(
        self,
        seeds: Sequence[int],
        frames: int = 24,
        *,
        labels: LabelLike | None = None,
        truncation: float | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Interpolate between the latents of seeds as in `interpolate`.

        Returns `frames` samples for each of the len(seeds) − 1 segments, and the sample of the last seed. `labels` is
        one class for each seed, or one for all, as in `sample`; without it, the first trained class. `truncation` is
        that of `sample`.
        """
        seeds, frames = seed_numbers(seeds), whole_number("frames", frames, 1, MOST_FRAMES)
        whole_number("frames between all seeds", frames * (len(seeds) - 1) + 1, 1, MOST_SAMPLES)
        ends = torch.cat([self.latents(1, seed, truncation) for seed in seeds])
        share = torch.arange(frames) / frames
        legs = [spherical(a, b, share) for a, b in pairwise(ends)]
        return self.generate(torch.cat([*legs, ends[-1:]]), self._mixtures(labels, len(seeds), share), weights)

    def _mixtures(self, labels: LabelLike | None, n: int, share: Tensor) -> Tensor | None:
        given = None if labels is None else as_values(labels)
        if isinstance(given, list) and len(given) < 2:
            given = given[0] if given else None
        self._refuse_labels_if_unconditional(given)
        if not self.classes:
            return None
        if isinstance(given, list) and len(given) != n:
            raise UsageError(f"labels: pass one class, or {n}: one for each end")
        numbers = class_numbers(given, 1 if given is None else n, self.classes, self.untrained).expand(n)
        ends = torch.eye(len(self.classes))[numbers]
        legs = [a + share[:, None] * (b - a) for a, b in pairwise(ends)]
        return torch.cat([*legs, ends[-1:]])

    def _refuse_labels_if_unconditional(self, given: Any) -> None:
        if given is not None and not self.classes:
            raise UsageError(f"{named('labels', given)}: this generator is not class-conditional; omit this argument")

    def _law(self, truncation: float) -> Callable[[Tensor], Tensor]:
        if self._saved.network.noise == "uniform":
            return lambda latents: latents * min(truncation, 1.0)
        return lambda latents: truncated(latents, truncation)


def _current(labels: LabelLike | None, label: LabelLike | None) -> LabelLike | None:
    """Return the argument `labels`, which may be given by its former name; log a notice if it is."""
    if label is None:
        return labels
    if labels is not None:
        raise UsageError("label=…: the former name of labels; leave out label")
    warn_renamed("label=…", "labels=…")
    return label


def _block(generator: Generator, number: int, latents: Tensor, label: Tensor | None) -> Tensor:
    """Generate samples from inputs padded to a block."""
    n, device = len(latents), next(generator.parameters()).device
    full = torch.cat([latents, latents.new_zeros(BLOCK - n, latents.shape[1])]).to(device)
    if label is not None:
        label = torch.cat([label, label.new_zeros(BLOCK - n, *label.shape[1:])]).to(device)
    with nullcontext() if generator.steady else seeded(number):
        generated: Tensor = generator(full, label)
    return generated[:n].cpu()


@torch_defaults()
def load(
    run: Run | Path | str,
    at: At = None,
    *,
    generator: Any = None,
    discriminator: Any = None,
    remedies: Mapping[str, Any] | None = None,
) -> Sampler:
    """Load a run's generator from the newest intact checkpoint, the last at or before a step, or the "best" one.

    The best checkpoint has the lowest first score among those measured during training on validation data. Raises
    `UsageError` for a run that translates, and for the best checkpoint of a run that was never scored.

    generator, discriminator: the modules of a run whose networks were passed from Python, if another process trained
        the run
    remedies: remedies by name, for those that change networks and were passed from Python

    >>> import ganarium
    >>> ganarium.load("runs/nowhere")
    Traceback (most recent call last):
    ganarium.core.errors.UnknownNameError: no run at that path or under ./runs named 'runs/nowhere'...
    """
    found = run if isinstance(run, Run) else find_run(run)
    if found.experiment.game.translates:
        raise UsageError(f"{found} translates images: use ganarium translate or load_translations")
    with provided(found, {"generator": generator, "discriminator": discriminator, "remedies": remedies}):
        refuse_missing(found, found.experiment, parts_for_samples(found.experiment) - {"discriminator"})
        checkpoint = checked_checkpoint(found, at)
        with naming(found):
            sampler = Sampler(
                found.experiment,
                found.provenance.shape,
                found.provenance.classes,
                checkpoint.tensors,
                checkpoint.progress.step,
                found.provenance.untrained,
            )
            if discriminator is not None:
                sampler.discriminator  # noqa: B018 (built while the given part is the one that is used)
    return sampler
