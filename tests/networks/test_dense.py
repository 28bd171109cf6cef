"""The dense family: the sources' layers, their parameters and their first weights."""

from collections.abc import Callable
from functools import partial
from math import sqrt

import pytest
import torch
from torch import Tensor, nn

from ganarium.config import networks as settings_of
from ganarium.config.experiment import Experiment
from ganarium.config.layers import Activation, FourierConfig, Init
from ganarium.config.overrides import override
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Generator, Network, Subject
from ganarium.networks.dense import DenseDiscriminator, DenseGenerator
from ganarium.networks.fourier import FourierFeatures
from ganarium.networks.init import initialize
from ganarium.networks.layer_table import layers
from ganarium.recipes import find_recipe
from ganarium.training.build import build_networks

DIGIT, LARGE, PLANE = Subject((1, 28, 28)), Subject((1, 60, 60)), Subject((2,))

# recipe, subject, generator's layers and discriminator's as [in, out], and their parameters, counted by hand
PRINTED = [
    # S1: noise → 100 → 300 → picture → 300 → 100 → 1
    ("dense-shapes", DIGIT, [(100, 100), (100, 300), (300, 784)], 276_384, [(784, 300), (300, 100), (100, 1)], 265_701),
    (
        "dense-shapes",
        LARGE,
        [(100, 100), (100, 300), (300, 3600)],
        1_124_000,
        [(3600, 300), (300, 100), (100, 1)],
        1_110_501,
    ),
    # S2-A: 100 → 256 → 784 → 256 → 1
    ("dense-digits", DIGIT, [(100, 256), (256, 784)], 227_344, [(784, 256), (256, 1)], 201_217),
    # S4: noise → 100 → 100 → picture → 100 → 100 → 1
    ("dense-layers", DIGIT, [(100, 100), (100, 100), (100, 784)], 99_384, [(784, 100), (100, 100), (100, 1)], 88_701),
    (
        "plane",
        PLANE,
        [(2, 256), *2 * [(256, 256)], (256, 2)],
        132_866,
        [(2, 256), *2 * [(256, 256)], (256, 1)],
        132_609,
    ),
    # a value and its four, five or six octaves are nine, eleven or thirteen features
    ("ring", PLANE, [(18, 192), *2 * [(192, 192)], (192, 2)], 78_146, [(26, 128), (128, 128), (128, 1)], 20_097),
    ("grid", PLANE, [(18, 192), *2 * [(192, 192)], (192, 2)], 78_146, [(26, 128), (128, 128), (128, 1)], 20_097),
]


def filled(network: Network, init: Init = "he", seed: int = 0) -> Network:
    initialize(network, init, lambda part, draw: Streams(seed).at(part, draw, 0))
    return network


def generator(subject: Subject = PLANE, **settings: object) -> DenseGenerator:
    return filled(DenseGenerator(settings_of.DenseGeneratorConfig(**settings), subject))


def discriminator(subject: Subject = PLANE, **settings: object) -> DenseDiscriminator:
    return filled(DenseDiscriminator(settings_of.DenseDiscriminatorConfig(**settings), subject))


def latents(of: Generator, n: int = 6) -> Tensor:
    return Streams(1).at("latents", of.latents(n), 0)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "subject", "made", "of_made", "judged", "of_judged"), PRINTED)
def test_a_recipes_networks_have_the_layers_that_its_source_prints(
    name: str, subject: Subject, made: list[object], of_made: int, judged: list[object], of_judged: int
):
    networks = build_networks(find_recipe(name).experiment(), subject.shape, subject.classes)
    for side, shapes, parameters in (("generator", made, of_made), ("discriminator", judged, of_judged)):
        network = networks[side]
        table = [layer for layer in layers(network, subject.shape) if layer.parameters]
        assert [layer.shape for layer in table] == shapes
        assert sum(layer.parameters for layer in table) == parameters
        assert sum(parameter.numel() for parameter in network.parameters()) == parameters


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1)])
def test_pictures_stay_in_the_declared_range_and_reach_its_ends(output: str, low: float, high: float):
    network = generator(Subject((1, 4, 4)), latent=3, output=output)
    assert network.output_range == (low, high)
    pictures = network(1e3 * latents(network, 50))
    assert pictures.shape == (50, 1, 4, 4)
    assert (pictures.min(), pictures.max()) == (low, high)


def test_a_linear_output_is_not_bounded():
    network = generator(output="linear")
    assert network(1e3 * latents(network)).abs().max() > 10


def test_uniform_latents_lie_within_one_and_normal_ones_do_not():
    assert latents(generator(noise="uniform"), 100).abs().max() <= 1
    assert latents(generator(noise="normal"), 100).abs().max() > 2


