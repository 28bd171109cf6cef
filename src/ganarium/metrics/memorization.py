"""Memorization measures, based on the distances of generated and held-out samples to the training data.

The inputs are distances to the nearest training row, float64 [n], from `nearest`. Distances of real
samples outside the training data serve as the reference. The argument order is always (held out, fake).
"""

from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.estimate import share
from ganarium.metrics.interval import Estimate
from ganarium.metrics.nearest_neighbours import BLOCK, nearest, nearest_other
from ganarium.metrics.rank_statistics import chance_above, mann_whitney_z
from ganarium.metrics.validation import Array, features, numbers


def authenticity(train_nd: Array, fake_md: Array, block: int = BLOCK) -> float:
    """Return the share of fakes farther from the nearest training row than that row is from its own nearest neighbour.

    The share is 0 for copies; not symmetric (Alaa et al. 2022, arXiv 2102.08921). New real samples reach ⅓ on a line,
    0.38 in a plane and ½ or more in many dimensions, so also report the value of held-out samples.
    """
    (train_nd,) = features(train=train_nd)
    distances, which = nearest(train_nd, fake_md, block)
    return authentic(train_nd, distances, which, block).double().mean().item()


def authentic(train_nd: Tensor, distances_m: Tensor, which_m: Tensor, block: int = BLOCK) -> Tensor:
    """Return a mask of authentic fakes, bool [m], from the distances and row indices returned by `nearest`."""
    return nearest_other(train_nd, which_m, block) < distances_m


def nearer_share(held_out_m: Array, fake_n: Array) -> float:
    """Return the probability that a fake lies nearer to the training data than a held-out sample.

    ½ is expected without memorization; exchanging the arguments gives 1 minus the value.
    """
    held_out_m, fake_n = numbers(held_out=held_out_m, fake=fake_n)
    return chance_above(held_out_m, fake_n)


def copying_z(held_out_m: Array, fake_n: Array) -> float:
    """Return the data-copying statistic C_T, with the whole space as one cell (Meehan et al. 2020, arXiv 2004.05675).

    The unit is one standard error: new real samples give about N(0, 1). Values far below 0 indicate copying; values far
    above 0 indicate fakes far from the data.
    """
    held_out_m, fake_n = numbers(held_out=held_out_m, fake=fake_n)
    return mann_whitney_z(fake_n, held_out_m)


def distance_ratio(held_out_m: Array, fake_n: Array) -> float:
    """Return the median distance of fakes from the training data, divided by that of held-out samples.

    A ratio of 1 is expected; smaller values mean that fakes lie nearer to the training data. Raise InputError
    if at least half of the held-out samples are copies of training rows.
    """
    held_out_m, fake_n = numbers(held_out=held_out_m, fake=fake_n)
    usual = held_out_m.double().quantile(0.5).item()
    if usual <= 0:
        raise InputError(
            "at least half of the held-out samples are copies of training rows; hold out different samples"
        )
    return fake_n.double().quantile(0.5).item() / usual


def copied_share(held_out_m: Array, fake_n: Array, quantile: float = 0.001) -> Estimate:
    """Estimate the share of fakes that are copies, i.e. nearer to a training row than almost all held-out samples.

    Let s be the share of fakes, and q the share of held-out samples, below the `quantile` of held-out distances. If all
    fakes other than copies behave like held-out samples, the share of copies is (s − q)/(1 − q), which may be slightly
    negative. A copy altered by more than that distance is not counted. The error covers only the sampling of the
    fakes.
    """
    held_out_m, fake_n = numbers(held_out=held_out_m, fake=fake_n)
    if not 0 < quantile < 1:
        raise InputError(f"quantile={quantile} is not allowed; use a number between 0 and 1")
    held_out = held_out_m.double().sort().values
    limit = held_out[max(0, int(quantile * len(held_out)) - 1)]
    usual = (held_out <= limit).double().mean().item()
    if usual == 1:
        raise InputError("all held-out samples are equally near to the training rows; hold out different samples")
    near = share(fake_n.double() <= limit)
    return Estimate((near.value - usual) / (1 - usual), near.error / (1 - usual))
