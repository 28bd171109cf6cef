"""The convolutional family: the sources' layers, every size, and what its layers compute."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config import networks as settings_of
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Generator, Network, Subject
from ganarium.networks.conv import ConvDiscriminator, ConvGenerator
from ganarium.networks.dense import ACTIVATIONS
from ganarium.networks.init import initialize
from ganarium.recipes import find_recipe
from ganarium.training.build import build_networks

DIGIT = Subject((1, 28, 28))
SMALL = {"width": 2, "max_channels": 3}


def filled(network: Network, seed: int = 0) -> Network:
    """Placed as in a run: built nowhere, then given memory full of garbage, then first weights."""
    network.to_empty(device="cpu")
    for tensor in [*network.parameters(), *network.buffers()]:
        tensor.data.fill_(float("nan"))
    initialize(network, network.init, lambda part, draw: Streams(seed).at(part, draw, 0))
    for name, tensor in network.state_dict().items():
        assert tensor.isfinite().all(), name
    return network


def generator(subject: Subject = DIGIT, **settings: object) -> ConvGenerator:
    with torch.device("meta"):
        network = ConvGenerator(settings_of.ConvGeneratorConfig(**settings), subject)
    return filled(network)


def discriminator(subject: Subject = DIGIT, **settings: object) -> ConvDiscriminator:
    with torch.device("meta"):
        network = ConvDiscriminator(settings_of.ConvDiscriminatorConfig(**settings), subject)
    return filled(network)


def of_recipe(name: str, side: str, classes: int = 0) -> Network:
    """A recipe's own network, for pictures of digits with so many classes."""
    return filled(build_networks(find_recipe(name).experiment(), DIGIT.shape, classes)[side])


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return Streams(seed).at("x", normal(*shape), 0)


def latents(of: Generator, n: int = 3, seed: int = 1) -> Tensor:
    return Streams(seed).at("latents", of.latents(n), 0)


def table(network: nn.Module) -> list[tuple[str, int]]:
    """Layers and their numbers as the sources print them: weights, biases and running statistics."""
    counts = (
        (name, sum(own.numel() for own in [*layer.parameters(recurse=False), *layer.buffers(recurse=False)]))
        for name, layer in network.named_modules()
    )
    return [(name, count) for name, count in counts if count]


def test_s3s_generator_has_the_layers_that_it_prints():
    network = of_recipe("kplus1-digits", "generator", 10)
    assert table(network) == [
        ("stem.layer", 348_096),
        ("stem.norm", 12_544),
        ("stages.0.conv", 36_928),
        ("stages.0.norm", 256),
        ("stages.1.conv", 577),
    ]
    assert sum(count for _, count in table(network)) == 398_401
    assert network(latents(network, 2), torch.tensor([3, 4])).shape == (2, 1, 28, 28)


def test_s3s_discriminator_has_the_layers_that_it_prints():
    network = of_recipe("kplus1-digits", "discriminator", 10)
    assert table(network) == [
        ("stages.0.conv", 640),
        ("stages.0.norm", 256),
        ("stages.1.conv", 36_928),
        ("stages.1.norm", 256),
        ("hidden.layers.0", 401_536),
        ("hidden.norms.0", 512),
        ("out", 1_419),
    ]
    assert sum(count for _, count in table(network)) == 441_547
    assert network(numbers(2, 1, 28, 28)).shape == (2, 11)


def test_our_digits_have_most_of_their_weights_in_dense_layers():
    assert table(of_recipe("digits", "generator", 10)) == [
        ("hidden.layers.0", 38_400),
        ("stem.layer", 804_384),
        ("stages.0.conv", 8_208),
        ("stages.1.conv", 257),
    ]
    assert table(of_recipe("digits", "discriminator", 10)) == [
        ("stages.0.conv", 272),
        ("stages.1.conv", 8_224),
        ("hidden.layers.0", 803_328),
        ("out", 513),
        ("out.directions", 5_120),
    ]


