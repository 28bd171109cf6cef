"""Changes of pictures: nothing at their middle, the stated range at their ends, and slopes all the way through."""

import pytest
import torch
from torch import Tensor

from ganarium.core.streams import Streams, normal, uniform
from ganarium.maths.augment import OUTSIDE, brightened, contrasted, cut_out, saturated, translated

MIDDLE, MIDDLES = torch.full((4,), 0.5), torch.full((4, 2), 0.5)


def pictures(*shape: int) -> Tensor:
    return Streams(0).at("pictures", normal(*shape), 0)


def test_at_their_middle_they_change_nothing_bit_for_bit():
    x = pictures(4, 3, 9, 12)
    for change in (brightened, saturated, contrasted):
        assert torch.equal(change(x, MIDDLE, 1.0), x)
    assert torch.equal(translated(x, MIDDLES, 0.25), x)
    assert torch.equal(cut_out(x, MIDDLES + OUTSIDE, 0.5), x)


def test_brightness_saturation_and_contrast_reach_their_ends():
    x, low, high = pictures(4, 3, 9, 12), torch.zeros(4), torch.ones(4)
    assert torch.allclose(brightened(x, low, 1.0), x - 0.5)
    grey, mean = x.mean(1, keepdim=True), x.mean((1, 2, 3), keepdim=True)
    assert torch.allclose(saturated(x, low, 1.0), grey.expand_as(x), atol=1e-6)
    assert torch.allclose(saturated(x, high, 1.0), grey + 2 * (x - grey), atol=1e-6)
    assert torch.allclose(contrasted(x, low, 1.0), mean + (x - mean) / 2, atol=1e-6)
    assert torch.allclose(contrasted(x, high, 1.0), mean + 1.5 * (x - mean), atol=1e-6)


def test_a_dot_moves_to_every_place_within_reach_equally_often_and_no_farther():
    n, far = 20_000, 2
    x = torch.zeros(n, 1, 11, 16)
    x[:, :, 5, 8] = 1
    moved = translated(x, Streams(0).at("places", uniform(n, 2), 0), 0.15)
    assert (moved.sum((1, 2, 3)) == 1).all()
    counts = moved.sum((0, 1))
    reached = counts[5 - far : 6 + far, 8 - far : 9 + far]
    assert reached.sum() == n
    expected = n / (2 * far + 1) ** 2
    assert (reached - expected).abs().max() < 5 * expected**0.5


@pytest.mark.parametrize(
    ("numbers", "down", "right"), [((0.0, 0.0), 1, 2), ((0.999, 0.5), -1, 0), ((0.5, 0.999), 0, -2)]
)
def test_what_comes_in_from_outside_is_zero(numbers: tuple[float, float], down: int, right: int):
    x = pictures(1, 2, 8, 16)
    moved = translated(x, torch.tensor([numbers]), 0.125)
    inside = (slice(None), slice(None), slice(max(0, down), 8 + min(0, down)), slice(max(0, right), 16 + min(0, right)))
    assert torch.equal(moved[inside], torch.roll(x, (down, right), (2, 3))[inside])
    assert moved.count_nonzero() == moved[inside].numel()


def test_a_rectangle_of_half_of_each_side_is_lost_and_less_at_the_rim():
    x = torch.ones(2, 3, 12, 20)
    cut = cut_out(x, torch.tensor([[0.5, 0.5], [0.0, 0.0]]), 0.5)
    assert (cut[0] == 0).sum() == 3 * 6 * 10
    assert (cut[0, :, 3:9, 5:15] == 0).all()
    assert (cut[1] == 0).sum() == 3 * 3 * 5


def test_slopes_pass_through_every_change():
    numbers = Streams(0).at("numbers", uniform(4, 2), 0)
    for change in (
        lambda x: brightened(x, numbers[:, 0], 1.0),
        lambda x: saturated(x, numbers[:, 0], 1.0),
        lambda x: contrasted(x, numbers[:, 0], 1.0),
        lambda x: translated(x, numbers, 0.2),
        lambda x: cut_out(x, numbers, 0.5),
    ):
        assert torch.autograd.gradcheck(change, (pictures(4, 3, 4, 5).double().requires_grad_(),))
