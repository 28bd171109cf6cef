"""A discriminator stored as a table of one logit per point, trained to its optimum by gradient descent."""

import torch
from torch import Tensor

from ganarium.core.progress import track
from ganarium.losses.objectives import Loss, Objective
from ganarium.theory.densities import Densities
from ganarium.theory.optima import centred

ROUNDING = 1e-15  # rounding error of a gradient where p and q agree up to their last digits
BATCH = 1000  # samples in proportion to p and q, for losses that use batch means
FIRST, ROOM = 0.01, (1e-6, 1e6)  # step size of one logit: initial value and limits
GROWTH = torch.tensor([0.5, 1.0, 1.2], dtype=torch.float64)  # factors: sign of the gradient changed, 0, unchanged


def expected(objective: Objective, loss: Loss, d: Densities, logits: Tensor) -> Tensor:
    """Return the mean of loss(logit(x), logit(y)) over independent x ~ p, y ~ q, for a loss of the objective.

    Exact, except for objectives that use batch means: for these, the mean over one batch in proportion to p and q.
    """
    if objective.averaged:
        return loss(logits[in_proportion(d.p)], logits[in_proportion(d.q)]).mean()
    if objective.paired:
        return (torch.outer(d.p, d.q) * loss(logits[:, None], logits[None, :])).sum()
    zero = torch.zeros_like(logits)
    at_zero = loss(zero[:1], zero[:1]).squeeze(0)
    return (d.p * loss(logits, zero)).sum() + (d.q * loss(zero, logits)).sum() - at_zero


def in_proportion(p: Tensor, n: int = BATCH) -> Tensor:
    """Return n indices into a table, [n]; an index occurs n times its probability, rounded up or down."""
    often = (p.cumsum(0) / p.sum() * n).round().long().diff(prepend=torch.zeros(1, dtype=torch.long))
    return torch.arange(len(p)).repeat_interleave(often)


def train_table(objective: Objective, d: Densities, steps: int = 400, *, bounded: bool = False) -> Tensor:
    """Return the logits [k] after `steps` training steps from 0, with an individual step size for each point.

    Step sizes grow while a gradient keeps its sign and halve when the sign changes (Riedmiller & Braun 1993, Rprop), so
    that rarely visited points are trained too. `bounded` keeps the slope of the table within ±1 by clipping the
    differences of neighbouring logits: the Lipschitz condition, without which a Wasserstein critic has no optimum.
    """
    table = torch.zeros(len(d.x) - bounded, dtype=d.x.dtype)
    stride, before = torch.full_like(table, FIRST), torch.zeros_like(table)
    placed = _from_rises if bounded else _as_is
    rounding = 0.0 if bounded else ROUNDING * (d.p + d.q)  # rounding alone would move points where p equals q
    for _ in track("training the table", range(steps), steps):
        table.requires_grad_()
        (slope,) = torch.autograd.grad(expected(objective, objective.discriminator, d, placed(table)), table)
        slope = torch.where(slope.abs() < rounding, 0.0, slope)
        turned = (slope * before).sign()
        stride = (stride * GROWTH[turned.long() + 1]).clamp(*ROOM)
        before = torch.where(turned < 0, 0.0, slope)
        table = table.detach() - stride * before.sign()
        if bounded:
            table = table.clamp(-d.step, d.step)
    logits = placed(table)
    return centred(logits, d) if bounded else logits


def _as_is(table: Tensor) -> Tensor:
    return table


def _from_rises(rises: Tensor) -> Tensor:
    return torch.cat([rises.new_zeros(1), rises.cumsum(0)])