def test_s2bs_discriminator_computes_what_its_listing_says():
    network, x = of_recipe("dense-conv-digits", "discriminator"), numbers(3, 1, 28, 28)
    assert table(network) == [("stages.0.conv", 16 * 25 + 16), ("hidden.layers.0", 3136 * 256 + 256), ("out", 257)]
    weights = dict(network.named_parameters())
    maps = F.conv2d(x, weights["stages.0.conv.weight"], weights["stages.0.conv.bias"], padding=2).relu()
    values = F.max_pool2d(maps, 2).permute(0, 2, 3, 1).flatten(1)
    hidden = (values @ weights["hidden.layers.0.weight"].T + weights["hidden.layers.0.bias"]).relu()
    assert values.shape == (3, 3136)
    assert torch.allclose(network(x), hidden @ weights["out.weight"][0] + weights["out.bias"], atol=1e-3, rtol=1e-4)
    assert weights["stages.0.conv.weight"].std().item() == pytest.approx(0.632, rel=0.1)
    assert weights["hidden.layers.0.weight"].std().item() == pytest.approx((2 / 3136) ** 0.5, rel=0.01)


def test_dcgan_at_its_papers_size_has_its_papers_channels():
    with torch.device("meta"):
        settings = settings_of.ConvGeneratorConfig(width=128, max_channels=1024, kernel=5, output="tanh")
        made = ConvGenerator(settings, Subject((3, 64, 64)))
        judged = ConvDiscriminator(
            settings_of.ConvDiscriminatorConfig(width=128, max_channels=1024, kernel=5), Subject((3, 64, 64))
        )
    shapes = {name: tuple(p.shape) for name, p in made.named_parameters() if p.dim() == 4}
    assert shapes == {
        "stem.layer.weight": (100, 1024, 4, 4),
        "stages.0.conv.weight": (1024, 512, 5, 5),
        "stages.1.conv.weight": (512, 256, 5, 5),
        "stages.2.conv.weight": (256, 128, 5, 5),
        "stages.3.conv.weight": (128, 3, 5, 5),
    }
    assert [name for name, layer in made.named_modules() if isinstance(layer, nn.BatchNorm2d)] == [
        "stem.norm",
        "stages.0.norm",
        "stages.1.norm",
        "stages.2.norm",
    ]
    shapes = {name: tuple(p.shape) for name, p in judged.named_parameters() if p.dim() > 1}
    assert shapes == {
        "stages.0.conv.weight": (128, 3, 5, 5),
        "stages.1.conv.weight": (256, 128, 5, 5),
        "stages.2.conv.weight": (512, 256, 5, 5),
        "stages.3.conv.weight": (1024, 512, 5, 5),
        "out.weight": (1, 1024 * 4 * 4),
    }
    normed = [name for name, layer in judged.named_modules() if isinstance(layer, nn.BatchNorm2d)]
    assert normed == ["stages.1.norm", "stages.2.norm", "stages.3.norm"]


def test_dense_layers_of_a_generator_come_before_its_coarsest_map():
    network = generator(latent=3, hidden=(5, 4), norm="none", activation="tanh", output="linear", **SMALL)
    assert [name for name, _ in table(network)][:3] == ["hidden.layers.0", "hidden.layers.1", "stem.layer"]
    x = latents(network)
    inside = x
    for layer in network.hidden.layers:
        inside = torch.tanh(inside @ layer.weight.T + layer.bias)
    maps = network.stem.layer(inside)
    for stage in network.stages:
        maps = stage.conv(torch.tanh(maps))
    assert torch.allclose(network(x), maps, atol=1e-6)


SIZES = [(16, 16), (28, 28), (32, 32), (60, 60), (64, 64), (128, 128), (24, 40), (33, 17), (16, 128)]


