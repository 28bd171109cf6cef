"""Biases: a layer lacks one exactly where the normalization behind it would cancel it."""

import pytest
import torch
from torch import nn

from ganarium.config import networks as settings_of
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.overrides import experiment_from, plain
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Generator, Network, Subject
from ganarium.networks.init import initialize
from ganarium.recipes import find_recipe
from ganarium.training.build import build_networks

PICTURE = Subject((1, 16, 16))
FAMILIES = {
    "dense generator": ("generator", {"kind": "dense", "hidden": [4, 5], "latent": 3, "activation": "softplus"}),
    "dense discriminator": ("discriminator", {"kind": "dense", "hidden": [4, 5], "activation": "softplus"}),
    "maxout": ("discriminator", {"kind": "dense", "hidden": [4], "activation": "maxout"}),
    "conv generator": ("generator", {"kind": "conv", "width": 2, "latent": 3, "activation": "softplus"}),
    "dense stem": ("generator", {"kind": "conv", "width": 2, "latent": 3, "stem": "dense", "activation": "softplus"}),
    "upsampling": ("generator", {"kind": "conv", "width": 2, "latent": 3, "up": "nearest", "activation": "softplus"}),
    "pixel noise": ("generator", {"kind": "conv", "width": 2, "latent": 3, "pixel_noise": True, "activation": "tanh"}),
    "conv discriminator": ("discriminator", {"kind": "conv", "width": 2, "hidden": [5], "activation": "softplus"}),
    "all normalized": ("discriminator", {"kind": "conv", "width": 2, "normalized": "all", "activation": "softplus"}),
    "unet": ("generator", {"kind": "unet", "width": 2}),
    "resnet": ("generator", {"kind": "resnet", "width": 2, "blocks": 1}),
    "patch": ("discriminator", {"kind": "patch", "width": 2}),
}
NORMS = ("none", "batch", "instance", "virtual")


def built(family: str, **more: object) -> Network:
    side, settings = FAMILIES[family]
    entry = (GENERATORS if side == "generator" else DISCRIMINATORS)[settings["kind"]]
    network = entry.load()(entry.settings.model_validate(settings | more), PICTURE)
    initialize(network, network.init, lambda part, draw: Streams(0).at(part, draw, 0))
    return network.double()


def has_virtual(family: str) -> bool:
    side, settings = FAMILIES[family]
    return side == "generator" and settings["kind"] in ("dense", "conv")


def biases_of(network: Network) -> dict[str, nn.Parameter]:
    """Those of linear layers and convolutions."""
    layers = network.named_modules()
    weighted = {name for name, layer in layers if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d)}
    return {name: own for name, own in network.named_parameters() if name.removesuffix(".bias") in weighted}


@pytest.mark.parametrize(
    ("family", "norm"),
    [(family, norm) for family in FAMILIES for norm in NORMS if norm != "virtual" or has_virtual(family)],
)
def test_needed_leaves_out_exactly_the_biases_that_change_nothing(family: str, norm: str):
    network, needed = built(family, norm=norm, biases="all"), biases_of(built(family, norm=norm))
    draw = network.latents(6) if isinstance(network, Generator) else normal(6, *PICTURE.shape)
    x = Streams(1).at("x", draw, 0).double()
    before = network(x)
    for name, bias in biases_of(network).items():
        with torch.no_grad():
            kept, moved = bias.clone(), Streams(2).at(name, normal(*bias.shape), 0)
            bias.add_(moved)
            assert torch.allclose(network(x), before, rtol=0, atol=1e-9) == (name not in needed), name
            bias.copy_(kept)


@pytest.mark.parametrize("family", FAMILIES)
def test_first_weights_are_those_of_the_network_with_biases_and_none_has_no_bias(family: str):
    networks = {biases: built(family, norm="batch", biases=biases) for biases in ("all", "needed", "none")}
    every = dict(networks["all"].named_parameters())
    for network in networks.values():
        assert all(torch.equal(own, every[name]) for name, own in network.named_parameters())
    assert biases_of(networks["all"]).keys() > biases_of(networks["needed"]).keys()
    assert not biases_of(networks["none"])


def test_dcgan_at_64_pixels_has_the_references_parameters():
    networks = build_networks(find_recipe("dcgan").experiment(), (3, 64, 64), 0)
    numbers = {name: sum(own.numel() for own in network.parameters()) for name, network in networks.items()}
    assert numbers == {"generator": 3_576_704, "discriminator": 2_765_568}


def test_a_run_recorded_before_keeps_its_biases_and_first_scales():
    written = plain(find_recipe("dcgan").experiment())
    for player in ("generator", "discriminator"):
        del written[player]["biases"]
        written[player]["init"] = "small"  # what this recipe had
    old, new = experiment_from(written, recorded=True), experiment_from(written)
    assert (old.generator.biases, new.generator.biases) == ("all", "needed")
    network = build_networks(old, (3, 64, 64), 0)["generator"]
    assert network.get_parameter("stages.0.conv.bias").shape == (256,)


@pytest.mark.parametrize(("init", "deviation"), [("dcgan", 0.02), ("small", 0.0), ("he", 0.0)])
@pytest.mark.parametrize("norm", ["batch", "virtual"])
@pytest.mark.parametrize("conditioning", ["concat", "norm"])
def test_scales_of_dcgans_normalizations_begin_near_one(norm: str, conditioning: str, init: str, deviation: float):
    settings = settings_of.DenseGeneratorConfig(hidden=(2_000,), norm=norm, init=init, conditioning=conditioning)
    network = GENERATORS["dense"].load()(settings, Subject((4,), 3))
    initialize(network, network.init, lambda part, draw: Streams(0).at(part, draw, 0))
    (scale,) = (own for name, own in network.named_parameters() if name.startswith("hidden.norms") and own.mean() > 0.5)
    assert scale.mean().item() == pytest.approx(1, abs=0.002)
    assert scale.std().item() == pytest.approx(deviation, rel=0.1)
    assert scale.dim() == 1 or torch.equal(scale[0], scale[2]), "classes begin alike"
