"""Precision, recall, density and coverage, from balls that reach each sample's k-th nearest neighbour."""

from math import prod
from typing import NamedTuple

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.nearest_neighbours import BLOCK, distance_blocks, kth_distances
from ganarium.metrics.validation import Array, features, refuse_neighbours

EDGE = 1 - 1e-9  # factor on a ball's radius: points at the radius, up to rounding, are outside


class Manifold(NamedTuple):
    """Precision, recall, density and coverage; only density can exceed 1."""

    precision: float
    recall: float
    density: float
    coverage: float


def manifold_scores(
    real_nd: Array, fake_md: Array, k: int = 5, block: int = BLOCK, reach_real: Tensor | None = None
) -> Manifold:
    """Return precision and recall (Kynkäänniemi 2019, arXiv 1904.06991), density and coverage (Naeem 2020, 2002.09797).

    The ball around a sample reaches to its k-th nearest neighbour within its own set, excluding the boundary up to
    rounding.
    precision: share of fakes in at least one real ball; recall: share of real samples in at least one fake ball;
    density: mean number of real balls that contain a fake, divided by k;
    coverage: share of real balls that contain a fake.
    Exchanging the sets exchanges precision and recall; density and coverage are not symmetric.
    For two samples of one distribution, the mean density is 1 and the mean coverage is `expected_coverage`. Precision
    and recall have no known expectation, so also report their values for two real samples.
    reach_real: precomputed `kth_distances` of the real rows
    """
    refuse_neighbours(k)
    real_nd, fake_md = features(k + 1, real=real_nd, fake=fake_md)
    reach_real = kth_distances(real_nd, k, block) if reach_real is None else reach_real
    real_radius, fake_radius = EDGE * reach_real, EDGE * kth_distances(fake_md, k, block)
    balls_of_fake = torch.zeros_like(fake_radius)
    recalled, covered = torch.zeros_like(real_radius), torch.zeros_like(real_radius)
    for rows, distances in distance_blocks(real_nd, fake_md, block):
        in_real_ball = distances < real_radius[rows, None]
        balls_of_fake += in_real_ball.sum(0)
        covered[rows] = in_real_ball.any(1).double()
        recalled[rows] = (distances < fake_radius).any(1).double()
    return Manifold(
        precision=(balls_of_fake > 0).double().mean().item(),
        recall=recalled.mean().item(),
        density=balls_of_fake.mean().item() / k,
        coverage=covered.mean().item(),
    )


def expected_coverage(n: int, m: int, k: int = 5) -> float:
    """Return the expected coverage of n real samples by m fakes from the same distribution (Naeem 2020).

    The value is 1 − Π (n − i)/(n + m − i) over i = 1 … k.
    """
    refuse_neighbours(k)
    if n <= k or m < 1:
        raise InputError(
            f"{n} real and {m} fake rows are too few; pass more than {k} real rows and at least 1 fake row"
        )
    return 1 - prod((n - i) / (n + m - i) for i in range(1, k + 1))
