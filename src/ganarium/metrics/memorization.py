"""Measures of memorization: whether fakes are nearer to the training data than unseen real samples are.

The inputs are distances to the nearest training row, float64 [n], from `neighbours.nearest`. Distances of real
samples outside the training data serve as the reference. The argument order is always (held out, fake).
"""

from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.estimate import Estimate, share
from ganarium.metrics.neighbours import BLOCK, nearest, nearest_other
from ganarium.metrics.rank_statistics import chance_above, mann_whitney_z
from ganarium.metrics.validation import refuse_features, refuse_numbers


def authenticity(train_nd: Tensor, fake_md: Tensor, block: int = BLOCK) -> float:
    """Return the share of fakes farther from their nearest training row than that row is from its nearest neighbour.

    0 for copies; not symmetric (Alaa et al. 2022, arXiv 2102.08921). New real samples reach ⅓ on a line, 0.38 in a
    plane and ½ or more in many dimensions, so report it with the value of held-out samples.
    """
    refuse_features(train=train_nd)
    distances, which = nearest(train_nd, fake_md, block)
    return authentic(train_nd, distances, which, block).double().mean().item()


def authentic(train_nd: Tensor, distances_m: Tensor, which_m: Tensor, block: int = BLOCK) -> Tensor:
    """Return which fakes are authentic, bool [m], from their `nearest` distances and rows."""
    return nearest_other(train_nd, which_m, block) < distances_m


def nearer_share(held_out_m: Tensor, fake_n: Tensor) -> float:
    """Return the probability that a fake lies nearer to the training data than a held-out sample.

    ½ is expected without memorization; exchanging the arguments gives 1 minus the value.
    """
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    return chance_above(held_out_m, fake_n)


def copying_z(held_out_m: Tensor, fake_n: Tensor) -> float:
    """Return C_T with the whole space as one cell (Meehan et al. 2020, arXiv 2004.05675).

    In standard errors: about N(0, 1) for new real samples. Values far below 0 indicate copying, values far above 0
    fakes that lie off the data.
    """
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    return mann_whitney_z(fake_n, held_out_m)


def distance_ratio(held_out_m: Tensor, fake_n: Tensor) -> float:
    """Return the median distance of fakes divided by that of held-out samples.

    1 is expected; smaller values mean that fakes lie nearer to the training data. Raise InputError if at least half of
    the held-out samples are copies of training rows.
    """
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    usual = held_out_m.double().quantile(0.5).item()
    if usual <= 0:
        raise InputError("half of the held-out samples or more are copies of training rows: hold out others")
    return fake_n.double().quantile(0.5).item() / usual


def copied_share(held_out_m: Tensor, fake_n: Tensor, quantile: float = 0.001) -> Estimate:
    """Estimate the share of fakes that are copies: nearer to a training row than almost all held-out samples.

    Let s be the share of fakes, and q the share of held-out samples, within the held-out samples' `quantile`. If all
    fakes other than copies behave like held-out samples, the share of copies is (s − q)/(1 − q), which may be slightly
    negative. A copy altered by more than that distance is not counted. The error covers the sampling of the fakes, for
    these held-out samples.
    """
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    if not 0 < quantile < 1:
        raise InputError(f"quantile {quantile}: need a number between 0 and 1")
    held_out = held_out_m.double().sort().values
    limit = held_out[max(0, int(quantile * len(held_out)) - 1)]
    usual = (held_out <= limit).double().mean().item()
    if usual == 1:
        raise InputError("all held-out samples lie equally near to the training rows: hold out others")
    near = share(fake_n.double() <= limit)
    return Estimate((near.value - usual) / (1 - usual), near.error / (1 - usual))
