"""Toy distributions in the plane or on the line with known densities."""

from collections.abc import Callable, Mapping
from math import ceil, log, pi
from typing import Any

import torch
from torch import Tensor

from ganarium.config.toy2d import (
    CheckerboardConfig,
    GaussiansConfig,
    GridConfig,
    MoonsConfig,
    RingConfig,
    SpiralConfig,
    Toy2dConfig,
)
from ganarium.core.random_streams import Draw, Streams, integers, normal, uniform
from ganarium.data.datasets import PointLaw, PointSet, Split
from ganarium.data.synthetic.base import HELD_OUT, synthetic_card

CHUNK = 10_000  # points drawn in one step of a stream
MOST_ALONG = 4096  # maximum number of Gaussians along one curve
NEWTON_STEPS = 5  # started above the root of a convex function, four steps reach float64 precision
MOST_PAIRS = 1 << 22  # point-centre pairs processed together


def load(settings: Toy2dConfig, split: Split = "train") -> PointSet:
    """Load one split of points; `settings.count` limits only the training split, which is endless if the count is 0.

    Point i of a fixed set is a function of (seed, split, distribution, i).
    """
    law = LAWS[type(settings)](settings)
    count = settings.count if split == "train" else HELD_OUT
    return PointSet(
        name=settings.kind,
        law=law,
        points=_fixed(law, settings, split, count) if count else None,
        card=synthetic_card(settings.kind, f"Points drawn from an exactly known distribution: {settings.kind}."),
    )


def _fixed(law: PointLaw, settings: Toy2dConfig, split: Split, count: int) -> Tensor:
    """Draw the first `count` points of a split: float32 [count, d]."""
    streams, consumer = Streams(settings.seed), f"data.{settings.kind}.{split}"
    points = torch.empty(count, law.dimensions)
    for step, chunk in enumerate(torch.split(points, CHUNK)):
        chunk.copy_(law.place(streams.all_at(consumer, law.draws(CHUNK), step))[: len(chunk)])
    return points


