import math

import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal, uniform
from ganarium.metrics.memorization import authenticity, copied_share, copying_z, distance_ratio, nearer_share
from ganarium.metrics.nearest_neighbours import nearest

STREAMS = Streams(0)
N, D = 1000, 5


def gaussian(name: str, n: int = N, step: int = 0) -> Tensor:
    return STREAMS.at(name, normal(n, D), step)


TRAIN, HELD_OUT, FRESH = gaussian("train"), gaussian("held out"), gaussian("fresh")


def distances(rows: Tensor) -> Tensor:
    return nearest(TRAIN, rows)[0]


USUAL = distances(HELD_OUT)


def with_copies(share: float, blur: float = 0.0) -> Tensor:
    """Fresh samples of which the first `share` are training rows, blurred."""
    copies = round(share * N)
    return torch.cat([TRAIN[:copies] + blur * gaussian("blur")[:copies], FRESH[copies:]])


def test_authenticity_by_hand():
    train = torch.tensor([[0.0], [1], [5]])  # nearest others at 1, 1, 4
    fakes = torch.tensor([[-0.5], [-1.5], [8], [9.5]])  # at 0.5 from 0, 1.5 from 0, 3 from 5, 4.5 from 5
    assert authenticity(train, fakes) == 2 / 4


@pytest.mark.parametrize(("d", "expected"), [(1, 1 / 3), (2, 1 - 6 * math.pi / (8 * math.pi + 3 * math.sqrt(3)))])
def test_authenticity_of_fresh_samples_is_the_chance_that_neighbours_are_not_mutual(d, expected):
    train, fresh = (STREAMS.at(name, uniform(3000, d), 0) for name in ("train", "fresh"))
    assert authenticity(train, fresh) == pytest.approx(expected, abs=0.03)


def test_authenticity_falls_with_copies_and_knows_no_block_size():
    shares = [authenticity(TRAIN, with_copies(share, 1e-3)) for share in (0, 0.05, 0.2, 1)]
    assert shares == sorted(shares, reverse=True)
    assert shares[-1] < 0.01
    assert authenticity(TRAIN, FRESH, block=33) == shares[0]


def test_fresh_samples_are_as_near_as_held_out_ones():
    fresh = distances(FRESH)
    assert nearer_share(USUAL, fresh) == pytest.approx(0.5, abs=3 * math.sqrt((2 * N + 1) / 12) / N)
    assert abs(copying_z(USUAL, fresh)) < 3
    assert distance_ratio(USUAL, fresh) == pytest.approx(1, abs=0.05)
    assert copied_share(USUAL, fresh).value == pytest.approx(0, abs=0.006)


def test_z_of_fresh_samples_is_standard_normal_whatever_the_training_rows():
    z = torch.tensor(
        [
            copying_z(*(nearest(gaussian("t", 100, s), gaussian(name, 100, s))[0] for name in ("h", "f")))
            for s in range(150)
        ]
    )
    assert abs(z.mean()) < 3 / math.sqrt(150)
    assert z.std().item() == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("blur", [0.0, 0.02])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_planted_copies_are_found_and_counted(share, blur):
    found = copied_share(USUAL, distances(with_copies(share, blur))).value
    assert found == pytest.approx(share, abs=0.004)


def test_many_copies_move_every_number_the_same_way():
    lists = [distances(with_copies(share)) for share in (0, 0.05, 0.2, 0.8)]
    z = [copying_z(USUAL, fake) for fake in lists]
    assert z == sorted(z, reverse=True)
    assert z[2] < -3
    nearer = [nearer_share(USUAL, fake) for fake in lists]
    assert nearer == sorted(nearer)
    assert nearer[3] > 0.85
    ratio = [distance_ratio(USUAL, fake) for fake in lists]
    assert ratio == sorted(ratio, reverse=True)
    assert ratio[3] == 0


def test_noise_is_not_taken_for_copying():
    noisy = distances(FRESH + 2 * gaussian("noise"))
    assert copied_share(USUAL, noisy).value <= 0
    assert copying_z(USUAL, noisy) > 10
    assert nearer_share(USUAL, noisy) < 0.2
    assert distance_ratio(USUAL, noisy) > 1.5


def test_exchange_turns_what_is_symmetric():
    fake = distances(with_copies(0.2))
    assert nearer_share(USUAL, fake) + nearer_share(fake, USUAL) == pytest.approx(1)
    assert copying_z(USUAL, fake) == pytest.approx(-copying_z(fake, USUAL))


def test_the_limit_is_a_held_out_distance_and_its_share_is_taken_off():
    held_out = torch.arange(1.0, 101)
    fakes = torch.tensor([0.5, 2, 2, 50])
    assert copied_share(held_out, fakes, 0.02).value == pytest.approx((0.75 - 0.02) / 0.98)
    assert copied_share(held_out, fakes, 0.001).value == pytest.approx((0.25 - 0.01) / 0.99)