def test_a_discriminator_gives_one_raw_logit_each_by_way_of_its_features():
    network = discriminator(hidden=(7, 5))
    points = Streams(0).rows("x", generator().latents(), 6)[:, :2] * 100
    features = network.features(points)
    assert features.shape == (6, 5)
    assert torch.equal(network(points), network.head(features))
    assert network(points).shape == (6,)
    assert network(points).abs().max() > 1


@pytest.mark.parametrize(
    ("init", "deviation"), [("he", sqrt(2 / 784)), ("glorot", sqrt(2 / (784 + 256))), ("small", 0.02)]
)
def test_first_weights_have_their_deviation_and_biases_are_zero(init: Init, deviation: float):
    settings = settings_of.DenseDiscriminatorConfig(hidden=(256,))
    layer = filled(DenseDiscriminator(settings, DIGIT), init).hidden.layers[0]
    assert layer.weight.std().item() == pytest.approx(deviation, rel=0.01)  # 3 sd of the estimate are 0.5 %
    assert abs(layer.weight.mean().item()) < 4 * deviation / sqrt(784 * 256)
    assert not layer.bias.any()


def test_he_is_what_s2_writes_as_one_over_the_root_of_half_the_inputs():
    experiment = find_recipe("dense-digits").experiment()
    assert experiment.generator.init == experiment.discriminator.init == "he"
    first, last = (
        layer for layer in generator(DIGIT, latent=100, hidden=(256,)).modules() if isinstance(layer, nn.Linear)
    )
    assert first.weight.std().item() == pytest.approx(1 / sqrt(100 / 2), rel=0.02)
    assert last.weight.std().item() == pytest.approx(1 / sqrt(256 / 2), rel=0.01)


def test_uniform_first_weights_fill_plus_minus_one_over_root_fan_in():
    layer = filled(
        DenseDiscriminator(settings_of.DenseDiscriminatorConfig(hidden=(256,)), DIGIT), "uniform"
    ).hidden.layers[0]
    for values in (layer.weight, layer.bias):
        assert 0.95 / 28 < values.abs().max() <= 1 / 28


def with_dropout(rescaled: bool) -> DenseDiscriminator:
    return discriminator(hidden=(50,), dropout=0.4, dropout_rescaled=rescaled)


@pytest.mark.parametrize(("rescaled", "scale"), [(False, 1.0), (True, 1 / 0.6)])
def test_dropout_is_mask_times_relu_in_training_and_all_ones_in_use(rescaled: bool, scale: float):
    network, points = with_dropout(rescaled), Streams(1).rows("x", generator(latent=2).latents(), 8)
    masks = Streams(0).all_at("masks", network.draws(8), 0)
    relu = torch.relu(network.hidden.layers[0](points))
    assert torch.equal(network.features(points), relu)
    assert torch.equal(network.features(points, None, masks), relu * (masks["mask0"] >= 0.4) * scale)


def test_dropout_masks_its_share_of_units_and_asks_for_nothing_where_there_is_none():
    masks = Streams(0).all_at("masks", with_dropout(False).draws(200), 0)
    assert (masks["mask0"] < 0.4).float().mean().item() == pytest.approx(0.4, abs=4 * sqrt(0.24 / 10_000))
    assert discriminator(hidden=(3,)).draws(200) == {}


def test_every_hidden_layer_has_a_mask_of_its_own():
    assert {name: draw.shape for name, draw in generator(hidden=(5, 7), dropout=0.1).draws(3).items()} == {
        "mask0": (3, 5),
        "mask1": (3, 7),
    }


def test_labels_change_what_is_made_and_what_is_judged():
    made, judged = generator(Subject((2,), 3), latent=4), discriminator(Subject((2,), 3))
    numbers = latents(made, 1).expand(3, -1)
    points = made(numbers, torch.arange(3))
    assert len(points.unique(dim=0)) == 3
    assert len(judged(points[:1].expand(3, -1), torch.arange(3)).unique()) == 3


def test_a_mixture_of_classes_that_is_all_one_class_is_that_class():
    made = generator(Subject((2,), 3), latent=4)
    numbers = latents(made, 3)
    assert torch.equal(made(numbers, torch.tensor([2, 0, 1])), made(numbers, torch.eye(3)[[2, 0, 1]]))


def test_no_layer_looks_across_samples():
    network = generator(latent=4)
    numbers = latents(network, 6).double()
    network.double()
    assert not network.crosses_samples
    assert torch.allclose(network(numbers)[:2], network(numbers[:2]), rtol=0, atol=1e-14)


