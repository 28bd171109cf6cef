"""The convolutional family: what it promises at every combination of its settings, and what it refuses."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, product

import pytest
import torch
from torch import Tensor

from ganarium.config import networks as settings_of
from ganarium.config.layers import Activation
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Generator, Network, Subject
from ganarium.networks.conv import ConvDiscriminator, ConvGenerator
from ganarium.networks.init import initialize
from ganarium.networks.norms import REFERENCES

DIGIT, TOLD = Subject((1, 28, 28)), Subject((1, 16, 18), 3)
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


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return Streams(seed).at("x", normal(*shape), 0)


def latents(of: Generator, n: int = 3, seed: int = 1) -> Tensor:
    return Streams(seed).at("latents", of.latents(n), 0)


GENERATORS = {
    "stem": ["transposed", "dense"],
    "up": ["transposed", "nearest", "bilinear"],
    "norm": ["none", "batch", "virtual", "instance"],
    "conditioning": ["concat", "norm"],
    "pixel_noise": [False, True],
    "attention": [0, 1],
}
DISCRIMINATORS = {
    "down": ["stride", "max-pool", "average-pool"],
    "norm": ["none", "batch", "instance"],
    "normalized": ["inner", "all"],
    "hidden": [(), (5,)],
    "batch_features": ["none", "discrimination", "deviation"],
    "conditioning": ["concat", "projection"],
    "attention": [0, 2],
}
TURNS = {"kernel": [3, 4, 5], "activation": Activation.__args__}
Choices = Mapping[str, Sequence[object]]


def chosen(choices: Choices, turns: Choices, **fixed: object) -> Iterator[dict[str, object]]:
    """Every combination of the choices that are not fixed, while other settings take turns."""
    free = [[fixed[name]] if name in fixed else values for name, values in choices.items()]
    for values, *others in zip(product(*free), *map(cycle, turns.values()), strict=False):
        yield {**dict(zip(choices, values, strict=True)), **dict(zip(turns, others, strict=True))}


def awake(network: Network) -> Network:
    """In float64, with every layer that begins as nothing doing something."""
    for name, parameter in network.named_parameters():
        if name.endswith(("gamma", "strength", "scale", "shift", "bias")):
            parameter.data.add_(0.3 * numbers(*parameter.shape, seed=len(name)))
    return network.double()


def close(a: Tensor, b: Tensor) -> bool:
    return torch.allclose(a, b, rtol=0, atol=1e-10)


@pytest.mark.parametrize(
    "norm", ["none", *(pytest.param(norm, marks=pytest.mark.slow) for norm in ("batch", "instance", "virtual"))]
)
def test_generators_of_all_settings_keep_every_promise(norm: str):
    label = torch.tensor([2, 0, 1])
    turns = TURNS | {"output": ["sigmoid", "tanh", "linear"], "hidden": [(), (5,), (6, 4)]}
    for settings in chosen(GENERATORS, turns, norm=norm):
        if norm == "none" and settings["conditioning"] == "norm":
            continue
        network = awake(generator(TOLD, latent=3, **SMALL, **settings))
        x = latents(network).double().requires_grad_()
        made = network(x, label)
        assert made.shape == (3, 1, 16, 18), settings
        assert torch.equal(made, network(x, torch.eye(3).double()[label])), settings
        assert not close(made, network(x, label.flip(0))), settings
        (slope,) = torch.autograd.grad((made * made.detach()).sum(), x, create_graph=True)
        curves = torch.autograd.grad(slope.square().sum(), list(network.parameters()), allow_unused=True)
        assert slope.abs().max() > 0, settings
        assert all(curve.isfinite().all() for curve in curves if curve is not None), settings
        assert network.crosses_samples == (norm == "batch")
        assert close(made[:2], network(x[:2], label[:2])) == (not network.crosses_samples), settings
        network.eval()
        assert close(network(x, label)[1:2], network(x[1:2], label[1:2])), settings


@pytest.mark.slow
@pytest.mark.parametrize(("norm", "across"), list(product(DISCRIMINATORS["norm"], DISCRIMINATORS["batch_features"])))
def test_discriminators_of_all_settings_keep_every_promise(norm: str, across: str):
    label = torch.tensor([2, 0, 1, 1])
    for settings in chosen(DISCRIMINATORS, TURNS, norm=norm, batch_features=across):
        if norm == "none" and settings["normalized"] == "all":
            continue
        network = awake(discriminator(TOLD, batch_features_kernels=2, **SMALL, **settings))
        x = numbers(4, 1, 16, 18).double().requires_grad_()
        logits = network(x, label)
        assert logits.shape == (4,), settings
        assert torch.equal(logits, network(x, torch.eye(3).double()[label])), settings
        assert not close(logits, network(x, label.flip(0))), settings
        (slope,) = torch.autograd.grad(logits.sum(), x, create_graph=True)
        curves = torch.autograd.grad(slope.square().sum(), list(network.parameters()), allow_unused=True)
        assert slope.abs().max() > 0, settings
        assert all(curve.isfinite().all() for curve in curves if curve is not None), settings
        assert any(curve.abs().max() > 0 for curve in curves if curve is not None), settings
        assert network.crosses_samples == (norm == "batch" or across != "none")
        assert close(logits[:2], network(x[:2], label[:2])) == (not network.crosses_samples), settings


def test_a_first_stage_alone_is_not_normalized_and_sees_nobody_else():
    assert not discriminator(stages=1, **SMALL).crosses_samples
    assert discriminator(stages=1, normalized="all", **SMALL).crosses_samples


def test_running_statistics_are_what_use_needs_and_training_alone_moves_them():
    network = generator(latent=3, **SMALL)
    x = latents(network, 8)
    before = {name: tensor.clone() for name, tensor in network.named_buffers()}
    network.eval()
    network(x)
    assert all(torch.equal(tensor, before[name]) for name, tensor in network.named_buffers())
    network.train()
    network(x)
    assert not any(torch.equal(tensor, before[name]) for name, tensor in network.named_buffers())


def test_a_virtual_generator_runs_its_reference_latents_with_their_noise_and_classes_in_turns():
    network = generator(TOLD, latent=3, norm="virtual", pixel_noise=True, conditioning="norm", **SMALL).double()
    assert network.reference.latents.shape == (REFERENCES, network.latent)
    seen: list[Tensor] = []
    network.stages[0].register_forward_hook(lambda _layer, args, _made: seen.extend(args))
    x, label = latents(network).double(), torch.tensor([0, 2, 1])
    made = network(x, label)
    maps, mixture = seen
    assert made.shape == (3, 1, 16, 18)
    assert close(made[1:], network(x[1:], label[1:]))
    assert not network.crosses_samples
    assert len(maps) == REFERENCES + 3
    assert torch.equal(mixture, torch.eye(3).double()[[*(i % 3 for i in range(REFERENCES)), 0, 2, 1]])


def test_points_and_other_sizes_are_refused_with_the_way_out():
    for make, player in ((generator, "generator"), (discriminator, "discriminator")):
        with pytest.raises(SettingsError) as refused:
            make(Subject((2,)))
        assert str(refused.value) == f"{player}=conv supports images only: for points, use {player}=dense"
        with pytest.raises(SettingsError, match=rf"^{player}=conv supports images with sides of 16 to 128 pixels"):
            make(Subject((1, 8, 8)))


def test_labels_in_norms_are_refused_where_there_are_none():
    with pytest.raises(SettingsError, match=r"^generator\.conditioning=norm needs generator\.norm=batch, virtual or"):
        generator(TOLD, norm="none", conditioning="norm")
    generator(norm="none", conditioning="norm", **SMALL)


@pytest.mark.parametrize("stem", GENERATORS["stem"])
def test_labels_enter_a_generator_by_its_latent_or_by_its_norms(stem: str):
    for conditioning, beside in (("concat", 3), ("norm", 0)):
        network = generator(TOLD, latent=4, stem=stem, conditioning=conditioning, **SMALL)
        assert network.stem(torch.zeros(2, 4 + beside), torch.eye(3)[:2]).shape == (2, 3, 4, 5)
        assert sum(name.endswith("scale") for name, _ in network.named_parameters()) == (0 if beside else 2)


def test_attention_after_no_stage_is_refused():
    with pytest.raises(SettingsError) as refused:
        generator(attention=2, **SMALL)
    assert str(refused.value) == (
        "generator.attention=2: there is no feature map after that stage; use at most 1, or 0 for none"
    )
    with pytest.raises(SettingsError) as refused:
        discriminator(attention=5, **SMALL)
    assert str(refused.value) == (
        "discriminator.attention=5: there is no feature map after that stage; use at most 2, or 0 for none"
    )


def test_instance_norm_of_one_pixel_is_refused():
    for make, player in ((generator, "generator"), (discriminator, "discriminator")):
        with pytest.raises(SettingsError) as refused:
            make(Subject((1, 16, 16)), stages=4, norm="instance", **SMALL)
        assert str(refused.value) == (f"{player}.norm=instance maps a single pixel to 0: use {player}.stages=3")
        make(Subject((1, 16, 32)), stages=4, norm="instance", **SMALL)
        make(Subject((1, 16, 16)), stages=4, norm="batch", **SMALL)
