import math

import pytest
import torch
from scipy.stats import wasserstein_distance
from torch import Tensor

from ganarium.core.random_streams import Streams, normal
from ganarium.metrics.sliced import sliced_wasserstein

STREAMS = Streams(0)
LINE = torch.ones(1, 1)


def gaussian(name: str, n: int, d: int, step: int = 0) -> Tensor:
    return STREAMS.at(name, normal(n, d), step).double()


DIRECTIONS = gaussian("directions", 40, 3)


def test_a_shift_costs_its_length_along_each_direction():
    real, shift = gaussian("real", 100, 3), torch.tensor([1.0, -2, 0.5], dtype=torch.float64)
    along = (DIRECTIONS / DIRECTIONS.norm(dim=1, keepdim=True)) @ shift
    assert sliced_wasserstein(real, real + shift, DIRECTIONS, 1) == pytest.approx(along.abs().mean().item())
    expected = along.square().mean().sqrt().item()
    assert sliced_wasserstein(real, real + shift, DIRECTIONS, 2) == pytest.approx(expected)


def test_many_directions_see_a_shift_over_the_root_of_the_dimensions():
    real, shift = gaussian("real", 50, 3), torch.tensor([1.0, -2, 0.5])
    many = gaussian("many", 5000, 3)
    assert sliced_wasserstein(real, real + shift, many) == pytest.approx(math.sqrt(5.25 / 3), rel=0.02)


def test_gaussians_on_the_line_have_the_closed_forms():
    real, fake = gaussian("left", 20_000, 1), 1 + 2 * gaussian("right", 30_000, 1)
    w1 = math.sqrt(2 / math.pi) * math.exp(-1 / 2) + math.erf(1 / math.sqrt(2))
    assert sliced_wasserstein(real, fake, LINE, 1) == pytest.approx(w1, rel=0.02)
    assert sliced_wasserstein(real, fake, LINE, 2) == pytest.approx(math.sqrt(2), rel=0.02)


def test_unequal_sizes_agree_with_scipy_and_with_copying_rows_up_to_equal_ones():
    real, fake = gaussian("real", 35, 1), gaussian("fake", 21, 1) + 0.3
    peer = wasserstein_distance(real[:, 0].numpy(), fake[:, 0].numpy())
    assert sliced_wasserstein(real, fake, LINE, 1) == pytest.approx(peer, rel=1e-10)
    expected = sliced_wasserstein(real.repeat(3, 1), fake.repeat(5, 1), LINE, 2)
    assert sliced_wasserstein(real, fake, LINE, 2) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("p", [1, 2])
def test_is_symmetric_and_knows_neither_block_size_nor_the_directions_lengths(p):
    real, fake = gaussian("real", 60, 3), gaussian("fake", 45, 3) + 0.2
    whole = sliced_wasserstein(real, fake, DIRECTIONS, p)
    assert sliced_wasserstein(fake, real, DIRECTIONS, p) == pytest.approx(whole, rel=1e-12)
    assert sliced_wasserstein(real, fake, DIRECTIONS, p, block=7) == pytest.approx(whole, rel=1e-12)
    assert sliced_wasserstein(real, fake, -3 * DIRECTIONS, p) == pytest.approx(whole, rel=1e-12)


def test_is_zero_on_itself_in_any_order():
    real = gaussian("real", 60, 3)
    assert sliced_wasserstein(real, real.flip(0), DIRECTIONS) == 0


@pytest.mark.parametrize("p", [1, 2])
def test_grows_with_noise_and_with_a_dropped_half(p):
    real, fresh, noise = (gaussian(name, 300, 3) for name in ("real", "fresh", "noise"))
    values = [sliced_wasserstein(real, fresh + strength * noise, DIRECTIONS, p) for strength in (0, 0.5, 1, 2)]
    assert values == sorted(values)
    assert values[-1] > 5 * values[0]
    assert sliced_wasserstein(real, fresh[fresh[:, 0] > 0], DIRECTIONS, p) > 2 * values[0]
