"""A run's generator, ready to use: needs neither data nor the state of training."""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.core.arguments import MOST_SAMPLES, named, number_above_zero, whole_number
from ganarium.core.errors import UsageError
from ganarium.core.random_streams import Streams
from ganarium.data.batches import to_unit
from ganarium.networks.base import Generator
from ganarium.runs.checked import checked_checkpoint, naming
from ganarium.runs.directory import At, Run, find_run
from ganarium.training.asked import Asked, as_values, class_numbers, class_rows, latent_rows, seed_numbers
from ganarium.training.defaults import torch_defaults
from ganarium.training.fair_lock import COMPUTING
from ganarium.training.weights import Kept, Weights, networks_of

BLOCK = 64  # samples are generated in whole blocks, so that none depends on how many are asked for
MOST_FRAMES = 10_000  # from one seed to the next


class Sampler:
    """Generated pictures in [0, 1], or points, by seed.

    shape: (C, H, W) of a picture, or (d,) of a point
    classes: names of the classes in the order of their numbers; empty when the generator is told no label
    untrained: those of them that had no training pictures; they cannot be asked for
    weights: "raw", and "ema" when the run kept a moving average
    step: generator updates behind these weights
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
        self.shape, self.step = shape, step
        self.classes = experiment.game.told(classes)
        self.untrained = frozenset(untrained) if experiment.game.labelled else frozenset()
        network = networks_of(experiment, shape, len(classes), tensors, step, "generator")["generator"]
        self._kept = Kept(experiment, cast(Generator, network), "generator", "generator", tensors)

    @property
    def trained(self) -> tuple[str, ...]:
        """Names of the classes that can be asked for."""
        return tuple(name for name in self.classes if name not in self.untrained)

    @property
    def weights(self) -> tuple[str, ...]:
        """The sets of weights that there are, the default first."""
        return self._kept.sets

    @torch_defaults()
    def sample(
        self,
        n: int,
        *,
        seed: int = 0,
        label: Asked | None = None,
        truncation: float | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Generate n samples: float [n, C, H, W] in [0, 1], or points [n, d].

        Sample i depends on (seed, i) alone, not on n. `label` is a class for all samples, or one for each; without
        one the classes take turns. A class is given by its name, a string, or by its number, an integer: its position
        in `classes`. An integer is refused where classes are named by other numbers, as "1", "2", "3".
        `truncation` t keeps latents within ±t (Brock 2019, §3.1: fewer kinds, more typical). Raises `UsageError` for
        a class or weights that are not there.
        """
        latents = self.latents(n, seed, truncation)
        return self.generate(latents, self.labels(n, label), weights)

    @torch_defaults()
    def labels(self, n: int, label: Asked | None = None) -> Tensor | None:
        """Class numbers int64 [n] that `sample` asks for; None when the generator is told no label."""
        self._refuse_untold("label", label)
        n = whole_number("n", n, 1, MOST_SAMPLES)
        return class_numbers(label, n, self.classes, self.untrained) if self.classes else None

    @torch_defaults()
    def latents(self, n: int, seed: int = 0, truncation: float | None = None) -> Tensor:
        """Latents [n, latent] of samples 0 … n − 1."""
        n, seed = whole_number("n", n, 1, MOST_SAMPLES), whole_number("seed", seed, 0)
        law = None if truncation is None else self._law(number_above_zero("truncation", truncation, 0.7))
        latents = Streams(seed).rows("samples", self._kept.network.latents(), n)
        return latents if law is None else law(latents)

    @torch_defaults()
    @torch.no_grad()
    def generate(
        self,
        latents: Tensor | NDArray[Any] | Sequence[Sequence[float]],
        label: Asked | None = None,
        weights: Weights | None = None,
    ) -> Tensor:
        """Generate a picture [n, C, H, W] in [0, 1] or a point [n, d] for each of the given latents [n, latent].

        latents: floats of any precision, as a tensor, an array of NumPy or lists
        label: as in `sample`; or a tensor of class numbers, as `labels` returns it; or mixtures of classes, floats
            [n, K] with a share for each class

        Raises `UsageError` for latents or labels of another shape, for classes that are not there, and for values that
        are not finite.
        """
        latents = latent_rows(latents, self._kept.network.latent)
        self._refuse_untold("label", label)
        label = class_rows(label, len(latents), self.classes, self.untrained) if self.classes else None
        starts = range(0, len(latents), BLOCK)
        with COMPUTING.held():
            generator = self._kept.use(weights)
            blocks = [
                _block(generator, latents[i : i + BLOCK], None if label is None else label[i : i + BLOCK])
                for i in starts
            ]
        made = torch.cat(blocks)
        if len(self.shape) == 1:
            return made
        return to_unit(made, generator.output_range)

    @torch_defaults()
    def interpolate(
        self,
        seeds: Sequence[int],
        frames: int = 24,
        *,
        labels: Asked = (),
        weights: Weights | None = None,
    ) -> Tensor:
        """Walk on great circles from one seed's latent to the next (White 2016, §2.1), and from class to class.

        Returns `frames` samples for each of the len(seeds) − 1 legs and the last one; `labels` are as many as seeds,
        or one for all, as in `sample`, or none (then the first class stays).
        """
        seeds, frames = seed_numbers(seeds), whole_number("frames", frames, 1, MOST_FRAMES)
        whole_number("frames between all seeds", frames * (len(seeds) - 1) + 1, 1, MOST_SAMPLES)
        ends = torch.cat([self.latents(1, seed) for seed in seeds])
        share = torch.arange(frames) / frames
        legs = [spherical(a, b, share) for a, b in pairwise(ends)]
        return self.generate(torch.cat([*legs, ends[-1:]]), self._mixtures(labels, len(seeds), share), weights)

    def _mixtures(self, labels: Asked, n: int, share: Tensor) -> Tensor | None:
        given = as_values(labels)
        if isinstance(given, list) and len(given) < 2:
            given = given[0] if given else None
        self._refuse_untold("labels", given)
        if not self.classes:
            return None
        if isinstance(given, list) and len(given) != n:
            raise UsageError(f"labels: give one, or one for each of the {n} seeds")
        numbers = class_numbers(given, 1 if given is None else n, self.classes, self.untrained).expand(n)
        ends = torch.eye(len(self.classes))[numbers]
        legs = [a + share[:, None] * (b - a) for a, b in pairwise(ends)]
        return torch.cat([*legs, ends[-1:]])

    def _refuse_untold(self, name: str, given: Any) -> None:
        if given is not None and not self.classes:
            raise UsageError(f"{named(name, given)}: this generator is told no labels; leave it out")

    def _law(self, truncation: float) -> Callable[[Tensor], Tensor]:
        if self._kept.network.noise == "uniform":
            return lambda latents: latents * min(truncation, 1.0)
        return lambda latents: truncated(latents, truncation)


