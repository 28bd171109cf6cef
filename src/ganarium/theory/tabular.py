"""A discriminator that is a table, one logit for each point of the line, trained to its best by gradient descent."""

import torch
from torch import Tensor

from ganarium.core.progress import told
from ganarium.losses.objectives import Loss, Objective
from ganarium.theory.densities import Densities
from ganarium.theory.optima import centred

ROUNDING = 1e-15  # of a slope, where p and q are equal but for their last digits
BATCH = 1000  # samples in proportion to the laws, for losses that look at a batch's means
FIRST, ROOM = 0.01, (1e-6, 1e6)  # the step of one logit: at first, at least and at most
GROWTH = torch.tensor([0.5, 1.0, 1.2], dtype=torch.float64)  # of a step whose slope turned, vanished, kept its sign


def expected(objective: Objective, loss: Loss, d: Densities, logits: Tensor) -> Tensor:
    """E over independent x ~ p, y ~ q of loss(logit(x), logit(y)), where `loss` is one of the objective's.

    Exact, but for objectives that look at batch means: there it is the mean over one batch in proportion.
    """
    if objective.averaged:
        return loss(logits[in_proportion(d.p)], logits[in_proportion(d.q)]).mean()
    if objective.paired:
        return (torch.outer(d.p, d.q) * loss(logits[:, None], logits[None, :])).sum()
    zero = torch.zeros_like(logits)
    at_zero = loss(zero[:1], zero[:1]).squeeze(0)
    return (d.p * loss(logits, zero)).sum() + (d.q * loss(zero, logits)).sum() - at_zero


def in_proportion(p: Tensor, n: int = BATCH) -> Tensor:
    """n places [n] of a table, each as often as its probability says, to within one."""
    often = (p.cumsum(0) / p.sum() * n).round().long().diff(prepend=torch.zeros(1, dtype=torch.long))
    return torch.arange(len(p)).repeat_interleave(often)


def train_table(objective: Objective, d: Densities, steps: int = 400, *, bounded: bool = False) -> Tensor:
    """The logits [k] after so many steps from 0, each point with a step of its own.

    Steps grow while a slope keeps its sign and halve when it turns (Riedmiller & Braun 1993, Rprop), so that points
    that hardly any sample visits are trained as well. `bounded` keeps the slope of the table within ±1, by cutting
    the rises from point to point: the Lipschitz condition of the line, without which a Wasserstein critic has no best.
    """
    table = torch.zeros(len(d.x) - bounded, dtype=d.x.dtype)
    stride, before = torch.full_like(table, FIRST), torch.zeros_like(table)
    placed = _from_rises if bounded else _as_is
    rounding = 0.0 if bounded else ROUNDING * (d.p + d.q)  # which alone would move a point where the laws are equal
    for _ in told("training the table", range(steps), steps):
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
