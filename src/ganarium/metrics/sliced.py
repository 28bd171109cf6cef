"""Sliced Wasserstein distance along random or given directions (Rabin et al. 2011; Bonneel et al. 2015)."""

import torch
from torch import Tensor

from ganarium.core.arguments import whole_number
from ganarium.core.errors import InputError
from ganarium.core.random_streams import Streams, normal
from ganarium.metrics.validation import Array, features

DIRECTIONS = 64
BLOCK = 100  # directions processed at once


def sliced_wasserstein(
    real_nd: Array,
    fake_md: Array,
    directions_kd: Array | int = DIRECTIONS,
    p: int = 2,
    block: int = BLOCK,
    sorted_real: Tensor | None = None,
) -> float:
    """Return the sliced Wasserstein distance (mean of W_p^p over all directions)^(1/p), for p = 1 or 2.

    Symmetric, in the unit of the features; samples may differ in size. The distance shrinks as samples grow, so also
    report the value for two real samples of the same sizes.
    directions_kd: the number of random directions, always the same ones, or the directions [k, d], which are normalized
    sorted_real: precomputed result of `sorted_along` for the real rows and these directions
    """
    if isinstance(directions_kd, int):
        real_nd, fake_md = features(1, real=real_nd, fake=fake_md)
        directions_kd = fixed_directions(whole_number("directions", directions_kd, 1), real_nd.shape[1]).to(
            real_nd.device
        )
    else:
        real_nd, fake_md, directions_kd = features(1, real=real_nd, fake=fake_md, directions=directions_kd)
    if p not in (1, 2):
        raise InputError(f"p={p} is not supported; use p=1 or p=2")
    real_nk = sorted_along(real_nd, directions_kd, block) if sorted_real is None else sorted_real
    both = (torch.split(rows, block, 1) for rows in (real_nk, sorted_along(fake_md, directions_kd, block)))
    powers = [_transport(real, fake, p) for real, fake in zip(*both, strict=True)]
    return float(torch.cat(powers).mean() ** (1 / p))


def fixed_directions(k: int, d: int) -> Tensor:
    """Return k random directions in d dimensions, always the same ones: float32 [k, d], not normalized."""
    return Streams(0).at("judgement.directions", normal(k, d), 0)


def sorted_along(x_nd: Tensor, directions_kd: Tensor, block: int = BLOCK) -> Tensor:
    """Return the sorted projections of the rows onto each normalized direction: float64 [n, k].

    Raise InputError for a direction of length 0.
    """
    lengths = directions_kd.double().norm(dim=1, keepdim=True)
    if not (lengths > 0).all():
        raise InputError("at least one direction has length 0; draw directions from a normal distribution")
    x_nd, unit_kd = x_nd.double(), directions_kd.double() / lengths
    return torch.cat([(x_nd @ part.T).sort(0).values for part in torch.split(unit_kd, block)], 1)


def _transport(real_nk: Tensor, fake_mk: Tensor, p: int) -> Tensor:
    """Return W_p^p between the two sorted samples of each column: [k]."""
    n, m = len(real_nk), len(fake_mk)
    # quantile levels in units of 1/(nm), where either sample's quantile function steps
    reals, fakes = (torch.arange(1, count + 1, device=real_nk.device) for count in (n, m))
    levels = torch.cat([reals * m, fakes * n]).sort().values
    weights = torch.diff(levels, prepend=levels.new_zeros(1)).double() / (n * m)
    apart = real_nk[(levels - 1) // m] - fake_mk[(levels - 1) // n]
    return weights @ apart.abs() ** p