@pytest.mark.slow
@pytest.mark.parametrize(("size", "channels"), list(product(SIZES, [1, 3, 4])))
def test_pictures_of_every_size_are_made_and_judged(size: tuple[int, int], channels: int):
    subject = Subject((channels, *size))
    made = generator(subject, latent=3, **SMALL)
    pictures = made(latents(made, 2))
    assert pictures.shape == (2, channels, *size)
    judged = discriminator(subject, **SMALL)
    assert judged(pictures).shape == (2,)
    assert judged.features(pictures).shape == (2, judged.out.in_features)


@pytest.mark.parametrize(
    ("kernel", "way"),
    [(kernel, way) for kernel in range(2, 10) for way in [("transposed", "stride"), ("bilinear", "average-pool")]],
)
def test_every_kernel_doubles_and_halves_the_side_exactly(kernel: int, way: tuple[str, str]):
    made, judged = (
        generator(latent=3, up=way[0], kernel=kernel, **SMALL),
        discriminator(down=way[1], kernel=kernel, **SMALL),
    )
    for stage, side in zip(made.stages, (7, 14), strict=True):
        assert stage(numbers(1, stage.conv.in_channels, side, side), None).shape[2:] == (2 * side, 2 * side)
    for stage, side in zip(judged.stages, (28, 14), strict=True):
        assert stage(numbers(1, stage.conv.in_channels, side, side)).shape[2:] == (side // 2, side // 2)


@pytest.mark.parametrize("kernel", range(2, 10))
def test_a_transposed_convolution_is_zeros_between_pixels_and_then_a_convolution(kernel: int):
    stage = generator(latent=3, kernel=kernel, norm="none", **SMALL).stages[0].double()
    x = numbers(2, 3, 7, 7).double()
    spread = torch.zeros(2, 3, 14, 14).double()
    spread[:, :, ::2, ::2] = x
    before = kernel - 1 - (kernel - 1) // 2
    spread = F.pad(spread, (before, kernel - 1 - before) * 2)
    flipped = stage.conv.weight.flip(2, 3).transpose(0, 1)
    assert torch.allclose(stage(x, None), F.conv2d(spread, flipped, stage.conv.bias), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kernel", range(2, 10))
def test_a_transposed_convolution_is_a_strided_one_with_forward_and_backward_exchanged(kernel: int):
    doubling = generator(latent=3, kernel=kernel, norm="none", **SMALL).stages[0].double()
    picture = numbers(2, 2, 14, 14).double().requires_grad_()
    halved = F.conv2d(picture, doubling.conv.weight, stride=2, padding=(kernel - 1) // 2)
    coarse = numbers(2, 3, 7, 7, seed=1).double()
    (backward,) = torch.autograd.grad(halved, picture, coarse)
    made = doubling(coarse, None) - doubling.conv.bias[:, None, None]
    assert torch.allclose(made, backward, rtol=0, atol=1e-12)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_enlarging_comes_before_the_convolution_and_keeps_even_kernels_in_place(mode: str):
    stage = generator(latent=3, kernel=4, up=mode, norm="none", **SMALL).stages[0]
    x = numbers(2, 3, 7, 7)
    large = F.interpolate(x, scale_factor=2, mode=mode)
    expected = F.conv2d(F.pad(large, (1, 2, 1, 2)), stage.conv.weight, stage.conv.bias)
    assert torch.allclose(stage(x, None), expected, atol=1e-5)


@pytest.mark.parametrize(("down", "pool"), [("max-pool", F.max_pool2d), ("average-pool", F.avg_pool2d)])
def test_a_pooling_stage_is_convolution_norm_activation_pooling(down: str, pool):
    stage = discriminator(down=down, normalized="all", kernel=4, activation="softplus", **SMALL).stages[0]
    x = numbers(3, 1, 28, 28)
    maps = F.conv2d(F.pad(x, (1, 2, 1, 2)), stage.conv.weight, stage.conv.bias)
    normed = F.batch_norm(maps, None, None, training=True)
    assert torch.allclose(stage(x), pool(F.softplus(normed), 2), atol=1e-5)


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS.keys() - {"maxout"}))
def test_the_largest_of_what_was_bent_is_the_largest_bent(activation: str):
    stage = discriminator(down="max-pool", activation=activation, **SMALL).stages[0]
    x = numbers(3, 1, 28, 28).requires_grad_()
    expected = F.max_pool2d(ACTIVATIONS[activation](stage.norm(stage.conv(stage.margin(x)))), 2)
    assert torch.allclose(stage(x), expected, atol=1e-6)
    slope, expected_slope = (torch.autograd.grad(made.square().sum(), x)[0] for made in (stage(x), expected))
    assert torch.allclose(slope, expected_slope, atol=1e-6)


def test_without_hidden_layers_the_end_is_a_convolution_as_large_as_the_map():
    network, x = discriminator(**SMALL), numbers(3, 1, 28, 28)
    maps = network.features(x).view(3, 3, 7, 7)
    full = F.conv2d(maps, network.out.weight.view(1, 3, 7, 7), network.out.bias)
    assert full.shape == (3, 1, 1, 1)
    assert torch.allclose(network(x), full.flatten(), atol=1e-5)


def test_a_transposed_stem_spreads_each_latent_over_the_map_and_norms_channels():
    network = generator(latent=5, stem="transposed", **SMALL)
    x, weight = latents(network, 6), network.stem.layer.weight.detach()
    maps = F.conv_transpose2d(x[:, :, None, None], weight, network.stem.layer.bias)
    assert torch.allclose(network.stem(x, None), F.batch_norm(maps, None, None, training=True), atol=1e-4)
    assert network.stem.norm.running_mean.shape == (3,)


def test_a_dense_stem_makes_the_values_of_one_place_after_the_other_and_norms_each():
    network = generator(latent=5, stem="dense", **SMALL)
    x, weight = latents(network, 6), network.stem.layer.weight.detach()
    values = F.batch_norm(x @ weight.T, None, None, training=True)
    assert torch.allclose(network.stem(x, None), values.view(6, 7, 7, 3).permute(0, 3, 1, 2), atol=1e-4)
    assert network.stem.norm.running_mean.shape == (147,)


@pytest.mark.parametrize("stem", ["transposed", "dense"])
def test_first_weights_follow_the_chosen_law_and_a_stem_adds_up_its_latent_alone(stem: str):
    for init, deviation in (("he", (2 / 50) ** 0.5), ("small", 0.02)):
        network = generator(latent=50, stem=stem, init=init, width=32)
        assert network.stem.layer.weight.std().item() == pytest.approx(deviation, rel=0.02)
    network = discriminator(init="small", width=32)
    assert network.stages[1].conv.weight.std().item() == pytest.approx(0.02, rel=0.02)


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1)])
def test_pictures_stay_in_the_declared_range_and_reach_its_ends(output: str, low: float, high: float):
    network = generator(latent=3, output=output, norm="none", **SMALL)
    pictures = network(1e4 * latents(network, 20))
    assert network.output_range == (low, high)
    assert (pictures.min(), pictures.max()) == (low, high)