def _block(generator: Generator, latents: Tensor, label: Tensor | None) -> Tensor:
    """At most a whole block of samples, filled up with nothing in particular."""
    n, device = len(latents), next(generator.parameters()).device
    full = torch.cat([latents, latents.new_zeros(BLOCK - n, latents.shape[1])]).to(device)
    if label is not None:
        label = torch.cat([label, label.new_zeros(BLOCK - n, *label.shape[1:])]).to(device)
    made: Tensor = generator(full, label)
    return made[:n].cpu()


def truncated(z: Tensor, t: float) -> Tensor:
    """Standard normal numbers mapped monotonically onto the normal law cut off at ±t."""
    low = torch.special.ndtr(torch.tensor(-t, dtype=torch.float64))
    share = low + torch.special.ndtr(z.double()) * (1 - 2 * low)
    cut: Tensor = torch.special.ndtri(share)
    return cut.clamp(-t, t).to(z.dtype)


def spherical(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Points [n, d] on the great circle from a [d] to b [d] at shares [n]; lengths change linearly."""
    unit_a, unit_b = a / a.norm(), b / b.norm()
    angle = torch.arccos((unit_a @ unit_b).clamp(-1, 1))
    if angle.sin() < 1e-4:
        return a + share[:, None] * (b - a)
    ways = torch.sin((1 - share) * angle)[:, None] * unit_a + torch.sin(share * angle)[:, None] * unit_b
    length = a.norm() + share[:, None] * (b.norm() - a.norm())
    on_circle: Tensor = ways / torch.sin(angle) * length
    return on_circle


@torch_defaults()
def load(run: Run | Path | str, at: At = None) -> Sampler:
    """The generator of a run, of its newest sound checkpoint, of that at or before a step, or of the "best" one.

    The best one is that with the lowest first score of those taken during training, by validation data. Raises
    `UsageError` for a run that translates, and for the best of a run that was never scored.

    >>> import ganarium
    >>> ganarium.load("runs/nowhere")
    Traceback (most recent call last):
    ganarium.core.errors.UnknownNameError: no run at that path or under ./runs named 'runs/nowhere'...
    """
    found = run if isinstance(run, Run) else find_run(str(run))
    if found.experiment.game.translates:
        raise UsageError(f"{found} makes pictures of pictures: try ganarium translate, or load_translations")
    checkpoint = checked_checkpoint(found, at)
    with naming(found):
        return Sampler(
            found.experiment,
            found.birth.shape,
            found.birth.classes,
            checkpoint.tensors,
            checkpoint.progress.step,
            found.birth.untrained,
        )
