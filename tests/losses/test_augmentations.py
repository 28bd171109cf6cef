"""Changes of pictures: nothing at their middle, the stated range at their ends, and slopes all the way through."""

import numpy as np
import pytest
import torch
from torch import Tensor

from ganarium.core.random_streams import Streams, normal, uniform
from ganarium.losses.augmentations import OUTSIDE, brightened, contrasted, cut_out, saturated, translated

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
    cut = cut_out(x, torch.tensor([[0.5, 0.5], [0.0, 0.0]]), 0.5, "earlier")
    assert (cut[0] == 0).sum() == 3 * 6 * 10
    assert (cut[0, :, 3:9, 5:15] == 0).all()
    assert (cut[1] == 0).sum() == 3 * 3 * 5


def drawn(n: int) -> Tensor:
    """Numbers of which every one of n places of each axis gets the same, and each pair of places once."""
    evenly = (torch.arange(n) + 0.5) / n
    return torch.cartesian_prod(evenly, evenly)


def authors_cutouts(side: int, share: float) -> list[list[int]]:
    """Which places of one side each of the authors' equally likely cutouts loses (DiffAugment_pytorch.py)."""
    size = int(side * share + 0.5)
    offsets = range(side + (1 - size % 2))
    return [
        sorted({min(max(place + offset - size // 2, 0), side - 1) for place in range(size)} if size else set())
        for offset in offsets
    ]


@pytest.mark.slow
@pytest.mark.parametrize("side", [16, 19, 20, 28, 30])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.25, 0.5, 0.6, 1.0])
def test_cutouts_have_the_authors_law_of_sizes_and_places_also_over_the_border(side: int, share: float):
    theirs = authors_cutouts(side, share)
    chances = drawn(len(theirs))
    kept = cut_out(torch.ones(len(chances), 1, side, side), chances, share)[:, 0]
    ours = [(rows, columns) for rows in theirs for columns in theirs]
    for image, (rows, columns) in zip(kept, ours, strict=True):
        expected = torch.ones(side, side)
        expected[torch.tensor(rows, dtype=torch.long)[:, None], torch.tensor(columns, dtype=torch.long)] = 0
        assert torch.equal(image, expected)


@pytest.mark.parametrize("side", [16, 19, 20, 28, 30])
@pytest.mark.parametrize("share", [0.25, 0.5])
def test_all_places_of_a_cutout_are_equally_likely(side: int, share: float):
    theirs, often = authors_cutouts(side, share), 20
    down = (torch.arange(often * len(theirs)) + 0.5) / (often * len(theirs))
    kept = cut_out(torch.ones(len(down), 1, side, side), torch.stack([down, torch.full_like(down, 0.5)], 1), share)
    lost = [column.eq(0).nonzero().flatten().tolist() for column in kept[:, 0, :, side // 2]]
    assert [lost.count(rows) for rows in theirs] == [often] * len(theirs)


@pytest.mark.parametrize("side", [4, 16, 20, 28, 36])
@pytest.mark.parametrize("share", [0.125, 0.2])
def test_moves_reach_as_far_as_in_the_authors_code_and_are_equally_likely(side: int, share: float):
    far = int(side * share + 0.5)
    chances = drawn(2 * far + 1)
    x = torch.zeros(len(chances), 1, side, side)
    x[:, :, side // 2, side // 2] = 1
    places = translated(x, chances, share).nonzero()[:, 2:] - side // 2
    expected = [[down, right] for down in range(-far, far + 1) for right in range(-far, far + 1)]
    assert sorted(places.tolist()) == expected


def test_the_earlier_law_reaches_one_pixel_less_at_sides_of_4_20_36():
    for side, most in ((4, 0), (20, 2), (36, 4), (28, 4), (12, 2)):
        x = torch.zeros(1, 1, side, side)
        x[:, :, side // 2, side // 2] = 1
        reached = translated(x, torch.zeros(1, 2), 0.125, "earlier").nonzero()[0, 2:]
        assert reached.tolist() == [side // 2 + most] * 2


@pytest.mark.parametrize(("height", "width", "share"), [(8, 12, 0.25), (5, 3, 0.9), (4, 4, 1.0), (1, 6, 0.5)])
def test_reflected_images_are_those_of_a_padding_by_reflection(height: int, width: int, share: float):
    x = pictures(9, 2, height, width)
    numbers = Streams(1).at("numbers", uniform(9, 2), 0)
    moved = translated(x, numbers, share, padding="reflect")
    for image, seen, (down, right) in zip(x.numpy(), moved.numpy(), numbers.tolist(), strict=True):
        far = [int(share * side + 0.5) for side in (height, width)]
        framed = np.pad(image, ((0, 0), (far[0], far[0]), (far[1], far[1])), mode="reflect")
        top, left = int(down * (2 * far[0] + 1)), int(right * (2 * far[1] + 1))
        assert (seen == framed[:, top : top + height, left : left + width]).all()


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