def test_a_linear_output_is_not_bounded():
    network = generator(latent=3, output="linear", norm="none", **SMALL)
    assert network(1e4 * latents(network)).abs().max() > 100


def test_noise_in_each_place_follows_the_latent_and_moves_only_what_it_reaches():
    network = generator(
        latent=5, pixel_noise=True, up="nearest", kernel=3, norm="none", activation="softplus", **SMALL
    ).double()
    planes = [7 * 7, 14 * 14]
    assert network.latent == 5 + sum(planes)
    assert network.latents(4).shape == (4, network.latent)
    x = latents(network, 1).double()
    moved = x.clone()
    moved[0, 5 + 49 + 14 * 6 + 9] += 3  # one place of the finer plane: row 6, column 9
    changed = (network(moved) - network(x)).abs()[0, 0] > 0
    rows, columns = changed.nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (11, 14, 17, 20)
    moved = x.clone()
    moved[0, 5 + 7 * 3 + 2] += 3  # one place of the coarser plane: row 3, column 2
    rows, columns = (network(moved) - network(x)).abs()[0, 0].nonzero().T
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (9, 18, 5, 14)


def test_without_strength_noise_in_each_place_is_not_there():
    noisy = generator(latent=5, pixel_noise=True, **SMALL)
    plain = generator(latent=5, **SMALL)
    for layer in noisy.noises:
        layer.strength.data.zero_()
    x = latents(noisy)
    assert torch.equal(noisy(x), plain(x[:, :5]))


