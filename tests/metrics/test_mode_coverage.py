import math

import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, integers, normal
from ganarium.metrics.mode_coverage import ModeReport, mode_report

STREAMS = Streams(0)
ANGLE = 2 * math.pi * torch.arange(8) / 8
RING = torch.stack([ANGLE.cos(), ANGLE.sin()], 1)
SIGMA = 0.01


def sample(n: int = 2500, step: int = 0, modes: int = 8, narrow: float = 1.0) -> Tensor:
    """Points of the law itself, of its first modes alone, or narrower."""
    which = STREAMS.at(f"which.{modes}", integers(n, high=modes), step)
    return RING[which] + narrow * SIGMA * STREAMS.at("noise", normal(n, 2), step)


def judged(points: Tensor) -> ModeReport:
    return mode_report(RING, SIGMA, points)


def test_three_points_by_hand():
    found = mode_report(
        torch.tensor([[0.0, 0], [100, 0]]), 2.0, torch.tensor([[0.0, 5.9], [5, 5], [6.1, 0], [101, 0], [99, 0]])
    )
    assert (found.captured, found.half_captured) == (2, 1)  # half of 5/2 is more than one point
    assert found.in_disc == 3 / 5
    assert found.in_box == 4 / 5
    assert found.kl == pytest.approx(1 / 3 * math.log(2 / 3) + 2 / 3 * math.log(4 / 3))
    assert found.kl_floor == pytest.approx(1 / 6)
    assert found.spread_k[0].isnan()
    assert found.spread_k[1].item() == pytest.approx(math.sqrt(2 / 2) / 2 / 0.97439, rel=1e-4)


def test_the_law_itself_reaches_the_ceilings_and_the_floor():
    repeats = [judged(sample(step=step)) for step in range(40)]
    assert all(found.captured == found.half_captured == 8 for found in repeats)
    discs, boxes, kls, floors = torch.tensor([[r.in_disc, r.in_box, r.kl, r.kl_floor] for r in repeats]).mean(0)
    assert discs.item() == pytest.approx(0.98889, abs=0.001)
    assert boxes.item() == pytest.approx(0.99461, abs=0.001)
    assert kls.item() == pytest.approx(floors.item(), rel=0.2)
    assert floors.item() == pytest.approx(0.0014, abs=5e-5)
    spread = torch.stack([found.spread_k for found in repeats]).mean().item()
    assert spread == pytest.approx(1, abs=0.005)


@pytest.mark.parametrize("left", [7, 4, 1])
def test_dropped_modes_are_missed_and_cost_their_share(left):
    found = judged(sample(modes=left))
    assert (found.captured, found.half_captured) == (left, left)
    assert found.kl == pytest.approx(math.log(8 / left), abs=0.01)
    assert found.spread_k.isnan().sum() == 8 - left
    assert found.in_disc > 0.98


def test_one_stray_point_captures_a_mode_but_not_half_of_it():
    points = torch.cat([sample(modes=7), RING[7:]])
    assert (judged(points).captured, judged(points).half_captured) == (8, 7)


def test_narrow_modes_look_better_than_real_and_their_spread_tells():
    found = judged(sample(narrow=0.5))
    assert found.in_disc > 0.999
    assert found.spread_k.mean().item() == pytest.approx(0.5 / 0.97439, rel=0.03)


def test_noise_lowers_quality_step_by_step():
    reports = [judged(sample(narrow=strength)) for strength in (1, 1.5, 2, 4)]
    for name in ("in_disc", "in_box"):
        values = [getattr(found, name) for found in reports]
        assert values == sorted(values, reverse=True)
        assert values[-1] < 0.5
    assert reports[-1].spread_k.mean() > 1.3


def test_a_mode_that_is_off_its_centre_keeps_its_spread():
    shifted = judged(sample(narrow=0.5) + 0.01)
    assert shifted.spread_k.mean().item() == pytest.approx(0.5 / 0.97439, rel=0.05)


def test_without_a_good_point_there_is_no_histogram():
    found = judged(torch.zeros(10, 2))
    assert (found.captured, found.in_disc, found.kl, found.kl_floor) == (0, 0, math.inf, math.inf)
    assert found.spread_k.isnan().all()


def test_order_and_units_do_not_matter():
    points = sample(500)
    plain, turned = judged(points), mode_report(1000 * RING.flip(0), 1000 * SIGMA, 1000 * points.flip(0))
    assert plain[:4] == turned[:4]
    assert plain.kl == pytest.approx(turned.kl)
    assert plain.spread_k.tolist() == pytest.approx(turned.spread_k.flip(0).tolist(), rel=1e-4)