@pytest.mark.parametrize("activation", Activation.__args__)
def test_every_activation_bends(activation: str):
    network = discriminator(hidden=(9,), activation=activation)
    a, b = Streams(0).rows("x", generator(latent=2).latents(), 2) * 3
    line = torch.stack([a, (a + b) / 2, b])
    ends = network(line)
    assert abs((ends[0] + ends[2]) / 2 - ends[1]) > 1e-4


def first_weights(experiment: Experiment, side: str) -> dict[str, Tensor]:
    from ganarium.data.load import load_data
    from ganarium.training.build import assemble

    state = assemble(experiment, load_data(experiment.data), torch.device("cpu"))
    return {name: tensor.clone() for name, tensor in state.players[side].state().items()}


def test_first_weights_depend_on_seed_and_name_alone(tiny):
    here = first_weights(tiny(), "generator")
    other = first_weights(
        tiny("discriminator.hidden=[3,3]", "train.batch=4", "optim=sgd", "objective=minimax"), "generator"
    )
    seeded = first_weights(tiny("seed=1"), "generator")
    assert all(torch.equal(here[name], other[name]) for name in here)
    assert not any(torch.equal(here[name], seeded[name]) for name in here if name.endswith("weight"))


def test_layers_of_one_shape_do_not_begin_alike(tiny):
    weights = first_weights(
        override(tiny(), ["generator.hidden=[8, 8, 8]", "discriminator.hidden=[8, 8, 8]"]), "generator"
    )
    assert not torch.equal(
        weights["weights.generator.hidden.layers.1.weight"], weights["weights.generator.hidden.layers.2.weight"]
    )


def test_a_maxout_unit_is_the_largest_of_five_linear_functions():
    network = discriminator(hidden=(3,), activation="maxout")
    points = Streams(0).at("points", normal(6, 2), 0)
    (layer,) = network.hidden.layers
    assert layer.weight.shape == (15, 2)
    for unit in range(3):
        pieces = [points @ layer.weight[5 * unit + i] + layer.bias[5 * unit + i] for i in range(5)]
        assert torch.allclose(network.features(points)[:, unit], torch.stack(pieces).amax(0))


FOURIER = {"hidden": (8, 8), "activation": "tanh", "fourier_octaves": 3, "fourier_half_width": 4.0}


def fourier(octaves: int, half_width: float) -> FourierFeatures:
    return FourierFeatures(2, FourierConfig(fourier_octaves=octaves, fourier_half_width=half_width))


def points(n: int) -> Tensor:
    return Streams(0).at("points", normal(n, 2), 0)


def test_fourier_features_are_the_scaled_input_then_sines_then_cosines_of_each_octave():
    given = torch.tensor([[1.0, -4.0], [0.5, 4.0]])
    angles = [2**k * torch.pi * given / 4 for k in range(3)]
    expected = torch.cat([given / 4, *(angle.sin() for angle in angles), *(angle.cos() for angle in angles)], 1)
    assert torch.allclose(fourier(3, 4.0)(given), expected, atol=1e-5)
    assert torch.equal(fourier(0, 4.0)(given), given)


def test_all_fourier_features_but_the_scaled_input_repeat_after_two_half_widths():
    near, far = fourier(4, 1.5)(points(5)), fourier(4, 1.5)(points(5) + 3)
    assert torch.allclose(near[:, 2:], far[:, 2:], atol=1e-4)
    assert not torch.allclose(near[:, :2], far[:, :2], atol=0.1)


def test_the_gradient_of_a_gradient_penalty_goes_through_fourier_features():
    network = discriminator(**FOURIER).double()
    assert torch.autograd.gradgradcheck(network, points(4).double().requires_grad_())


def test_labels_follow_the_fourier_features_unchanged():
    labels, features = torch.arange(3), fourier(3, 4.0)(points(3))
    for network in (discriminator(Subject((2,), 3), **FOURIER), generator(Subject((2,), 3), latent=2, **FOURIER)):
        seen = []
        network.hidden.register_forward_pre_hook(lambda _, given, seen=seen: seen.append(given[0]))
        network(points(3), labels)
        assert torch.equal(seen[0], torch.cat([features, torch.eye(3)], 1))


@pytest.mark.parametrize("build", [discriminator, partial(generator, latent=2)], ids=["discriminator", "generator"])
def test_fourier_features_have_a_row_of_their_own_in_a_layer_table(build: Callable[..., Network]):
    row, first, *_ = layers(build(**FOURIER), (2,))
    assert (row.kind, row.output, row.parameters) == ("Fourier features, 3 octaves on ±4", (14,), 0)
    assert first.shape == (14, 8)
