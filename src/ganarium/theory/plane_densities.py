"""Densities on a grid in the plane, estimated from points, and the divergence that a discriminator's loss implies."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import torch
from torch import Tensor

from ganarium.theory.densities import Densities
from ganarium.theory.optima import optimum

UNIFORM = 1e-6  # share of a uniform density that is added to both, so that their ratio is known where both vanish


@dataclass(frozen=True)
class Lattice:
    """A square grid of points in the plane, row by row from the lowest y, both ends included.

    box: x0, y0, x1, y1
    side: points along each axis
    """

    box: tuple[float, float, float, float]
    side: int

    @property
    def axes(self) -> tuple[Tensor, Tensor]:
        """Return the coordinates along x and along y, float64 [side] each."""
        x0, y0, x1, y1 = self.box
        return tuple(torch.linspace(*ends, self.side, dtype=torch.float64) for ends in ((x0, x1), (y0, y1)))  # type: ignore[return-value]

    @property
    def points(self) -> Tensor:
        """Return all points, float64 [side², 2]."""
        x, y = self.axes
        return torch.stack([x.repeat(self.side), y.repeat_interleave(self.side)], 1)

    @property
    def step(self) -> float:
        """Return the distance between neighbours."""
        return (self.box[2] - self.box[0]) / (self.side - 1)


def lattice_around(points_n2: Tensor, side: int, margin: float = 0.15, beyond: float = 0.5) -> Lattice:
    """Return a square grid around points [n, 2], with a margin relative to the larger of their two spans.

    beyond: how far outliers (the outer 1 % along each axis) can extend the box, relative to the same span
    """
    points = points_n2.double()
    low, high = (torch.quantile(points, share, dim=0) for share in (0.01, 0.99))
    span = (high - low).max()
    if not span > 0:
        span = (points.amax(0) - points.amin(0)).max()
    low = torch.maximum(points.amin(0), low - beyond * span)
    high = torch.minimum(points.amax(0), high + beyond * span)
    half = float((high - low).max()) * (0.5 + margin)
    centre = (low + high) / 2
    if not half > 1e-6 * float(centre.abs().max()):  # all points are equal
        half = max(1.0, float(centre.abs().max()))
    x0, y0, x1, y1 = torch.cat([centre - half, centre + half]).tolist()
    return Lattice((x0, y0, x1, y1), side)


def kernel_density(points_n2: Tensor, lattice: Lattice, bandwidth: float) -> Tensor:
    """Return the Gaussian kernel estimate of a density on a grid as probabilities of its points, float64 [side²].

    This is also the density of an equal mixture of Gaussians of standard deviation `bandwidth` centred at the points.
    Points outside the grid count at its nearest border, so that no probability is lost.
    """
    x, y = lattice.axes
    points = points_n2.double()
    in_x, in_y = (
        torch.exp(-0.5 * ((axis[:, None] - part.clamp(axis[0], axis[-1])) / bandwidth) ** 2)
        for axis, part in ((x, points[:, 0]), (y, points[:, 1]))
    )
    density = in_y @ in_x.T
    return density.flatten() / density.sum()


def plane_densities(p: Tensor, q: Tensor) -> Densities:
    """Return the probabilities of data and model on a grid, both mixed with a very small uniform share."""
    floored = (((1 - UNIFORM) * one + UNIFORM / len(one)).log() for one in (p, q))
    return Densities(torch.arange(len(p), dtype=torch.float64), *floored)


@dataclass(frozen=True)
class Implied:
    """A divergence, and the function that returns the value which a discriminator's loss implies.

    The loss of the optimal discriminator implies the divergence itself; any other loss implies less.
    """

    name: str
    unit: str
    of_loss: Callable[[float], float]


def _jensen_shannon() -> Implied:
    return Implied("Jensen–Shannon divergence", "nats", lambda loss: log(2) - loss / 2)


def _total_variation() -> Implied:
    return Implied("total variation", "", lambda loss: 1 - loss / 2)


def _triangular(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Implied | None:  # noqa: ARG001
    """Return the triangular discrimination 2 − 4 ∫ pq / (p + q), which least squares measure (Mao 2017, eq. 6)."""
    if a == b:
        return None
    return Implied("triangular discrimination", "", lambda loss: 2 - 8 * loss / (b - a) ** 2)


def _f_divergence(divergence: str = "kl") -> Implied:
    """Return the divergence of Nowozin 2016, eq. 5; that of "js" is twice the Jensen–Shannon divergence."""
    return {
        "kl": Implied("Kullback–Leibler divergence", "nats", lambda loss: -loss),
        "reverse-kl": Implied("reverse Kullback–Leibler divergence", "nats", lambda loss: -loss),
        "pearson": Implied("Pearson's χ²", "", lambda loss: -loss),
        "js": Implied("Jensen–Shannon divergence", "nats", lambda loss: -loss / 2),
    }[divergence]


IMPLIED: Mapping[str, Callable[..., Implied | None]] = {
    "minimax": _jensen_shannon,
    "non-saturating": _jensen_shannon,
    "hinge": _total_variation,
    "least-squares": _triangular,
    "f-divergence": _f_divergence,
}
POINTWISE = {
    *IMPLIED,
    "relativistic",
}  # objectives whose optimal logit at a point depends on p and q at this point only


def optimal_logits(objective: str, settings: Mapping[str, Any], d: Densities) -> Tensor | None:
    """Return the logits of the optimal discriminator on a grid, or None for an objective without a known optimum."""
    return optimum(objective, **settings).logit(d) if objective in POINTWISE else None


def divergence(objective: str, settings: Mapping[str, Any], d: Densities, loss: float) -> dict[str, Any] | None:
    """Return the divergence that an objective measures: of two densities, and as a discriminator's loss implies.

    None for an objective whose minimum is no divergence of the two densities, or needs a constraint.
    """
    implied = IMPLIED[objective](**settings) if objective in IMPLIED else None
    if implied is None:
        return None
    best = optimum(objective, **settings).discriminator(d)
    return {
        "name": implied.name,
        "unit": implied.unit,
        "true": implied.of_loss(best),
        "learned": implied.of_loss(loss),
    }
