"""Snapshots of both networks on points in the plane: what the discriminator rates and where the generator moves.

A snapshot is computed from copies of the networks (`Sampler`) and from fixed random streams, so it changes nothing in
training.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from ganarium.config.experiment import Experiment
from ganarium.core.random_streams import seeded
from ganarium.data.datasets import PointLaw, PointSet
from ganarium.losses.objectives import Objective, per_sample
from ganarium.theory.plane_densities import (
    Lattice,
    divergence,
    kernel_density,
    lattice_around,
    optimal_logits,
    plane_densities,
)
from ganarium.training.remedies.gradient_normalization import GradientNormalization
from ganarium.training.sampler import Sampler

SIDE, WARP_SIDE = 48, 17  # points along each axis of the surface, and lines of the warped grid
REAL, FAKES, ARROWS = 512, 256, 64
COMPARED = 1_024  # real and generated points from which densities and losses are estimated
OF_DATA = 20_000  # points from which the density of the data is estimated
MOST_MODES = 4_096
DIGITS = 4  # significant digits in the file
ALONE = 64  # points whose logits are computed once more in a smaller batch
LARGEST = 1e6  # absolute value of a number in the file
LogitsOf = Callable[[Tensor, Tensor | None], Tensor]


class Plane:
    """The part of snapshots that is the same for a whole run: the grid, real points and the density of the data."""

    def __init__(self, source: PointSet) -> None:
        self.real = source.subset(COMPARED).fixed
        self.lattice = lattice_around(self.real, SIDE)
        self.bandwidth = self.lattice.step
        self.points = self.lattice.points.to(torch.float32)
        self.data = _data_probabilities(source, self.lattice, self.bandwidth)


def _data_probabilities(source: PointSet, lattice: Lattice, bandwidth: float) -> Tensor:
    """Return the law of the data convolved with the kernel, in closed form for Gaussian modes, else from points."""
    if source.law is not None and _is_mixture(source.law):
        return kernel_density(source.law.modes, lattice, (source.law.sigma**2 + bandwidth**2) ** 0.5)
    return kernel_density(source.subset(OF_DATA).fixed, lattice, bandwidth)


def _is_mixture(law: PointLaw) -> bool:
    return law.sigma > 0 and 0 < len(law.modes) <= MOST_MODES


class Judge:
    """The discriminator as a function of points, without the random changes that training makes to its input."""

    def __init__(self, sampler: Sampler, logits_of: LogitsOf, remedies: Sequence[GradientNormalization]) -> None:
        self.network, self._logits_of, self._remedies = sampler.discriminator, logits_of, remedies

    def logits(self, points_n2: Tensor) -> Tensor:
        """Return the logits of points on the CPU, [n]; they have gradients if the points require them."""
        seen = points_n2 if points_n2.requires_grad or not self._remedies else points_n2.detach().requires_grad_()
        device = next((one.device for one in self.network.parameters()), seen.device)
        with nullcontext() if self.network.steady else seeded(0):
            logits = self._logits_of(self.network(seen.to(device), None), None)
        for remedy in self._remedies:
            logits = remedy.logits(logits, seen)
        return per_sample(logits).cpu()

    def rates_single_points(self, points_n2: Tensor) -> bool:
        """Return whether the network takes single points without labels and its logits do not depend on the others.

        Packing, labels and features of the whole batch make the surface undefined.
        """
        subject = self.network.subject
        if subject.shape != points_n2.shape[1:] or subject.classes:
            return False
        few = points_n2[:: max(1, len(points_n2) // ALONE)][:ALONE]
        with torch.no_grad() if not self._remedies else nullcontext():
            alone, together = self.logits(few), self.logits(torch.cat([few, few[:1].expand(FAKES, 2)]))[: len(few)]
        return torch.allclose(alone, together, rtol=1e-4, atol=1e-5 * float(alone.abs().max()))


def snapshot(
    sampler: Sampler,
    plane: Plane,
    experiment: Experiment,
    objective: Objective,
    logits_of: LogitsOf,
    remedies: Sequence[GradientNormalization] = (),
) -> dict[str, Any]:
    """Return the snapshot of a step as JSON-compatible data; every number has four significant digits.

    logits_of: the game's function from the discriminator's raw outputs to logits
    remedies: those that define the logits in the game

    `logits`, `optimal`, `arrows` and `divergence` are None where they are not defined.
    """
    fakes, labels = sampler.sample(COMPARED), sampler.labels(FAKES)
    judge = Judge(sampler, logits_of, remedies)
    found: dict[str, Any] = {
        "step": sampler.step,
        "box": list(plane.lattice.box),
        "side": SIDE,
        "logits": None,
        "optimal": None,
        "fakes": rounded(fakes[:FAKES]),
        "labels": None if labels is None else labels.tolist(),
        "arrows": None,
        "warp": {"side": WARP_SIDE, "points": rounded(warped(sampler))},
        "divergence": None,
    }
    of_batch = getattr(experiment.discriminator, "batch_features", "none") != "none"
    if of_batch or not judge.rates_single_points(plane.points):
        return found
    real = plane.real[torch.arange(COMPARED) % len(plane.real)]
    with torch.no_grad() if not remedies else nullcontext():
        logits, of_real, of_fakes = (judge.logits(points).detach() for points in (plane.points, real, fakes))
        loss = float(per_sample(objective.discriminator(of_real, of_fakes)).mean())
    settings = experiment.objective.model_dump(exclude={"kind"})
    kind = experiment.objective.kind
    d = plane_densities(plane.data, kernel_density(fakes, plane.lattice, plane.bandwidth))
    optimal = optimal_logits(kind, settings, d)
    return found | {
        "logits": rounded(logits),
        "optimal": None if optimal is None else rounded(optimal),
        "arrows": rounded(arrows(judge, objective, real[:ARROWS], fakes[:ARROWS])),
        "divergence": _numbers(divergence(kind, settings, d, loss)),
    }


def arrows(judge: Judge, objective: Objective, real_n2: Tensor, fakes_n2: Tensor) -> Tensor:
    """Return the direction in which the generator's loss falls fastest at each generated point, [n, 2]."""
    at = fakes_n2.detach().clone().requires_grad_()
    real = judge.logits(real_n2).detach() if objective.paired else torch.empty(0)
    with nullcontext() if objective.steady else seeded(0):
        loss = per_sample(objective.generator(real, judge.logits(at))).sum()
    (slope,) = torch.autograd.grad(loss, at)
    return -slope


