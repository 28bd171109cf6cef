"""Whether fakes are nearer to the training data than fresh real samples are.

Distances to the nearest training row, float64 [n], come from `neighbours.nearest`; those of real samples that were
not trained on say what is usual. Lists are always (held out, fake).
"""

from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.estimate import Estimate, share
from ganarium.metrics.neighbours import BLOCK, nearest, nearest_other
from ganarium.metrics.rank_statistics import chance_above, mann_whitney_z
from ganarium.metrics.validation import refuse_features, refuse_numbers


def authenticity(train_nd: Tensor, fake_md: Tensor, block: int = BLOCK) -> float:
    """Share of fakes that lie farther from their nearest training row than that row's own nearest does.

    0 for copies; not symmetric (Alaa et al. 2022, arXiv 2102.08921). Fresh real samples reach ⅓ on a line, 0.38 in
    a plane and ½ or more where there are many dimensions, so it belongs beside that of held-out samples.
    """
    refuse_features(train=train_nd)
    distances, which = nearest(train_nd, fake_md, block)
    return authentic(train_nd, distances, which, block).double().mean().item()


def authentic(train_nd: Tensor, distances_m: Tensor, which_m: Tensor, block: int = BLOCK) -> Tensor:
    """Which fakes are so, bool [m], by what `nearest` found of them."""
    return nearest_other(train_nd, which_m, block) < distances_m


def nearer_share(held_out_m: Tensor, fake_n: Tensor) -> float:
    """Chance that a fake lies nearer to the training data than a held-out sample; ½ is usual, 1 − it when exchanged."""
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    return chance_above(held_out_m, fake_n)


def copying_z(held_out_m: Tensor, fake_n: Tensor) -> float:
    """C_T, the whole space as one cell (Meehan et al. 2020, arXiv 2004.05675): far below 0 means copying.

    In standard errors: about N(0, 1) for fresh real samples; far above 0 means that fakes lie off the data.
    """
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    return mann_whitney_z(fake_n, held_out_m)


def distance_ratio(held_out_m: Tensor, fake_n: Tensor) -> float:
    """Median distance of fakes over that of held-out samples: 1 is usual, below it nearer to the training data."""
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    usual = held_out_m.double().quantile(0.5).item()
    if usual <= 0:
        raise InputError("half of the held-out samples or more are copies of training rows: hold out other ones")
    return fake_n.double().quantile(0.5).item() / usual


def copied_share(held_out_m: Tensor, fake_n: Tensor, quantile: float = 0.001) -> Estimate:
    """Estimated share of fakes that are copies: those as near to a training row as hardly any held-out sample is.

    s fakes of a hundred lie within the held-out samples' `quantile`, where q held-out ones of a hundred lie; if all
    but the copies are like those, (s − q)/(1 − q) are copies, maybe slightly below 0. A copy that was changed by
    more than that distance is not counted. The error is that over draws of the fakes, for these held-out samples.
    """
    refuse_numbers(held_out=held_out_m, fake=fake_n)
    if not 0 < quantile < 1:
        raise InputError(f"quantile {quantile}: need a number between 0 and 1")
    held_out = held_out_m.double().sort().values
    limit = held_out[max(0, int(quantile * len(held_out)) - 1)]
    usual = (held_out <= limit).double().mean().item()
    if usual == 1:
        raise InputError("all held-out samples lie equally near to the training rows: hold out other ones")
    near = share(fake_n.double() <= limit)
    return Estimate((near.value - usual) / (1 - usual), near.error / (1 - usual))
