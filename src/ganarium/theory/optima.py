"""For each objective: the best discriminator's logit, and both players' losses there, in closed form.

Logits are tables [k] over the points of `Densities`. Where only differences of logits matter, a table is one of many.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.theory.densities import (
    Densities,
    jensen_shannon,
    kl,
    overlap,
    pearson,
    reverse_kl,
    total_variation,
    wasserstein,
)

TIE = 1e-12  # nats by which rounding alone sets equal densities apart

NEWTON_STEPS = 60
SHIFT = 1e-9  # added to a curvature that no common shift of the logits changes


@dataclass(frozen=True)
class Optimum:
    """What theory says when the discriminator is at its best: its logits [k], its loss, and the generator's."""

    logit: Callable[[Densities], Tensor]
    discriminator: Callable[[Densities], float]
    generator: Callable[[Densities], float]


def _ratio(d: Densities) -> Tensor:
    return d.log_ratio


def _cross_entropy(d: Densities) -> float:
    """2 ln 2 − 2 JSD, which is −V(G, D*): Goodfellow 2014, theorem 1."""
    return 2 * log(2) - 2 * jensen_shannon(d)


def _from_mixture(d: Densities) -> float:
    """KL(q ‖ m)."""
    return (d.q * (d.log_q - d.log_m)).sum().item()


def minimax() -> Optimum:
    """The generator's share of V(G, D*) is KL(q ‖ m) − ln 2."""
    return Optimum(_ratio, _cross_entropy, lambda d: _from_mixture(d) - log(2))


def non_saturating() -> Optimum:
    """KL(q ‖ p) − KL(q ‖ m) + ln 2; against a D* that is held fixed the generator's slope is that of KL(q ‖ p) − 2 JSD
    (Arjovsky & Bottou 2017, theorem 2.5).
    """
    return Optimum(_ratio, _cross_entropy, lambda d: reverse_kl(d) - _from_mixture(d) + log(2))


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Optimum:
    """D* = (b p + a q) / (p + q): Mao 2017, eq. 4."""

    def logit(d: Densities) -> Tensor:
        return a + (b - a) * torch.sigmoid(d.log_ratio)

    def generator(d: Densities) -> float:
        return 0.5 * (d.q * (logit(d) - c).square()).sum().item()

    return Optimum(logit, lambda d: 0.5 * (b - a) ** 2 * overlap(d), generator)


def hinge() -> Optimum:
    """D* = sign(p − q), with losses 2 − 2 TV and −E_q D*."""

    def logit(d: Densities) -> Tensor:
        return torch.sign(torch.where(d.log_ratio.abs() < TIE, 0, d.log_ratio))

    return Optimum(logit, lambda d: 2 - 2 * total_variation(d), lambda d: -(d.q * logit(d)).sum().item())


def critic() -> Optimum:
    """The critic of slope ±1 that falls wherever the data's distribution function leads: it reaches W1.

    Of its many shifts, the one whose mean over both laws is 0, at which the generator's loss is W1 / 2.
    """

    def logit(d: Densities) -> Tensor:
        falls = torch.sign((d.p - d.q).cumsum(0))[:-1]
        return centred(torch.cat([falls.new_zeros(1), -d.step * falls.cumsum(0)]), d)

    return Optimum(logit, lambda d: -wasserstein(d), lambda d: wasserstein(d) / 2)


def centred(logits: Tensor, d: Densities) -> Tensor:
    """The same table, shifted so that its mean over p and q together is 0."""
    return logits - ((d.p + d.q) * logits).sum() / 2


def penalized_critic(apart: float, weight: float) -> tuple[float, float]:
    """Slope and value of the best line between two points: max over s of s·d − λ(s − 1)², of WGAN-GP's loss.

    The slope is 1 + d / 2λ, above the 1 that the penalty asks for.
    """
    return 1 + apart / (2 * weight), apart + apart**2 / (4 * weight)


def relativistic() -> Optimum:
    """ln p/q again; with pairs (x, y) ~ p × q as one law and their mirror image as the other, ln 2 − JSD of both."""

    def discriminator(d: Densities) -> float:
        pairs = d.log_p[:, None] + d.log_q[None, :]
        both = Densities(d.x, pairs.flatten(), pairs.T.flatten())
        return log(2) - jensen_shannon(both)

    return Optimum(_ratio, discriminator, lambda d: discriminator(d) + kl(d) + reverse_kl(d))


def relativistic_average() -> Optimum:
    """No closed form: Newton's method on what is convex in the k logits.

    Only for laws of bounded p/q. A far tail in which p/q grows without end shifts a mean at no cost, and then the
    loss has no minimum: it falls to 0 however near the two laws are.
    """
    return Optimum(
        _beside_means,
        lambda d: loss_beside_means(_beside_means(d), d),
        lambda d: loss_beside_means(-_beside_means(d), d),
    )


def loss_beside_means(c: Tensor, d: Densities) -> float:
    """The averaged relativistic discriminator's loss at logits c [k]; at −c, its generator's."""
    real, fake = c - (d.q * c).sum(), c - (d.p * c).sum()
    return ((d.p * F.softplus(-real)).sum() + (d.q * F.softplus(fake)).sum()).item()


def _beside_means(d: Densities) -> Tensor:
    p, q, c = d.p, d.q, d.log_ratio.clamp(-3, 3)
    own = torch.eye(len(c), dtype=c.dtype)
    short, over = q - own, own - p  # rows: how far each lies below q's mean and above p's, by each logit
    for _ in range(NEWTON_STEPS):
        missed, taken = torch.sigmoid(short @ c), torch.sigmoid(over @ c)
        slope = (p * missed) @ short + (q * taken) @ over
        bend = short.T * (p * missed * (1 - missed)) @ short + over.T * (q * taken * (1 - taken)) @ over
        move = torch.linalg.solve(bend + SHIFT * own, slope)
        c = c - move * (4 / move.abs().max().clamp(min=4))
    return centred(c, d)


def f_divergence(divergence: str = "kl") -> Optimum:
    """T* = f'(p/q); the discriminator's loss is −D_f(p ‖ q): Nowozin 2016, eq. 5."""
    return F_OPTIMA[divergence]


F_OPTIMA: Mapping[str, Optimum] = {
    "kl": Optimum(lambda d: 1 + d.log_ratio, lambda d: -kl(d), lambda _: -1.0),
    "reverse-kl": Optimum(_ratio, lambda d: -reverse_kl(d), lambda d: 1 + reverse_kl(d)),
    "pearson": Optimum(lambda d: 2 * d.log_ratio.expm1(), lambda d: -pearson(d), lambda d: -pearson(d)),
    "js": Optimum(_ratio, lambda d: -2 * jensen_shannon(d), _from_mixture),
}

OPTIMA: Mapping[str, Callable[..., Optimum]] = {
    "minimax": minimax,
    "non-saturating": non_saturating,
    "least-squares": least_squares,
    "hinge": hinge,
    "wasserstein": critic,
    "relativistic": relativistic,
    "relativistic-average": relativistic_average,
    "f-divergence": f_divergence,
}


def optimum(objective: str, **settings: Any) -> Optimum:
    """What theory says of the objective of that name, with its settings."""
    return OPTIMA[objective](**settings)
