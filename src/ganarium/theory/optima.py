"""Closed forms of the optimal discriminator's logits and of both players' losses, for each objective.

Logits are tables [k] over the points of `Densities`. For objectives that depend only on differences of logits, the
table is one of many optima.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.losses.objectives import Objective, non_saturating_generator
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

TIE = 1e-12  # nats by which rounding can separate equal densities

NEWTON_STEPS = 60
SHIFT = 1e-9  # added to the Hessian, which is singular along common shifts of the logits


@dataclass(frozen=True)
class Optimum:
    """Functions of two densities: optimal logits [k], and the losses of both players at these logits."""

    logit: Callable[[Densities], Tensor]
    discriminator: Callable[[Densities], float]
    generator: Callable[[Densities], float]


def _ratio(d: Densities) -> Tensor:
    return d.log_ratio


def _cross_entropy(d: Densities) -> float:
    """Return 2 ln 2 − 2 JSD, which is −V(G, D*) (Goodfellow 2014, theorem 1)."""
    return 2 * log(2) - 2 * jensen_shannon(d)


def _from_mixture(d: Densities) -> float:
    """Return KL(q ‖ m)."""
    return (d.q * (d.log_q - d.log_m)).sum().item()


def minimax() -> Optimum:
    """Return the optimum of the minimax objective; the generator's share of V(G, D*) is KL(q ‖ m) − ln 2."""
    return Optimum(_ratio, _cross_entropy, lambda d: _from_mixture(d) - log(2))


def non_saturating() -> Optimum:
    """Return the optimum of the non-saturating objective, with generator loss KL(q ‖ p) − KL(q ‖ m) + ln 2.

    Against a fixed D* the generator's gradient is that of KL(q ‖ p) − 2 JSD (Arjovsky & Bottou 2017, theorem 2.5).
    """
    return Optimum(_ratio, _cross_entropy, lambda d: reverse_kl(d) - _from_mixture(d) + log(2))


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Optimum:
    """Return the optimum of the least-squares objective, D* = (b p + a q) / (p + q) (Mao 2017, eq. 4)."""

    def logit(d: Densities) -> Tensor:
        return a + (b - a) * torch.sigmoid(d.log_ratio)

    def generator(d: Densities) -> float:
        return 0.5 * (d.q * (logit(d) - c).square()).sum().item()

    return Optimum(logit, lambda d: 0.5 * (b - a) ** 2 * overlap(d), generator)


def hinge() -> Optimum:
    """Return the optimum of the hinge objective, D* = sign(p − q), with losses 2 − 2 TV and −E_q D*."""

    def logit(d: Densities) -> Tensor:
        return torch.sign(torch.where(d.log_ratio.abs() < TIE, 0, d.log_ratio))

    return Optimum(logit, lambda d: 2 - 2 * total_variation(d), lambda d: -(d.q * logit(d)).sum().item())


def critic() -> Optimum:
    """Return the optimum of the Wasserstein objective, a critic of slope ±1 that attains W1.

    The critic decreases where the data's distribution function exceeds the model's. Constants can be
    added to it; this critic has mean 0 over both distributions, so the generator's loss is W1 / 2.
    """

    def logit(d: Densities) -> Tensor:
        falls = torch.sign((d.p - d.q).cumsum(0))[:-1]
        return centred(torch.cat([falls.new_zeros(1), -d.step * falls.cumsum(0)]), d)

    return Optimum(logit, lambda d: -wasserstein(d), lambda d: wasserstein(d) / 2)


def centred(logits: Tensor, d: Densities) -> Tensor:
    """Return the logits, shifted so that their mean over p and q together is 0."""
    return logits - ((d.p + d.q) * logits).sum() / 2


def penalized_critic(apart: float, weight: float) -> tuple[float, float]:
    """Return the slope and value of the best linear critic of two points under WGAN-GP's penalty.

    The critic maximizes s·d − λ(s − 1)² over s. The slope is 1 + d / 2λ, above the penalty's target of 1.
    """
    return 1 + apart / (2 * weight), apart + apart**2 / (4 * weight)


def relativistic() -> Optimum:
    """Return the optimum of the relativistic objective, with logits ln p/q and discriminator loss ln 2 − JSD.

    The JSD is between pairs (x, y) ~ p × q and the same pairs exchanged.
    """

    def discriminator(d: Densities) -> float:
        pairs = d.log_p[:, None] + d.log_q[None, :]
        both = Densities(d.x, pairs.flatten(), pairs.T.flatten())
        return log(2) - jensen_shannon(both)

    return Optimum(_ratio, discriminator, lambda d: discriminator(d) + kl(d) + reverse_kl(d))


def relativistic_average() -> Optimum:
    """Return the optimum of the relativistic average objective, by Newton's method, since no closed form exists.

    The loss is a convex function of the k logits. Valid only where p/q is bounded. A tail in which p/q grows without
    bound shifts a mean at no cost, and the loss then has no minimum: it tends to 0 however close the two distributions
    are.
    """
    return Optimum(
        _relativistic_average_logits,
        lambda d: relativistic_average_loss(_relativistic_average_logits(d), d),
        lambda d: relativistic_average_loss(-_relativistic_average_logits(d), d),
    )


def relativistic_average_loss(c: Tensor, d: Densities) -> float:
    """Return the discriminator's relativistic average loss at logits c [k], or the generator's at −c."""
    real, fake = c - (d.q * c).sum(), c - (d.p * c).sum()
    return ((d.p * F.softplus(-real)).sum() + (d.q * F.softplus(fake)).sum()).item()


def _relativistic_average_logits(d: Densities) -> Tensor:
    p, q, c = d.p, d.q, d.log_ratio.clamp(-3, 3)
    own = torch.eye(len(c), dtype=c.dtype)
    short, over = q - own, own - p  # row i: derivatives of (mean over q) − c_i, and of c_i − (mean over p)
    for _ in range(NEWTON_STEPS):
        missed, taken = torch.sigmoid(short @ c), torch.sigmoid(over @ c)
        slope = (p * missed) @ short + (q * taken) @ over
        bend = short.T * (p * missed * (1 - missed)) @ short + over.T * (q * taken * (1 - taken)) @ over
        move = torch.linalg.solve(bend + SHIFT * own, slope)
        c = c - move * (4 / move.abs().max().clamp(min=4))
    return centred(c, d)


def f_divergence(divergence: str = "kl") -> Optimum:
    """Return the optimum of an f-divergence objective, T* = f'(p/q), with loss −D_f(p ‖ q) (Nowozin 2016, eq. 5)."""
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


def smoothed(alpha: float = 0.9, beta: float = 0.0) -> Objective:
    """Return the cross-entropy objective with target alpha for real and beta for generated samples.

    Label smoothing (Salimans 2016, §3.4) is one-sided where beta is 0.
    """

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return F.softplus(real) - alpha * real + F.softplus(fake) - beta * fake

    return Objective(discriminator, non_saturating_generator)


def smoothed_optimum(d: Densities, alpha: float = 0.9, beta: float = 0.0) -> Tensor:
    """Return D* = (α p + β q) / (p + q), [k], the optimal discriminator under smoothed labels.

    A β above 0 rewards the model where there are no data.
    """
    real = torch.sigmoid(d.log_ratio)
    return alpha * real + beta * (1 - real)


def optimum(objective: str, **settings: Any) -> Optimum:
    """Return the optimum of the named objective with the given settings."""
    return OPTIMA[objective](**settings)