def warped(sampler: Sampler) -> Tensor:
    """Return the images of a grid of quantiles of the first two latent dimensions, or of a line for one, [n, 2].

    The other dimensions are 0; the first dimension varies fastest. A conditional generator gets its first class.
    """
    quantiles = (torch.arange(WARP_SIDE, dtype=torch.float64) + 0.5) / WARP_SIDE
    uniform = sampler.generator.noise == "uniform"
    values = (2 * quantiles - 1 if uniform else torch.special.ndtri(quantiles)).to(torch.float32)
    size = sampler.generator.latent
    n = WARP_SIDE**2 if size > 1 else WARP_SIDE
    latents = torch.zeros(n, size)
    latents[:, 0] = values.repeat(n // WARP_SIDE)
    if size > 1:
        latents[:, 1] = values.repeat_interleave(WARP_SIDE)
    first = sampler.labels(1)
    return sampler.generate(latents, None if first is None else first.expand(n))


def rounded(values: Tensor) -> Any:
    """Return numbers as lists, each with a few significant digits; values that are not finite are clipped."""
    flat = torch.nan_to_num(values.double(), 0.0, LARGEST, -LARGEST).clamp(-LARGEST, LARGEST)
    short = [float(f"{value:.{DIGITS}g}") for value in flat.flatten().tolist()]
    if values.dim() == 1:
        return short
    width = values.shape[1]
    return [short[start : start + width] for start in range(0, len(short), width)]


def _numbers(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a divergence with rounded numbers; None if one of them is not finite."""
    if found is None:
        return None
    pair = torch.tensor([found["true"], found["learned"]], dtype=torch.float64)
    if not pair.isfinite().all():
        return None
    true, learned = rounded(pair)
    return {**found, "true": true, "learned": learned}