def mixture(centres: Tensor, sigma: float, modes: Tensor | None = None) -> PointLaw:
    """Return a mixture of equally likely isotropic Gaussians at `centres`, float64 [k, d].

    The centres are the modes, unless `modes` is given.
    """
    k, d = centres.shape
    modes = centres if modes is None else modes

    def draws(n: int) -> Mapping[str, Draw]:
        return {"centre": integers(n, high=k), "noise": normal(n, d)}

    def place(drawn: Mapping[str, Tensor]) -> Tensor:
        noise = drawn["noise"]
        return centres.to(noise)[drawn["centre"]] + sigma * noise

    def log_density(x_nd: Tensor) -> Tensor:
        at = centres.to(x_nd.device)
        parts = torch.split(x_nd.double(), max(1, MOST_PAIRS // k))
        sums = [torch.logsumexp(-0.5 * (_distances(part, at) / sigma) ** 2, dim=1) for part in parts]
        return torch.cat(sums) - log(k) - d * (log(sigma) + 0.5 * log(2 * pi))

    return PointLaw(d, draws, place, log_density, modes, sigma if len(modes) else 0.0)


def ring(settings: RingConfig) -> PointLaw:
    """Return a mixture of Gaussians equally spaced on a circle, at the angles 2πk / modes for k = 0, …, modes − 1."""
    angle = 2 * pi * torch.arange(settings.modes, dtype=torch.float64) / settings.modes
    return mixture(settings.radius * _on_circle(angle), settings.sigma)


def grid(settings: GridConfig) -> PointLaw:
    """Return a mixture of Gaussians on a square grid centred at 0."""
    line = settings.spacing * (torch.arange(settings.side, dtype=torch.float64) - (settings.side - 1) / 2)
    return mixture(torch.cartesian_prod(line, line), settings.sigma)


def spiral(settings: SpiralConfig) -> PointLaw:
    """Return a distribution along two opposite spiral arms r = θ / θ_end that end at radius 1, with isotropic noise.

    The distribution is defined as a mixture of Gaussians equally spaced along the arms, at most σ apart (limited to
    4,096 per arm), so that the density varies along an arm by less than 10⁻⁸.
    """
    end = 2 * pi * settings.turns
    whole = _arc(torch.tensor(end, dtype=torch.float64))
    stops = whole * _spread(float(whole) / end, settings.sigma)
    angle = (2 * stops).sqrt()
    for _ in range(NEWTON_STEPS):
        angle = angle - (_arc(angle) - stops) / (1 + angle**2).sqrt()
    arm = (angle / end)[:, None] * _on_circle(angle)
    return mixture(torch.cat([arm, -arm]), settings.sigma, NO_MODES)


def moons(settings: MoonsConfig) -> PointLaw:
    """Return a distribution along two half circles of radius 1, the lower shifted by (1, ½), with isotropic noise.

    Like the spiral, the distribution is defined as a mixture of Gaussians equally spaced along the curves.
    """
    upper = _on_circle(pi * _spread(pi, settings.sigma))
    lower = torch.tensor([1.0, 0.5], dtype=torch.float64) - upper
    return mixture(torch.cat([upper, lower]), settings.sigma, NO_MODES)


def checkerboard(settings: CheckerboardConfig) -> PointLaw:
    """Return the uniform distribution on the squares of a checkerboard on [−1, 1)² with even column + row.

    The density is 0 elsewhere.
    """
    side = settings.side
    every = torch.cartesian_prod(torch.arange(side), torch.arange(side))
    dark = every[every.sum(dim=1) % 2 == 0]
    inside = -log(len(dark) * (2 / side) ** 2)

    def draws(n: int) -> Mapping[str, Draw]:
        return {"square": integers(n, high=len(dark)), "within": uniform(n, 2)}

    def place(drawn: Mapping[str, Tensor]) -> Tensor:
        within = drawn["within"]
        corner = dark.to(within.device)[drawn["square"]]
        low, high = ((2 * (corner + k).double() / side - 1).to(within) for k in (0, 1))
        points = low + within * (high - low)
        # Rounding must not move a point across the edge of its square.
        return points.clamp(torch.nextafter(low, high), torch.nextafter(high, low))

    def log_density(x_nd: Tensor) -> Tensor:
        square = ((x_nd.double() + 1) * side / 2).floor()
        on = (square.sum(dim=1) % 2 == 0) & ((square >= 0) & (square < side)).all(dim=1)
        return torch.where(on, inside, -torch.inf).double()

    return PointLaw(2, draws, place, log_density, NO_MODES, 0.0)


def gaussian(mean: float, sigma: float) -> PointLaw:
    """Return the one-dimensional normal distribution N(mean, sigma²)."""
    return mixture(torch.tensor([[mean]], dtype=torch.float64), sigma)


def data_gaussian(settings: GaussiansConfig) -> PointLaw:
    """Return the normal distribution of the data."""
    return gaussian(settings.mean, settings.sigma)


def other_gaussian(settings: GaussiansConfig) -> PointLaw:
    """Return the second normal distribution, which theory compares with the data distribution."""
    return gaussian(settings.other_mean, settings.other_sigma)


NO_MODES = torch.empty(0, 2, dtype=torch.float64)
LAWS: Mapping[type[Toy2dConfig], Callable[[Any], PointLaw]] = {
    RingConfig: ring,
    GridConfig: grid,
    SpiralConfig: spiral,
    MoonsConfig: moons,
    CheckerboardConfig: checkerboard,
    GaussiansConfig: data_gaussian,
}


def _distances(x_nd: Tensor, centres_kd: Tensor) -> Tensor:
    """Return the Euclidean distance from each point to each centre, [n, k].

    The matrix product is avoided, since it loses precision for points close to each other.
    """
    return torch.cdist(x_nd, centres_kd, compute_mode="donot_use_mm_for_euclid_dist")


def _on_circle(angle: Tensor) -> Tensor:
    """Return the points on the unit circle at the given angles: [k] -> [k, 2]."""
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def _arc(angle: Tensor) -> Tensor:
    """Return the arc length of the spiral r = θ from 0 to each angle."""
    return (angle * (1 + angle**2).sqrt() + angle.asinh()) / 2


def _spread(length: float, step: float) -> Tensor:
    """Return the midpoints in (0, 1) of equal parts of a curve, none longer than `step`: float64 [parts].

    The curve is divided into as few parts as possible, and into at most `MOST_ALONG`.
    """
    parts = ceil(min(MOST_ALONG, length / step))
    return (torch.arange(parts, dtype=torch.float64) + 0.5) / parts
