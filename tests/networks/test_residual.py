"""The residual family: its sizes, its first weights, its resampling, and what it refuses."""

from math import sqrt
from typing import TypeVar

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config import networks as settings_of
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Network, Subject
from ganarium.networks.feature_maps import Attention, PixelNoise
from ganarium.networks.init import initialize
from ganarium.networks.residual import (
    Block,
    Doubling,
    Entrance,
    Halving,
    NoisyBlock,
    ResidualDiscriminator,
    ResidualGenerator,
)

SMALL, DIGIT, LABELLED = Subject((1, 16, 16)), Subject((1, 28, 28)), Subject((1, 16, 16), 3)
doubled, halved = Doubling("centred"), Halving("centred")
shifted_up, shifted_down = Doubling("shifted"), Halving("shifted")
NARROW = {"width": 4, "max_channels": 8}

N = TypeVar("N", bound=Network)


def filled(network: N, seed: int = 0) -> N:
    initialize(network, network.init, lambda part, draw: Streams(seed).at(part, draw, 0))
    return network


def generator(subject: Subject = SMALL, **settings: object) -> ResidualGenerator:
    return filled(
        ResidualGenerator(settings_of.ResidualGeneratorConfig(**({"latent": 6} | NARROW | settings)), subject)
    )


def discriminator(subject: Subject = SMALL, **settings: object) -> ResidualDiscriminator:
    return filled(ResidualDiscriminator(settings_of.ResidualDiscriminatorConfig(**(NARROW | settings)), subject))


def numbers(*shape: int, seed: int = 1) -> Tensor:
    return Streams(seed).at("x", normal(*shape), 0)


def latents(of: ResidualGenerator, n: int = 3) -> Tensor:
    return Streams(1).at("latents", of.latents(n), 0)


