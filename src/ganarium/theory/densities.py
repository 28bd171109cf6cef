"""Pairs of densities on a grid, and the distances between them that GAN objectives measure, in nats and float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import log, pi

import torch
from torch import Tensor

LogDensity = Callable[[Tensor], Tensor]
CELLS = 2081


@dataclass(frozen=True)
class Densities:
    """Log-probabilities of the data p and the model q for k cells, at evenly spaced points x [k]."""

    x: Tensor
    log_p: Tensor
    log_q: Tensor

    @property
    def p(self) -> Tensor:
        """Return the probabilities of the cells under the data, [k]."""
        return self.log_p.exp()

    @property
    def q(self) -> Tensor:
        """Return the probabilities of the cells under the model, [k]."""
        return self.log_q.exp()

    @property
    def log_m(self) -> Tensor:
        """Return the log-probabilities of the mixture m = (p + q) / 2, [k]."""
        return torch.logaddexp(self.log_p, self.log_q) - log(2)

    @property
    def log_ratio(self) -> Tensor:
        """Return ln p/q, the logit of Goodfellow's optimal discriminator, [k]."""
        return self.log_p - self.log_q

    @property
    def step(self) -> float:
        """Return the distance between neighbouring points."""
        return (self.x[1] - self.x[0]).item()

    def swapped(self) -> Densities:
        """Return the same densities with p and q exchanged."""
        return Densities(self.x, self.log_q, self.log_p)


def on_grid(data: LogDensity, model: LogDensity, low: float, high: float, cells: int = CELLS) -> Densities:
    """Return two densities, given by logarithms up to a constant, on `cells` evenly spaced points from low to high."""
    x = torch.linspace(low, high, cells, dtype=torch.float64)
    return Densities(x, data(x).log_softmax(0), model(x).log_softmax(0))


def tables(p: Sequence[float], q: Sequence[float]) -> Densities:
    """Return two distributions on the points 0, 1, …, k − 1, given by positive probabilities or weights."""
    return on_grid(lambda _: torch.tensor(p, dtype=torch.float64).log(), _log_of(q), 0, len(p) - 1, len(p))


def _log_of(weights: Sequence[float]) -> LogDensity:
    return lambda _: torch.tensor(weights, dtype=torch.float64).log()


def gaussian(mean: float, sigma: float) -> LogDensity:
    """Return the log-density of N(mean, sigma²) as a function of x."""
    return lambda x: -(((x - mean) / sigma) ** 2) / 2 - log(sigma) - log(2 * pi) / 2


def mixture(*laws: LogDensity) -> LogDensity:
    """Return the log-density of the equally weighted mixture of the given densities."""
    return lambda x: torch.stack([law(x) for law in laws]).logsumexp(0) - log(len(laws))


def gaussians(mean: float, sigma: float = 1.0, cells: int = CELLS) -> Densities:
    """Return N(0, 1) as data and N(mean, sigma²) as model on a common grid.

    The grid extends at least 12 from both means and 6 sigma from `mean`.
    """
    low, high = min(-12.0, mean - 12, mean - 6 * sigma), max(12.0, mean + 12, mean + 6 * sigma)
    return on_grid(gaussian(0, 1), gaussian(mean, sigma), low, high, cells)


def kl(d: Densities) -> float:
    """Return the Kullback–Leibler divergence KL(p ‖ q) = E_p ln p/q."""
    return _mean(d.p, d.log_ratio)


def reverse_kl(d: Densities) -> float:
    """Return the reverse Kullback–Leibler divergence KL(q ‖ p) = E_q ln q/p."""
    return kl(d.swapped())


def jensen_shannon(d: Densities) -> float:
    """Return the Jensen–Shannon divergence ½ KL(p ‖ m) + ½ KL(q ‖ m), in [0, ln 2]."""
    return (_mean(d.p, d.log_p - d.log_m) + _mean(d.q, d.log_q - d.log_m)) / 2


def value_at_best(d: Densities) -> float:
    """Return V(G, D*) = E_p ln D* + E_q ln(1 − D*) = 2·JSD − ln 4, with D* optimal (Goodfellow 2014, eq. 6)."""
    return 2 * jensen_shannon(d) - log(4)


def total_variation(d: Densities) -> float:
    """Return the total variation ½ ∫ |p − q|, in [0, 1]: the largest difference in the probability of any event."""
    return (d.p - d.q).abs().sum().item() / 2


def packed_variation(p: Sequence[float], q: Sequence[float], m: int) -> float:
    """Return the total variation of p^m and q^m for two tables [k] of probabilities; the sum has k^m terms.

    A discriminator of m samples at once detects dropped modes more easily (Lin 2018, arXiv 1712.04086).
    """
    products = [
        reduce(torch.kron, [torch.tensor(table, dtype=torch.float64)] * m, torch.ones(1, dtype=torch.float64))
        for table in (p, q)
    ]
    return (products[0] - products[1]).abs().sum().item() / 2


def pearson(d: Densities) -> float:
    """Return Pearson's χ² = ∫ (p − q)² / q = ∫ p²/q − 1, the f-divergence of f(u) = (u − 1)².

    On a grid the value is always finite; it is huge where the integral diverges.
    """
    return (2 * d.log_p - d.log_q).exp().sum().item() - 1


def neyman(d: Densities) -> float:
    """Return Neyman's χ² = ∫ (p − q)² / p, which is Pearson's with p and q exchanged."""
    return pearson(d.swapped())


def triangular(d: Densities) -> float:
    """Return the triangular discrimination ∫ (p − q)² / (p + q), in [0, 2].

    This is Pearson's χ² of p + q against 2q, which LSGAN can measure (Mao 2017, eq. 6).
    """
    return 2 - 4 * overlap(d)


def overlap(d: Densities) -> float:
    """Return the overlap ∫ pq / (p + q): ½ where p and q are equal, and 0 where their supports are disjoint."""
    return (d.log_p + d.log_q - d.log_m).exp().sum().item() / 2


def wasserstein(d: Densities) -> float:
    """Return the Wasserstein distance W1 = ∫ |F − G| for distribution functions F of p and G of q."""
    return (d.p - d.q).cumsum(0).abs().sum().item() * d.step


def _mean(weights: Tensor, values: Tensor) -> float:
    return (weights * values).sum().item()


DIVERGENCES: dict[str, Callable[[Densities], float]] = {
    "KL(p‖q)": kl,
    "KL(q‖p)": reverse_kl,
    "JSD": jensen_shannon,
    "V(G, D*)": value_at_best,
    "TV": total_variation,
    "Pearson χ²": pearson,
    "triangular χ²": triangular,
    "W1": wasserstein,
}
