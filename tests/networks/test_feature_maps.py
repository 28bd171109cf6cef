"""What families of maps share: sides, margins, attention and noise in each place."""

import pytest
import torch
from torch import Tensor, nn

from ganarium.config.layers import StagesConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Subject
from ganarium.networks.feature_maps import Attention, PixelNoise, Pyramid, attention_after, channels, pyramid
from ganarium.networks.init import initialize


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return Streams(seed).at("x", normal(*shape), 0).double()


def filled(layer: nn.Module) -> nn.Module:
    for tensor in layer.parameters():
        tensor.data.fill_(float("nan"))
    initialize(layer, "he", lambda part, draw: Streams(0).at(part, draw, 0))
    return layer.double()


def of(height: int, width: int, stages: int | None = None) -> Pyramid:
    return pyramid(StagesConfig(stages=stages), Subject((1, height, width)), "generator", "conv")


@pytest.mark.parametrize(
    ("shape", "maps"),
    [
        ((16, 16), [(16, 16), (8, 8), (4, 4)]),
        ((28, 28), [(28, 28), (14, 14), (7, 7)]),
        ((32, 32), [(32, 32), (16, 16), (8, 8), (4, 4)]),
        ((60, 60), [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]),
        ((64, 64), [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]),
        ((128, 128), [(128, 128), (64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]),
        ((24, 40), [(24, 40), (12, 20), (6, 10)]),
        ((33, 17), [(36, 20), (18, 10), (9, 5)]),
        ((16, 128), [(16, 128), (8, 64), (4, 32)]),
    ],
)
def test_each_map_is_half_of_the_one_before_and_the_coarsest_has_4_to_7_pixels(
    shape: tuple[int, int], maps: list[tuple[int, int]]
):
    made = of(*shape)
    assert [made.sides(number) for number in range(made.halvings + 1)] == maps


def test_every_side_has_a_coarsest_map_of_4_to_7_pixels_and_less_than_one_of_them_is_margin():
    for side in range(16, 129):
        made = of(side, 128)
        assert 4 <= made.sides(made.halvings)[0] <= 7
        assert 0 <= made.sides(0)[0] - side < 2**made.halvings


def test_the_number_of_halvings_can_be_chosen():
    assert of(28, 28, 1).sides(1) == (14, 14)
    assert of(28, 28, 4).sides(4) == (2, 2)
    assert of(28, 28, 4).sides(0) == (32, 32)


@pytest.mark.parametrize("shape", [(28, 28), (60, 60), (33, 17), (17, 50)])
def test_a_picture_lies_in_the_middle_of_its_margin_of_zeros(shape: tuple[int, int]):
    made, x = of(*shape, 3), numbers(2, 3, *shape)
    padded = made.padded(x)
    assert padded.shape == (2, 3, *made.sides(0))
    assert torch.equal(made.cropped(padded), x)
    assert padded.abs().sum() == pytest.approx(x.abs().sum().item())
    for dim in (2, 3):
        used = (padded != 0).any(1).any(0).any(3 - dim)
        before, after = used.nonzero().min().item(), (used.flip(0)).nonzero().min().item()
        assert after - before in (0, 1)


def test_channels_double_until_they_are_as_many_as_may_be():
    assert channels(StagesConfig(width=64, max_channels=512), 5) == [64, 128, 256, 512, 512]
    assert channels(StagesConfig(width=16, max_channels=16), 2) == [16, 16]
    assert channels(StagesConfig(width=32, max_channels=8), 1) == [8]


@pytest.mark.parametrize(
    ("shape", "stages", "message"),
    [
        ((2,), None, "generator=conv supports images only: for points, use generator=dense"),
        (
            (1, 15, 16),
            None,
            "generator=conv supports images with sides of 16 to 128 pixels, not 15×16: use another data.size, "
            "or generator=dense",
        ),
        (
            (3, 128, 129),
            None,
            "generator=conv supports images with sides of 16 to 128 pixels, not 128×129: use another data.size, "
            "or generator=dense",
        ),
        ((1, 16, 28), 5, "generator.stages=5: a side of 16 pixels can be halved at most 4 times"),
    ],
)
def test_what_cannot_be_made_of_maps_is_refused(shape: tuple[int, ...], stages: int | None, message: str):
    with pytest.raises(SettingsError) as refused:
        pyramid(StagesConfig(stages=stages), Subject(shape), "generator", "conv")
    assert str(refused.value) == message


def test_a_refusal_names_its_player():
    with pytest.raises(SettingsError) as refused:
        pyramid(StagesConfig(), Subject((2,)), "discriminator", "residual")
    assert str(refused.value) == "discriminator=residual supports images only: for points, use discriminator=dense"


def test_attention_begins_as_nothing_and_learns_from_the_first_step_on():
    layer, x = filled(Attention(16)), numbers(2, 16, 3, 5)
    made = layer(x)
    assert torch.equal(made, x)
    (slope,) = torch.autograd.grad(made.square().sum(), layer.gamma)
    assert slope.abs() > 1e-3


def test_attention_is_its_papers_sum_over_all_places():
    layer, x = filled(Attention(16)), numbers(2, 16, 3, 5)
    layer.gamma.data.fill_(0.7)
    for convolution in (layer.keys, layer.queries, layer.values, layer.back):
        convolution.bias.data.copy_(numbers(len(convolution.bias), seed=3))
    f, g, h, v = (
        (convolution.weight[:, :, 0, 0], convolution.bias[:, None])
        for convolution in (layer.keys, layer.queries, layer.values, layer.back)
    )
    assert f[0].shape == (2, 16)  # an eighth of the channels
    for sample, made in zip(x.flatten(2), layer(x).flatten(2), strict=True):
        keys, queries, values = (weight @ sample + bias for weight, bias in (f, g, h))
        for j in range(15):
            likeness = torch.stack([(keys[:, i] * queries[:, j]).sum() for i in range(15)]).exp()
            seen = sum(likeness[i] / likeness.sum() * values[:, i] for i in range(15))
            expected = sample[:, j] + 0.7 * (v[0] @ seen + v[1][:, 0])
            assert torch.allclose(made[:, j], expected, rtol=0, atol=1e-12)


def test_attention_follows_places_wherever_they_are_moved():
    layer, x = filled(Attention(8)), numbers(2, 8, 4, 4)
    layer.gamma.data.fill_(1)
    order = Streams(0).at("order", normal(16), 0).argsort()
    moved = x.flatten(2)[:, :, order].view_as(x)
    assert torch.allclose(layer(moved).flatten(2), layer(x).flatten(2)[:, :, order], rtol=0, atol=1e-12)


def test_attention_has_at_least_one_inner_channel():
    assert filled(Attention(3))(numbers(1, 3, 2, 2)).shape == (1, 3, 2, 2)


def test_attention_comes_after_a_stage_that_there_is():
    assert attention_after(0, 3, 8, "generator") is None
    assert isinstance(attention_after(3, 3, 8, "generator"), Attention)
    for last, message in [
        (2, "discriminator.attention=3: there is no feature map after that stage; use at most 2, or 0 for none"),
        (
            0,
            "discriminator.attention=3: there is no feature map after that stage; use 0 for none, or more "
            "discriminator.stages",
        ),
    ]:
        with pytest.raises(SettingsError) as refused:
            attention_after(3, last, 8, "discriminator")
        assert str(refused.value) == message


def test_one_plane_of_noise_is_scaled_for_each_channel_and_felt_from_the_start():
    layer, x, plane = filled(PixelNoise(3)), numbers(2, 3, 4, 5), numbers(2, 1, 4, 5, seed=1)
    assert torch.allclose(layer(x, plane) - x, plane.expand(-1, 3, -1, -1))
    layer.strength.data.copy_(torch.tensor([0.0, -2.0, 1.0]))
    made = layer(x, plane)
    assert torch.equal(made[:, 0], x[:, 0])
    assert torch.allclose(made[:, 1], x[:, 1] - 2 * plane[:, 0])