def awake(network: N) -> N:
    """The network after some training, as it were: no block is the identity any more."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter += 0.1 * Streams(5).at(name, normal(*parameter.shape), 0)
    return network


def parameters(network: Network) -> int:
    return sum(part.numel() for part in network.parameters())


# a block of c channels has 11c² + 2c: 45,184 of 64, 11,328 of 32, 2,848 of 16
BLOCKS = 45_184 + 11_328 + 2_848
RESAMPLING = 64 * 32 + 32 * 16


def test_parameters_are_those_counted_by_hand():
    sizes = {"width": 16, "max_channels": 64, "blocks": 1, "expansion": 1}
    basis = 64 * 7 * 7 + 64 * 50
    assert parameters(generator(DIGIT, latent=50, **sizes)) == basis + BLOCKS + RESAMPLING + 16
    assert parameters(discriminator(DIGIT, **sizes)) == 16 + BLOCKS + RESAMPLING + 64 * 7 * 7 + 65


def test_labels_and_noise_add_what_they_must():
    plain = parameters(generator()), parameters(discriminator())
    assert parameters(generator(LABELLED)) - plain[0] == 3 * 8
    assert parameters(discriminator(LABELLED, conditioning="projection")) - plain[1] == 3 * 8
    assert parameters(discriminator(LABELLED, conditioning="concat")) - plain[1] == 3 * 4
    assert parameters(generator(pixel_noise=True)) - plain[0] == 8 + 8 + 4
    assert parameters(discriminator(Subject((1, 16, 16), outputs=4))) - plain[1] == 3 * 9


def test_the_papers_network_for_stacked_digits_has_its_20_7_million_parameters_for_each_player():
    sizes = {"width": 768, "max_channels": 768, "blocks": 2, "expansion": 2, "group_size": 16}
    with torch.device("meta"):
        stacked = Subject((3, 32, 32))
        made = ResidualGenerator(settings_of.ResidualGeneratorConfig(latent=64, **sizes), stacked)
        judged = ResidualDiscriminator(settings_of.ResidualDiscriminatorConfig(**sizes), stacked)
    block = 2 * 768 * 1536 + 9 * 16 * 1536 + 2 * 1536
    assert parameters(made) == 8 * block + 768 * 16 + 768 * 64 + 768 * 3 == 20_732_160
    assert parameters(judged) == 8 * block + 768 * 3 + 768 * 16 + 769 == 20_683_777


SHAPES = [(1, 16, 16), (3, 28, 28), (4, 32, 32), (1, 60, 60), (3, 17, 33), (1, 30, 19)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_pictures_have_their_shape_and_answers_theirs(shape: tuple[int, int, int]):
    made = generator(Subject(shape), width=2, pixel_noise=True)
    pictures = made(latents(made))
    assert pictures.shape == (3, *shape)
    judged = discriminator(Subject(shape), width=2)
    assert judged(pictures).shape == (3,)
    assert torch.equal(judged(pictures), judged.head(judged.features(pictures)))
    assert discriminator(Subject(shape, outputs=5), width=2)(pictures).shape == (3, 5)


@pytest.mark.parametrize(
    ("settings", "coarsest"),
    [
        ({}, (4, 4)),
        ({"stages": 1}, (8, 8)),
        ({"stages": 4}, (1, 1)),
        ({"blocks": 2, "expansion": 2, "group_size": 4}, (4, 4)),
        ({"attention": 1}, (4, 4)),
        ({"width": 3, "max_channels": 3}, (4, 4)),
    ],
    ids=str,
)
def test_every_setting_makes_and_judges_pictures_from_its_coarsest_map(settings: dict[str, int], coarsest: object):
    made, judged = awake(generator(**settings)), awake(discriminator(**settings))
    assert made.basis.map.shape[1:] == judged.weigh.weight.shape[1:] == coarsest
    assert judged(made(latents(made))).isfinite().all()
    for network in (made, judged):
        assert sum(isinstance(layer, Block) for layer in network.layers) == settings.get("blocks", 1) * (
            settings.get("stages", 2) + 1
        )
        assert [layer for layer in network.modules() if isinstance(layer, Attention)] == [
            layer for layer in network.layers if isinstance(layer, Attention)
        ]


@pytest.mark.parametrize("side", [2, 4])
def test_squares_of_pixels_are_the_channels_of_the_finest_stage(side: int):
    judged, made = (build(Subject((3, 17, 33)), space_to_depth=side) for build in (discriminator, generator))
    assert judged.enter.mix.weight.shape[1] == made.out.weight.shape[0] == 3 * side**2
    assert made(latents(made)).shape == (3, 3, 17, 33)
    finest, seen = judged.pyramid.sides(side // 2), []
    for network, number in ((judged, 0), (made, -1)):
        blocks = [layer for layer in network.layers if isinstance(layer, Block)]
        blocks[number].register_forward_hook(lambda _layer, _inputs, output: seen.append(tuple(output.shape[2:])))
    made(latents(made)), judged(numbers(2, 3, 17, 33))
    assert seen == [finest, finest]


def test_with_squares_of_pixels_each_pixel_is_seen_and_made_once():
    judged = discriminator(space_to_depth=2)
    pictures = numbers(1, 1, 16, 16)
    assert torch.equal(nn.PixelShuffle(2)(judged.to_channels(pictures)), pictures)
    slope = torch.autograd.grad(awake(judged)(pictures.requires_grad_()).sum(), pictures)[0]
    assert (slope != 0).all()


def test_squares_larger_than_the_coarsest_map_allows_are_refused():
    for player, build in (("generator", generator), ("discriminator", discriminator)):
        with pytest.raises(SettingsError, match=rf"use {player}\.stages=2 or more, or {player}\.space_to_depth=2"):
            build(stages=1, space_to_depth=4)
        build(stages=2, space_to_depth=4)


def test_groups_have_the_size_that_is_asked_for():
    block = next(layer for layer in discriminator(expansion=2, group_size=4).layers if isinstance(layer, Block))
    assert block.look.weight.shape == (8, 4, 3, 3)
    assert discriminator(expansion=2).layers[0].look.weight.shape == (8, 8, 3, 3)


def test_attention_looks_at_the_map_after_its_stage_counted_from_the_input():
    subject, seen = Subject((1, 32, 24)), []
    made, judged = generator(subject, stages=3, attention=1), discriminator(subject, stages=3, attention=1)
    for network in (made, judged):
        (attention,) = [layer for layer in network.layers if isinstance(layer, Attention)]
        attention.register_forward_hook(lambda _layer, _inputs, output: seen.append(tuple(output.shape[1:])))
    judged(made(latents(made)))
    assert seen == [(8, 8, 6), (8, 16, 12)]


def test_the_whole_map_has_no_attention_in_a_generator_and_the_coarsest_one_has_in_a_discriminator():
    with pytest.raises(SettingsError, match=r"generator\.attention=2: "):
        generator(attention=2)
    assert any(isinstance(layer, Attention) for layer in discriminator(attention=2).layers)


LOW_PASS = torch.tensor([1.0, 3.0, 3.0, 1.0]).double()  # R3GAN's code: [1, 2, 1] convolved with [1, 1]


@pytest.mark.parametrize("side", [1, 2, 7, 8])
def test_doubling_is_the_authors_kernel_and_keeps_constants_up_to_the_edge(side: int):
    x = numbers(2, 3, side, side + 1).double()
    made = doubled(x)
    assert made.shape == (2, 3, 2 * side, 2 * side + 2)
    kernel = 4 * torch.outer(LOW_PASS, LOW_PASS)[None, None] / 64
    spread = F.conv_transpose2d(x.flatten(0, 1)[:, None], kernel, stride=2, padding=1).view_as(made)
    assert torch.allclose(made[..., 1:-1, 1:-1], spread[..., 1:-1, 1:-1], rtol=0, atol=1e-14)
    assert torch.allclose(made[..., 0, 0], x[..., 0, 0], rtol=0, atol=1e-14)
    assert torch.allclose(made[..., -1, -1], x[..., -1, -1], rtol=0, atol=1e-14)
    assert torch.allclose(made, F.interpolate(x, scale_factor=2, mode="bilinear"), rtol=0, atol=1e-14)


@pytest.mark.parametrize("side", [2, 4, 14])
def test_halving_is_the_authors_kernel_and_keeps_constants_up_to_the_edge(side: int):
    x = numbers(2, 3, side, side + 2).double()
    made = halved(x)
    assert made.shape == (2, 3, side // 2, side // 2 + 1)
    kernel = torch.outer(LOW_PASS, LOW_PASS)[None, None] / 64
    gathered = F.conv2d(x.flatten(0, 1)[:, None], kernel, stride=2, padding=1).view_as(made)
    assert torch.allclose(made[..., 1:-1, 1:-1], gathered[..., 1:-1, 1:-1], rtol=0, atol=1e-14)
    assert torch.allclose(halved(torch.full_like(x, 3)), torch.tensor(3.0).double(), rtol=0, atol=1e-14)


def test_at_its_edge_a_halving_weighs_what_is_there():
    x = torch.zeros(1, 1, 2, 8).double()
    x[..., 0], x[..., 1] = 7, 14
    assert torch.allclose(halved(x), torch.tensor([9, 1.75, 0, 0]).double())  # (3·7 + 3·14 + 0)/7, (14 + 0 + 0 + 0)/8


@pytest.mark.parametrize("resample", [doubled, halved])
def test_a_mirrored_map_is_resampled_to_the_mirror_of_what_it_was(resample: nn.Module):
    x = numbers(1, 2, 8, 6).double()
    for axis in (2, 3):
        assert torch.allclose(resample(x.flip(axis)), resample(x).flip(axis), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("kind", "mirrors"), [("centred", True), ("shifted", False)])
def test_with_convolutions_of_one_pixel_a_discriminator_sees_a_mirrored_image_mirrored(kind: str, mirrors: bool):
    network = discriminator(resampling=kind)
    x = numbers(4, 1, 16, 16)  # no block has left the identity yet
    seen, other = (network.layers(network.enter(images, None)) for images in (x, x.flip(3)))
    assert torch.allclose(other, seen.flip(3), atol=1e-5) == mirrors


@pytest.mark.parametrize("side", [1, 2, 7, 8])
def test_the_shifted_doubling_is_the_kernel_1_2_1_between_zeros_and_keeps_constants_up_to_the_edge(side: int):
    x = numbers(2, 3, side, side + 1).double()
    made = shifted_up(x)
    assert made.shape == (2, 3, 2 * side, 2 * side + 2)
    kernel = torch.tensor([0.5, 1, 0.5]).double()
    spread = F.conv_transpose2d(
        x.flatten(0, 1)[:, None], torch.outer(kernel, kernel)[None, None], stride=2, padding=1, output_padding=1
    ).view_as(made)
    assert torch.allclose(made[..., :-1, :-1], spread[..., :-1, :-1], rtol=0, atol=1e-14)
    assert torch.allclose(made[..., -1, :], made[..., -2, :], rtol=0, atol=1e-14)
    assert torch.equal(made[..., ::2, ::2], x)
    assert torch.allclose(shifted_up(torch.full_like(x, 3)), torch.tensor(3.0).double(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("side", [2, 4, 14])
def test_the_shifted_halving_is_the_kernel_1_2_1_at_every_other_place_and_keeps_constants_up_to_the_edge(side: int):
    x = numbers(2, 3, side, side + 2).double()
    made = shifted_down(x)
    assert made.shape == (2, 3, side // 2, side // 2 + 1)
    kernel = torch.tensor([0.25, 0.5, 0.25]).double()
    gathered = F.conv2d(x.flatten(0, 1)[:, None], torch.outer(kernel, kernel)[None, None], stride=2, padding=1)
    assert torch.allclose(made[..., 1:, 1:], gathered.view_as(made)[..., 1:, 1:], rtol=0, atol=1e-14)
    assert torch.allclose(shifted_down(torch.full_like(x, 3)), torch.tensor(3.0).double(), rtol=0, atol=1e-14)


def test_at_its_edge_the_shifted_halving_weighs_what_is_there():
    x = torch.zeros(1, 1, 2, 8).double()
    x[..., 0], x[..., 1] = 3, 6
    assert torch.allclose(shifted_down(x), torch.tensor([4, 1.5, 0, 0]).double())  # (2·3 + 6)/3, (6 + 2·0 + 0)/4


def test_resampling_is_differentiated_twice():
    x = numbers(1, 1, 2, 3).double().requires_grad_()
    for resample in (doubled, shifted_up, lambda x: halved(doubled(x)), lambda x: shifted_down(shifted_up(x))):
        assert torch.autograd.gradgradcheck(lambda x, resample=resample: resample(x).square(), x)


@pytest.mark.parametrize("blocks", [1, 3])
def test_first_weights_are_those_of_fixup(blocks: int):
    network = discriminator(DIGIT, width=32, max_channels=64, blocks=blocks, expansion=2)
    gain = sqrt(2 / 1.04) * (3 * blocks) ** -0.25
    block = next(layer for layer in network.layers if isinstance(layer, Block))
    assert block.enter.weight.std().item() == pytest.approx(
        gain / sqrt(32), rel=0.06
    )  # 3 sd of 2,048 weights' estimate
    assert block.look.weight.std().item() == pytest.approx(gain / sqrt(9 * 64), rel=0.02)
    assert not block.leave.weight.any()
    assert not block.enter.bias.any()
    assert not block.look.bias.any()
    assert block.leave.bias is None
    assert network.weigh.weight.std().item() == pytest.approx(1 / 7, rel=0.04)
    mixing = network.layers[blocks + 1]
    assert mixing.weight.std().item() == pytest.approx(1 / sqrt(32), rel=0.05)


def test_a_generators_first_map_has_deviation_1():
    network = generator(DIGIT, latent=50, width=64, max_channels=256)
    assert network.basis.map.std().item() == pytest.approx(1, rel=0.02)
    assert network.basis.scale.std().item() == pytest.approx(1 / sqrt(50), rel=0.02)
    assert network.basis(latents(network, 40)).std().item() == pytest.approx(1, rel=0.1)


def test_every_block_begins_as_the_identity_and_learns_through_its_last_layer():
    network = discriminator()
    blocks = [layer for layer in network.layers if isinstance(layer, Block)]
    assert len(blocks) == 3
    for block in blocks:
        x = numbers(2, block.enter.in_channels, 4, 4)
        assert torch.equal(block(x), x)
    network(numbers(2, 1, 16, 16)).sum().backward()
    for block in blocks:
        assert block.leave.weight.grad.abs().min() > 0
        assert not block.enter.weight.grad.any()
        assert not block.look.weight.grad.any()


def test_a_block_adds_its_branch():
    block = Block(4, 8, 2, 1.0)
    initialize(block, "he", lambda part, draw: Streams(0).at(part, draw, 0))
    with torch.no_grad():
        for part in (block.leave.weight, block.look.bias, block.enter.bias):
            part.copy_(numbers(*part.shape))
    x = numbers(2, 4, 5, 5)
    inside = F.leaky_relu(F.conv2d(x, block.enter.weight, block.enter.bias), 0.2)
    inside = F.leaky_relu(F.conv2d(inside, block.look.weight, block.look.bias, padding=1, groups=2), 0.2)
    assert torch.allclose(block(x), x + F.conv2d(inside, block.leave.weight), atol=1e-6)


def test_a_network_without_weights_gets_all_of_them():
    subject = Subject((3, 16, 24), 3)
    settings = {"attention": 1, "blocks": 2} | NARROW
    with torch.device("meta"):
        networks = (
            ResidualGenerator(settings_of.ResidualGeneratorConfig(latent=6, pixel_noise=True, **settings), subject),
            ResidualDiscriminator(
                settings_of.ResidualDiscriminatorConfig(batch_features="discrimination", **settings), subject
            ),
        )
    for network in networks:
        network.to_empty(device="cpu")
        tensors = [*network.parameters(), *network.buffers()]
        with torch.no_grad():
            for tensor in tensors:
                tensor.fill_(torch.nan)
        filled(network)
        assert all(tensor.isfinite().all() for tensor in tensors)
    made, judged = networks
    label = torch.tensor([2, 0, 1])
    assert judged(made(latents(made), label), label).isfinite().all()


def test_a_discriminator_with_a_penalty_has_finite_slopes_everywhere():
    network, pictures = awake(discriminator()), numbers(4, 1, 16, 16).requires_grad_()
    (slope,) = torch.autograd.grad(network(pictures).sum(), pictures, create_graph=True)
    slope.square().sum().backward()
    for name, part in network.named_parameters():  # the network is linear between bends, which move with the biases
        assert ("bias" in name) == (part.grad is None or not part.grad.any()), name
        assert part.grad is None or part.grad.isfinite().all()


def test_a_generator_can_be_differentiated_twice():
    network = awake(generator(pixel_noise=True))
    drawn = latents(network).requires_grad_()
    (slope,) = torch.autograd.grad(network(drawn).square().sum(), drawn, create_graph=True)
    assert (slope != 0).all()  # every number of the latent matters, the noise's too
    slope.square().sum().backward()
    assert all(part.grad.isfinite().all() and part.grad.any() for part in network.parameters())


def test_no_layer_looks_across_samples_unless_the_last_one_is_asked_to():
    made, judged = awake(generator(pixel_noise=True)).double(), awake(discriminator()).double()
    drawn = latents(made, 5).double()
    pictures = made(drawn)
    assert torch.allclose(pictures[:2], made(drawn[:2]), rtol=0, atol=1e-13)
    assert torch.allclose(judged(pictures)[:2], judged(pictures[:2]), rtol=0, atol=1e-12)
    assert not made.crosses_samples
    assert not judged.crosses_samples
    other = awake(discriminator(batch_features="deviation")).double()
    assert other.crosses_samples
    assert not torch.allclose(other(pictures)[:2], other(pictures[:2]))


def test_a_mixture_of_classes_that_is_all_one_class_is_that_class():
    label, one_hot = torch.tensor([2, 0, 1]), torch.eye(3)[[2, 0, 1]]
    made = awake(generator(LABELLED))
    drawn = latents(made)
    pictures = made(drawn, label)
    assert torch.equal(pictures, made(drawn, one_hot))
    assert not torch.allclose(pictures, made(drawn, label.flip(0)))
    for conditioning in ("concat", "projection"):
        judged = awake(discriminator(LABELLED, conditioning=conditioning))
        assert torch.equal(judged(pictures, label), judged(pictures, one_hot))
        assert not torch.allclose(judged(pictures, label), judged(pictures, label.flip(0)))


def test_a_class_is_joined_to_the_picture_as_planes():
    entrance = Entrance(2, 3, 5)
    initialize(entrance, "he", lambda part, draw: Streams(0).at(part, draw, 0))
    pictures, mixed = numbers(4, 2, 6, 7), numbers(4, 3)
    planes = mixed[:, :, None, None].expand(-1, -1, 6, 7)
    assert torch.allclose(entrance(pictures, mixed), entrance.mix(torch.cat([pictures, planes], 1)), atol=1e-6)


def test_a_joined_label_is_in_the_features_and_a_projected_one_is_not():
    pictures = numbers(1, 1, 16, 16)
    joined = discriminator(LABELLED, conditioning="concat")
    assert not torch.allclose(
        joined.features(pictures, torch.tensor([0])), joined.features(pictures, torch.tensor([1]))
    )
    projected = discriminator(LABELLED, conditioning="projection")
    assert torch.equal(projected.features(pictures, torch.tensor([0])), projected.features(pictures))


def test_noise_in_each_place_is_part_of_the_latent_the_coarsest_plane_first():
    plain, noisy = generator(), generator(pixel_noise=True, blocks=2)
    assert plain.latent == 6
    assert noisy.latent == 6 + 2 * (16 + 64 + 256)
    assert noisy.latents(3).shape == (3, noisy.latent)
    assert [layer.strength.numel() for layer in noisy.modules() if isinstance(layer, PixelNoise)] == [8, 8, 8, 8, 4, 4]


def test_without_its_planes_a_noisy_generator_is_the_plain_one():
    plain, noisy = awake(generator()), generator(pixel_noise=True)
    weights = [part for name, part in noisy.named_parameters() if "strength" not in name]
    with torch.no_grad():
        for mine, theirs in zip(weights, plain.parameters(), strict=True):
            mine.copy_(theirs)
    drawn = latents(plain)
    assert torch.equal(noisy(F.pad(drawn, (0, noisy.latent - 6))), plain(drawn))


def test_noise_does_not_reach_a_picture_before_a_block_makes_something_of_it():
    network = generator(pixel_noise=True)
    drawn = latents(network, 2)
    drawn[1, :6] = drawn[0, :6]
    first, second = network(drawn)
    assert torch.allclose(first, second, atol=1e-6)
    network(drawn).square().sum().backward()
    assert all(layer.block.leave.weight.grad.any() for layer in network.layers if isinstance(layer, NoisyBlock))
    first, second = awake(network)(drawn)
    assert not torch.allclose(first, second, atol=1e-2)


def test_a_noisy_block_adds_what_its_branch_makes_of_the_map_and_the_plane():
    block = NoisyBlock(4, Block(4, 6, 1, 1.0))
    initialize(block, "he", lambda part, draw: Streams(0).at(part, draw, 0))
    x, plane = numbers(2, 4, 5, 5), numbers(2, 1, 5, 5, seed=2)
    with torch.no_grad():
        for part in block.parameters():
            part += numbers(*part.shape, seed=3)
    noisy = x + block.noise.strength[:, None, None] * plane
    assert torch.allclose(block(x, plane), x + (block.block(noisy) - noisy), atol=1e-5)


def test_a_number_of_a_plane_changes_the_places_around_its_own():
    network = awake(generator(pixel_noise=True))
    drawn = latents(network, 1)
    before = network(drawn)
    drawn[0, 6 + 16 + 64 + 16 * 5 + 9] += 1  # finest plane, row 5, column 9
    rows, columns = (network(drawn) - before)[0, 0].nonzero().unbind(1)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 6, 8, 10)
    drawn[0, 6 + 16 + 64 + 16 * 5 + 9] -= 1
    drawn[0, 6 + 16 + 8 * 3 + 2] += 1  # the one before, row 3, column 2: 3×3 places, doubled, and their neighbours
    rows, columns = ((network(drawn) - before)[0, 0].abs() > 1e-6).nonzero().unbind(1)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (2, 11, 0, 9)


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1)])
def test_pictures_stay_in_the_declared_range(output: str, low: float, high: float):
    network = generator(output=output)
    assert network.output_range == (low, high)
    pictures = network(1e3 * latents(network))
    assert (pictures.min(), pictures.max()) == (low, high)
    linear = generator()
    assert linear.output_range == (-1, 1)
    assert linear(1e3 * latents(linear)).abs().max() > 10


def test_pictures_are_the_middle_of_the_finest_map_and_are_judged_there():
    made = generator(Subject((1, 18, 16)))  # coarsest map 5×4, finest 20×16
    assert made.basis.map.shape == (8, 5, 4)
    whole = []
    made.out.register_forward_hook(lambda _layer, _inputs, output: whole.append(output))
    assert torch.equal(made(latents(made)), whole[0][:, :, 1:19])


POINTS, TINY, HUGE = Subject((2,)), Subject((1, 28, 15)), Subject((1, 64, 129))


@pytest.mark.parametrize(
    ("subject", "settings", "message"),
    [
        (POINTS, {}, "{0}=residual supports images only: for points, use {0}=dense"),
        (TINY, {}, "{0}=residual supports images with sides of 16 to 128 pixels, not 28×15: "),
        (HUGE, {}, "{0}=residual supports images with sides of 16 to 128 pixels, not 64×129: "),
        (SMALL, {"stages": 5}, "{0}.stages=5: a side of 16 pixels can be halved at most 4 times"),
        (SMALL, {"attention": 3}, "{0}.attention=3: "),
        (
            SMALL,
            {"width": 12, "group_size": 8},
            "{0}.group_size=8 does not divide the 12 channels inside a block: use a divisor of 12, or 0 for one group",
        ),
    ],
    ids=["points", "tiny", "huge", "stages", "attention", "groups"],
)
def test_what_cannot_be_is_refused_with_the_way_out(subject: Subject, settings: dict[str, int], message: str):
    for build, player in ((generator, "generator"), (discriminator, "discriminator")):
        with pytest.raises(SettingsError) as refusal:
            build(subject, **({"max_channels": 64} | settings))
        assert str(refusal.value).startswith(message.format(player))
