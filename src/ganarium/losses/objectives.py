"""Adversarial losses: pairs of functions of raw logits, always (real, fake), one value per sample.

Logits are [n], or [n, patches] of a discriminator that judges patches; values have their shape. D(x) = sigmoid(logit)
where a loss speaks of probabilities. Real is 1, generated is 0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log

import torch.nn.functional as F
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Objective:
    """What each player descends: functions (real_logits [n], fake_logits [n]) -> [n].

    `paired` says that the generator's loss looks at real logits too; where it does not, it is handed empty ones and
    the real pictures need not be judged. `averaged` says that a sample's value also depends on the means of the
    whole batch; where it does not, value i comes from real logit i and fake logit i alone.
    """

    discriminator: Loss
    generator: Loss
    paired: bool = False
    averaged: bool = False


def cross_entropy_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """−log D(x) − log(1 − D(G(z))): Goodfellow 2014, eq. 1, negated; at its best 2·log 2 − 2·JSD."""
    return F.softplus(-real) + F.softplus(fake)


def minimax_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """log(1 − D(G(z))), which saturates when the discriminator is sure: Goodfellow 2014, Algorithm 1."""
    return -F.softplus(fake)


def non_saturating_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """−log D(G(z)), which keeps its slope when the discriminator is sure: Goodfellow 2014, §3."""
    return F.softplus(-fake)


def hinge_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Real logits above +1 and fake ones below −1 cost nothing: Lim & Ye 2017; at its best 2 − 2·TV."""
    return F.relu(1 - real) + F.relu(1 + fake)


def critic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """How far the critic rates generated above real: Arjovsky 2017, eq. 2, negated; at its best −W1."""
    return fake - real


def critic_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """Raise the critic's rating of what is generated: Arjovsky 2017, Algorithm 1."""
    return -fake


def relativistic_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """−log of the probability that the real one of each pair is the more real: Jolicoeur-Martineau 2019, RSGAN."""
    return F.softplus(fake - real)


def relativistic_generator(real: Tensor, fake: Tensor) -> Tensor:
    """The same with the two exchanged: Jolicoeur-Martineau 2019, RSGAN."""
    return F.softplus(real - fake)


def average_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """Cross-entropy of what lies above the mean of the opposite batch: Jolicoeur-Martineau 2019, RaSGAN."""
    return cross_entropy_discriminator(real - fake.mean(0), fake - real.mean(0))


def average_generator(real: Tensor, fake: Tensor) -> Tensor:
    """The same with the two exchanged: Jolicoeur-Martineau 2019, RaSGAN."""
    return average_discriminator(fake, real)


def minimax() -> Objective:
    """Goodfellow 2014, Algorithm 1."""
    return Objective(cross_entropy_discriminator, minimax_generator)


def non_saturating() -> Objective:
    """Goodfellow 2014, §3."""
    return Objective(cross_entropy_discriminator, non_saturating_generator)


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Objective:
    """Targets a for generated, b for real, c in the generator's eyes: Mao 2017, eq. 2."""

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (real - b).square() + 0.5 * (fake - a).square()

    def generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
        return 0.5 * (fake - c).square()

    return Objective(discriminator, generator)


def hinge() -> Objective:
    """Lim & Ye 2017; the generator's half is the critic's."""
    return Objective(hinge_discriminator, critic_generator)


def wasserstein() -> Objective:
    """Arjovsky 2017, Algorithm 1, without its clipping: bounding the slope is a remedy's affair."""
    return Objective(critic_discriminator, critic_generator)


def relativistic() -> Objective:
    """Real and generated in pairs, by their place in the batch: Jolicoeur-Martineau 2019; Huang 2024, eq. 2."""
    return Objective(relativistic_discriminator, relativistic_generator, paired=True)


def relativistic_average() -> Objective:
    """Each beside the mean of the opposite batch: Jolicoeur-Martineau 2019, RaSGAN."""
    return Objective(average_discriminator, average_generator, paired=True, averaged=True)


@dataclass(frozen=True)
class Variational:
    """One f-divergence in terms of logits v, written so that T and f* need no clamp: Nowozin 2016, table 2.

    witness: v -> T = g_f(v), which real pictures should raise
    conjugate: v -> f*(g_f(v)), which generated ones should lower
    """

    witness: Callable[[Tensor], Tensor]
    conjugate: Callable[[Tensor], Tensor]


VARIATIONAL: Mapping[str, Variational] = {
    "kl": Variational(lambda v: v, lambda v: (v - 1).exp()),
    "reverse-kl": Variational(lambda v: -(-v).exp(), lambda v: v - 1),
    "pearson": Variational(lambda v: v, lambda v: v.square() / 4 + v),
    "js": Variational(lambda v: log(2) - F.softplus(-v), lambda v: F.softplus(v) - log(2)),
}


def f_divergence(divergence: str = "kl") -> Objective:
    """−(E_p T − E_q f*(T)), whose least value is −D_f(p ‖ q); the generator descends the bound: Nowozin 2016, §2.2.

    KL takes e^v of generated logits and reverse KL e^−v of real ones, so in float32 these are finite for |v| < 88 and
    nothing is clamped. Pearson's f* turns at v = −2, the lowest logit of a best discriminator: below it the
    generator's slope points the wrong way.
    """
    of = VARIATIONAL[divergence]

    def discriminator(real: Tensor, fake: Tensor) -> Tensor:
        return of.conjugate(fake) - of.witness(real)

    def generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
        return -of.conjugate(fake)

    return Objective(discriminator, generator)


def per_sample(values: Tensor) -> Tensor:
    """Means [n] of values [n, …]."""
    return values if values.dim() == 1 else values.flatten(1).mean(1)


def absolute_difference(made: Tensor, answer: Tensor) -> Tensor:
    """Mean of |made − answer| over each picture [n, C, H, W], in the output range's unit: Isola 2017, eq. 3."""
    return per_sample((made - answer).abs())
