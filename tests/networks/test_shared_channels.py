"""One network for every channel: what its images and its answers depend on."""

from functools import partial
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.config import networks as settings_of
from ganarium.config.layers import ImageDiscriminatorConfig, LatentConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Network, Subject
from ganarium.networks.conv import ConvDiscriminator, ConvGenerator
from ganarium.networks.dense import DenseDiscriminator, DenseGenerator
from ganarium.networks.init import initialize
from ganarium.networks.layer_table import layers
from ganarium.networks.residual import ResidualDiscriminator, ResidualGenerator
from ganarium.networks.shared_channels import SharedChannelsDiscriminator, SharedChannelsGenerator

COLOUR, LABELLED = Subject((3, 16, 16)), Subject((3, 16, 16), 4)
NARROW: dict[str, Any] = {"width": 4, "max_channels": 8}
FAMILIES: dict[str, tuple[Any, Any, Any, Any]] = {
    "dense": (
        DenseGenerator,
        settings_of.DenseGeneratorConfig(latent=6, hidden=(5,)),
        DenseDiscriminator,
        settings_of.DenseDiscriminatorConfig(hidden=(5,)),
    ),
    "conv": (
        ConvGenerator,
        settings_of.ConvGeneratorConfig(latent=6, pixel_noise=True, norm="none", **NARROW),
        ConvDiscriminator,
        settings_of.ConvDiscriminatorConfig(norm="none", **NARROW),
    ),
    "residual": (
        ResidualGenerator,
        settings_of.ResidualGeneratorConfig(latent=6, pixel_noise=True, **NARROW),
        ResidualDiscriminator,
        settings_of.ResidualDiscriminatorConfig(**NARROW),
    ),
}
every_family = pytest.mark.parametrize("family", FAMILIES)


def awake(network: Any) -> Any:
    """The network after some training, as it were."""
    initialize(network, network.init, lambda part, draw: Streams(0).at(part, draw, 0))
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            parameter += 0.1 * Streams(5).at(name, normal(*parameter.shape), 0)
    return network


def pair(family: str, subject: Subject, **settings: object) -> tuple[Any, Any]:
    make, of_generator, judge, of_discriminator = FAMILIES[family]
    latent: LatentConfig = of_generator
    judged: ImageDiscriminatorConfig = of_discriminator.model_copy(update=settings)
    return (
        awake(SharedChannelsGenerator(partial(make, latent), latent, subject)),
        awake(SharedChannelsDiscriminator(judge, judged, subject)),
    )


def numbers(*shape: int) -> Tensor:
    return Streams(1).at("x", normal(*shape), 0)


@every_family
def test_each_channel_is_made_from_a_latent_and_noise_of_its_own(family: str):
    made, _ = pair(family, COLOUR)
    given = numbers(2, made.latent)
    of_channels = made.of_channels(given[:, :6]).view(2, 3, 6)
    noise = given[:, 6:].view(2, 3, -1)
    for channel, picture in enumerate(made(given).unbind(1)):
        alone = made.inner(torch.cat([of_channels[:, channel], noise[:, channel]], 1))
        assert torch.allclose(alone[:, 0], picture, atol=1e-6)


@every_family
def test_a_logit_depends_on_the_combination_of_channels_and_their_features_do_not(family: str):
    _, judged = pair(family, COLOUR)
    a, b, c, d = numbers(4, 1, 16, 16).unbind()
    combined = [torch.stack([torch.cat(parts)]) for parts in ((a, b, c), (a, d, c), (b, b, c), (b, d, c))]
    logits = [judged(pictures).double() for pictures in combined]
    assert (logits[0] - logits[1] - logits[2] + logits[3]).abs() > 1e-5
    seen: list[Tensor] = []
    judged.inner.register_forward_hook(lambda _layer, _inputs, output: seen.append(output))
    judged(torch.cat([combined[0], combined[0].flip(1)]))
    assert torch.allclose(seen[0][:3], seen[0][3:].flip(0), atol=1e-6)


@every_family
@pytest.mark.parametrize("conditioning", ["concat", "projection"])
def test_every_channel_knows_the_label_of_its_image(family: str, conditioning: str):
    made, judged = pair(family, LABELLED, conditioning=conditioning)
    given, label = numbers(3, made.latent), torch.tensor([0, 1, 2])
    pictures = made(given, label)
    changed = (pictures - made(given, label.flip(0))).abs().amax((2, 3))
    assert (changed[0] > 0).all()
    assert not torch.allclose(judged(pictures, label), judged(pictures, label.flip(0)))
    mixed = F.one_hot(label, 4).float()
    assert torch.allclose(judged(made(given, mixed), mixed), judged(pictures, label), atol=1e-5)


def test_points_have_no_channels_to_share():
    for player, number in (("generator", 0), ("discriminator", 1)):
        build = (
            partial(SharedChannelsGenerator, DenseGenerator, settings_of.DenseGeneratorConfig())
            if not number
            else partial(SharedChannelsDiscriminator, DenseDiscriminator, settings_of.DenseDiscriminatorConfig())
        )
        with pytest.raises(SettingsError, match=rf"{player}\.shared_channels supports images only"):
            build(Subject((2,)))


@every_family
@pytest.mark.parametrize("batch_features", ["none", "deviation"])
def test_all_layers_are_in_the_table_and_only_batch_features_mix_samples(family: str, batch_features: str):
    networks: tuple[Network, ...] = pair(family, COLOUR, batch_features=batch_features)
    for network in networks:
        assert sum(row.parameters for row in layers(network, (3, 16, 16))) == sum(
            part.numel() for part in network.parameters()
        )
    assert [network.crosses_samples for network in networks] == [False, batch_features != "none"]