def test_the_latent_is_what_the_settings_say_where_there_is_no_noise_in_places():
    assert generator(latent=5, **SMALL).latent == 5


def test_attention_acts_on_the_map_after_its_stage():
    subject = Subject((1, 32, 32))
    for stage, width in ((1, 4), (2, 2)):
        network = generator(subject, latent=5, attention=stage, width=2, max_channels=9)
        assert network.attention.back.out_channels == width
        x = latents(network)
        before = network(x)
        network.attention.gamma.data.fill_(2)
        seen: list[Tensor] = []
        network.attention.register_forward_hook(lambda _layer, args, _made, seen=seen: seen.append(args[0]))
        assert not torch.equal(network(x), before)
        assert seen[0].shape == (3, width, 4 * 2**stage, 4 * 2**stage)
        assert seen[0].min() == 0  # after the activation
    for stage, width in ((1, 2), (2, 4), (3, 8)):
        network = discriminator(subject, attention=stage, width=2, max_channels=9)
        assert network.attention.back.out_channels == width
        seen = []
        network.attention.register_forward_hook(lambda _layer, args, _made, seen=seen: seen.append(args[0]))
        network(numbers(3, 1, 32, 32))
        assert seen[0].shape == (3, width, 32 // 2**stage, 32 // 2**stage)


def test_masks_of_dropout_are_drawn_for_each_value_of_each_stage_and_hidden_layer():
    network = discriminator(dropout=0.4, dropout_rescaled=False, hidden=(5,), norm="none", **SMALL)
    draws = network.draws(4)
    assert {name: draw.shape for name, draw in draws.items()} == {
        "mask_stage1": (4, 2, 14, 14),
        "mask_stage2": (4, 3, 7, 7),
        "mask0": (4, 5),
    }
    masks, x = Streams(0).all_at("masks", draws, 0), numbers(4, 1, 28, 28)
    maps = network.stages[0](x) * (masks["mask_stage1"] >= 0.4)
    maps = network.stages[1](maps) * (masks["mask_stage2"] >= 0.4)
    hidden = F.leaky_relu(network.hidden.layers[0](maps.permute(0, 2, 3, 1).flatten(1)), 0.2) * (masks["mask0"] >= 0.4)
    assert torch.allclose(network.features(x, None, masks), hidden, atol=1e-6)
    assert not torch.allclose(network.features(x), hidden)
    assert discriminator(**SMALL).draws(4) == {}
    rescaled = discriminator(dropout=0.5, norm="none", stages=1, **SMALL)
    half = {"mask_stage1": torch.full((4, 2, 14, 14), 0.5)}
    assert torch.allclose(rescaled.features(x, None, half), 2 * rescaled.features(x))


def test_labels_are_constant_planes_beside_the_picture():
    network = discriminator(Subject((1, 60, 60), 3), **SMALL)
    assert network.stages[0].conv.in_channels == 4
    seen: list[Tensor] = []
    network.stages[0].register_forward_hook(lambda _layer, args, _made: seen.append(args[0]))
    x = numbers(3, 1, 60, 60)
    network(x, torch.tensor([2, 0, 1]))
    network(x, torch.eye(3)[[2, 0, 1]])
    assert torch.equal(seen[0], seen[1])
    assert seen[0].shape == (3, 4, 64, 64)
    assert torch.equal(seen[0][:, :1, 2:-2, 2:-2], x)
    assert torch.equal(seen[0][:, 1:], torch.eye(3)[[2, 0, 1]][:, :, None, None].expand(-1, -1, 64, 64))
