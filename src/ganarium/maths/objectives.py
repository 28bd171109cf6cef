"""Adversarial losses: pairs of functions of raw logits, always (real, fake), one value per sample.

D(x) = sigmoid(logit). Real is 1, generated is 0.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Objective:
    """What each player descends: functions (real_logits [n], fake_logits [n]) -> [n].

    `paired` says that the generator's loss looks at real logits too; where it does not, it is handed empty ones and
    the real pictures need not be judged.
    """

    discriminator: Loss
    generator: Loss
    paired: bool = False


def cross_entropy_discriminator(real: Tensor, fake: Tensor) -> Tensor:
    """−log D(x) − log(1 − D(G(z))): Goodfellow 2014, eq. 1, negated; at its best 2·log 2 − 2·JSD."""
    return F.softplus(-real) + F.softplus(fake)


def minimax_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """log(1 − D(G(z))), which saturates when the discriminator is sure: Goodfellow 2014, Algorithm 1."""
    return -F.softplus(fake)


def non_saturating_generator(real: Tensor, fake: Tensor) -> Tensor:  # noqa: ARG001 (one signature for all)
    """−log D(G(z)), which keeps its slope when the discriminator is sure: Goodfellow 2014, §3."""
    return F.softplus(-fake)


MINIMAX = Objective(cross_entropy_discriminator, minimax_generator)
NON_SATURATING = Objective(cross_entropy_discriminator, non_saturating_generator)
