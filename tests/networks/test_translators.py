"""The translators and the patch discriminator: their sources' layers, what each output sees, and what is refused."""

from itertools import pairwise
from typing import TypeVar

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ganarium.config import networks as settings_of
from ganarium.config.layers import Norm
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Network, Subject, Translator
from ganarium.networks.init import initialize
from ganarium.networks.norms import InstanceNorm
from ganarium.networks.translators import Patch, ResNet, UNet

SMALL = Subject((1, 16, 16))

N = TypeVar("N", bound=Network)


def filled(network: N) -> N:
    initialize(network, network.init, lambda part, draw: Streams(0).at(part, draw, 0))
    return network


def unet(subject: Subject = SMALL, **settings: object) -> UNet:
    return filled(UNet(settings_of.UNetConfig(**({"width": 3, "max_channels": 8} | settings)), subject))


def resnet(subject: Subject = SMALL, **settings: object) -> ResNet:
    return filled(ResNet(settings_of.ResNetConfig(**({"width": 3, "blocks": 1} | settings)), subject))


def patch(subject: Subject = SMALL, **settings: object) -> Patch:
    return filled(Patch(settings_of.PatchConfig(**({"width": 3} | settings)), subject))


def pictures(*shape: int, seed: int = 1) -> Tensor:
    return Streams(seed).at("pictures", normal(*shape), 0)


def parameters(network: Network) -> int:
    return sum(part.numel() for part in network.parameters())


def test_a_unets_parameters_are_those_counted_by_hand():
    halvings = (16 * 1 * 4 + 4) + (16 * 4 * 8 + 8) + (16 * 8 * 8 + 8)  # 16 → 8 → 4 → 2 pixels
    doublings = (16 * 8 * 8 + 8) + (16 * 16 * 4 + 4) + (16 * 8 * 1 + 1)
    assert parameters(unet(width=4, max_channels=8, biases="all")) == halvings + doublings == 3_809
    assert parameters(unet(width=4, max_channels=8, norm="batch", biases="all")) == 3_809 + 2 * (8 + 8 + 4)
    assert parameters(unet(width=4, levels=1)) == 68 + 65


def test_zhus_resnet_of_nine_blocks_has_its_11_378_179_parameters():
    with torch.device("meta"):
        network = ResNet(settings_of.ResNetConfig(width=64, blocks=9, biases="all"), Subject((3, 64, 64)))
    ends = (49 * 3 * 64 + 64) + (49 * 64 * 3 + 3)
    inside = (9 * 64 * 128 + 128) + (9 * 128 * 256 + 256) + (9 * 256 * 128 + 128) + (9 * 128 * 64 + 64)
    assert parameters(network) == ends + inside + 9 * 2 * (9 * 256 * 256 + 256) == 11_378_179


def test_isolas_patch_discriminator_of_70_pixels_has_its_2_764_737_parameters():
    with torch.device("meta"):
        network = Patch(settings_of.PatchConfig(width=64, layers=3, biases="all"), Subject((3, 64, 64)))
    sizes = [3, 64, 128, 256, 512, 1]
    assert parameters(network) == sum(16 * a * b + b for a, b in pairwise(sizes)) == 2_764_737
    assert (
        parameters(patch(width=3, max_channels=5, biases="all")) == 16 * (1 * 3 + 3 * 5 + 5 * 5 + 5 * 1) + 3 + 5 + 5 + 1
    )


def with_biases(network: N) -> tuple[N, list[tuple[Tensor, Tensor]]]:
    """The network with biases other than 0, and its weights and biases in order."""
    with torch.no_grad():
        for name, part in network.named_parameters():
            if "bias" in name:
                part.copy_(Streams(7).at(name, normal(*part.shape), 0))
    parts = list(network.parameters())
    return network, list(zip(parts[::2], parts[1::2], strict=True))


def test_a_unet_is_what_isola_describes():
    network, (enter, down, up, out) = with_biases(unet(norm="none", levels=2))
    x = pictures(2, 1, 16, 16)
    finer = F.conv2d(x, *enter, stride=2, padding=1)
    coarser = F.conv2d(F.leaky_relu(finer, 0.2), *down, stride=2, padding=1)
    joined = torch.cat([F.conv_transpose2d(F.relu(coarser), *up, stride=2, padding=1), finer], 1)
    made = torch.sigmoid(F.conv_transpose2d(F.relu(joined), *out, stride=2, padding=1))
    assert torch.allclose(network(x), made, atol=1e-6)


def test_a_resnet_is_what_zhu_describes():
    network, (enter, half, quarter, first, second, up, upper, out) = with_biases(resnet(norm="none"))

    def mirrored(x: Tensor, layer: tuple[Tensor, Tensor], width: int) -> Tensor:
        return F.conv2d(F.pad(x, (width,) * 4, mode="reflect"), *layer)

    x = y = pictures(2, 1, 16, 16)
    y = F.relu(mirrored(y, enter, 3))
    for layer in (half, quarter):
        y = F.relu(F.conv2d(y, *layer, stride=2, padding=1))
    y = y + mirrored(F.relu(mirrored(y, first, 1)), second, 1)
    for layer in (up, upper):
        y = F.relu(F.conv_transpose2d(y, *layer, stride=2, padding=1, output_padding=1))
    assert torch.allclose(network(x), torch.sigmoid(mirrored(y, out, 3)), atol=1e-6)


def test_a_patch_discriminator_is_what_isola_describes():
    network, (*halvings, last, out) = with_biases(patch(norm="none"))
    x = y = pictures(2, 1, 16, 16)
    for layer in halvings:
        y = F.leaky_relu(F.conv2d(y, *layer, stride=2, padding=1), 0.2)
    y = F.leaky_relu(F.conv2d(y, *last, padding=1), 0.2)
    assert torch.allclose(network.features(x), y.flatten(1), atol=1e-6)
    assert torch.allclose(network(x), F.conv2d(y, *out, padding=1).flatten(1), atol=1e-5)


SHAPES = [(1, 28, 28), (3, 32, 32), (1, 60, 60), (4, 64, 64), (1, 31, 45), (3, 9, 14)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("build", [unet, resnet])
def test_a_translation_has_the_shape_of_its_picture(build: type[Translator], shape: tuple[int, int, int]):
    network = build(Subject(shape))
    made = network(pictures(2, *shape))
    assert made.shape == (2, *shape)
    assert made.isfinite().all()
    assert network.output_range == (0, 1)


@pytest.mark.parametrize(("side", "coarsest"), [(4, 2), (7, 3), (16, 2), (28, 3), (32, 2), (60, 3), (64, 2)])
def test_by_default_a_unet_halves_a_picture_to_2_or_3_pixels(side: int, coarsest: int):
    network, sides = unet(Subject((1, side, 2 * side))), []
    for layer in (network.enter, *network.down):
        layer.register_forward_hook(lambda _layer, _inputs, output: sides.append(output.shape[2]))
    network(pictures(2, 1, side, 2 * side))
    assert sides[-1] == coarsest
    assert len(sides) == len(network.up) + 1


@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
def test_a_unet_may_go_down_to_one_pixel(norm: Norm):
    network = unet(Subject((1, 9, 8)), levels=3, norm=norm)
    x = pictures(2, 1, 9, 8).requires_grad_()
    (slope,) = torch.autograd.grad(network(x).square().sum(), x)
    assert slope.isfinite().all()


@pytest.mark.parametrize("level", [0, 1, 2])
def test_each_level_of_a_unet_is_joined_to_its_opposite(level: int):
    network, x = unet(norm="none"), pictures(2, 1, 16, 16)
    doubling = [network.out, *reversed(network.up)][level]
    joined = [3, 6, 0][level]  # channels that it sees of its opposite
    before = network(x)
    with torch.no_grad():
        weight = doubling.conv.weight
        assert weight.shape[0] == [6, 12, 8][level]
        weight[len(weight) - joined :] = 0
    assert torch.equal(network(x), before) == (joined == 0)


def test_without_its_coarsest_maps_a_unet_still_sees_each_place():
    network, x = unet(norm="none"), pictures(1, 1, 16, 16)
    with torch.no_grad():
        network.out.conv.weight[:3] = 0
    x.requires_grad_()
    (slope,) = torch.autograd.grad(network(x)[0, 0, 8, 8], x)
    rows, columns = slope[0, 0].nonzero().unbind(1)
    assert rows.max() - rows.min() == columns.max() - columns.min() == 5  # two of its maps' places, 4 pixels wide each


def test_a_resnet_mirrors_its_picture_at_the_edges():
    network = resnet(norm="none", blocks=2)
    flat = torch.ones(1, 1, 16, 16)
    entered = network.enter(flat)
    assert torch.allclose(entered, entered[..., :1, :1].expand_as(entered), atol=1e-6)
    inside = torch.ones(1, 12, 4, 4)
    through = network.blocks(inside)
    assert torch.allclose(through, through[..., :1, :1].expand_as(through), atol=1e-5)
    assert network.out(torch.ones(1, 3, 8, 8)).std() < 1e-6


def test_a_resnets_blocks_add_to_what_they_get():
    network, x = resnet(norm="none", blocks=2), pictures(1, 12, 4, 4)
    with torch.no_grad():
        for block in network.blocks:
            block.second[0].weight.zero_()
    assert torch.equal(network.blocks(x), x)


def test_a_resnet_works_at_a_quarter_of_the_side():
    network, seen = resnet(Subject((1, 30, 17))), []
    network.blocks.register_forward_hook(lambda _layer, _inputs, output: seen.append(output.shape[1:]))
    network(pictures(2, 1, 30, 17))
    assert seen == [(12, 8, 5)]


@pytest.mark.parametrize(("output", "low", "high"), [("sigmoid", 0, 1), ("tanh", -1, 1)])
@pytest.mark.parametrize("build", [unet, resnet])
def test_translations_stay_in_the_declared_range(build: type[Translator], output: str, low: float, high: float):
    network = build(output=output, norm="none")
    assert network.output_range == (low, high)
    made = network(1e4 * pictures(2, 1, 16, 16))
    assert (made.min(), made.max()) == (low, high)
    assert build(output="linear", norm="none")(1e4 * pictures(2, 1, 16, 16)).abs().max() > 10


def all_ones(network: Patch) -> Patch:
    with torch.no_grad():
        for part in network.parameters():
            part.fill_(1 / part[0].numel())
    return network.double()


@pytest.mark.parametrize(("halvings", "wide"), [(1, 16), (2, 34), (3, 70), (4, 142), (5, 286)])
def test_a_patch_is_as_wide_as_its_settings_say(halvings: int, wide: int):
    side = wide + 2 * 2**halvings + (-wide) % 2**halvings
    network = all_ones(patch(Subject((1, side, side)), width=1, max_channels=1, layers=halvings, norm="none"))
    x = torch.ones(1, 1, side, side).double().requires_grad_()
    logits = network(x).view(side // 2**halvings - 2, -1)
    middle = len(logits) // 2
    (slope,) = torch.autograd.grad(logits[middle, middle], x)
    rows, columns = slope[0, 0].nonzero().unbind(1)
    assert rows.max() - rows.min() + 1 == columns.max() - columns.min() + 1 == wide
    assert str(wide) in settings_of.PatchConfig.model_fields["layers"].description


def test_the_first_patch_is_at_the_top_left_and_patches_go_row_by_row():
    network = all_ones(patch(Subject((1, 32, 64)), width=1, layers=1, norm="none"))
    x = torch.ones(1, 1, 32, 64).double().requires_grad_()
    logits, seen = network(x)[0], []
    for number in (0, 1, 29, -1):  # of 14 rows with 30 patches each
        (slope,) = torch.autograd.grad(logits[number], x, retain_graph=True)
        rows, columns = slope[0, 0].nonzero().unbind(1)
        seen.append((rows.min(), rows.max(), columns.min(), columns.max()))
    assert seen == [(0, 10, 0, 10), (0, 10, 0, 12), (0, 10, 53, 63), (21, 31, 53, 63)]


@pytest.mark.parametrize(
    ("shape", "halvings", "patches"),
    [((1, 28, 28), 1, 144), ((1, 28, 28), 2, 25), ((3, 28, 28), 3, 1), ((1, 60, 32), 3, 10), ((4, 64, 64), 4, 4)],
)
def test_there_is_a_logit_for_each_patch(shape: tuple[int, int, int], halvings: int, patches: int):
    network, x = patch(Subject(shape), layers=halvings), pictures(2, *shape)
    assert network(x).shape == (2, patches)
    features = network.features(x)
    assert features.dim() == 2
    assert torch.equal(network.head(features), network(x))


@pytest.mark.parametrize("build", [unet, resnet, patch])
def test_batch_norm_alone_looks_across_samples(build: type[Network]):
    x = pictures(4, 1, 16, 16).double()
    for norm, crosses in (("none", False), ("instance", False), ("batch", True)):
        network = build(norm=norm).double()
        assert network.crosses_samples == crosses
        assert torch.allclose(network(x)[:2], network(x[:2]), rtol=0, atol=1e-12) != crosses


@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
@pytest.mark.parametrize("build", [unet, resnet, patch])
def test_slopes_of_slopes_are_finite(build: type[Network], norm: Norm):
    network, x = build(norm=norm), pictures(3, 1, 16, 16).requires_grad_()
    (slope,) = torch.autograd.grad(network(x).square().sum(), x, create_graph=True)
    slope.square().sum().backward()
    for name, part in network.named_parameters():
        assert part.grad is None or part.grad.isfinite().all(), name
        assert "weight" not in name or part.grad.any(), name


@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
def test_a_network_without_weights_gets_all_of_them(norm: Norm):
    with torch.device("meta"):
        networks = (
            UNet(settings_of.UNetConfig(width=3, norm=norm), SMALL),
            ResNet(settings_of.ResNetConfig(width=3, blocks=1, norm=norm), SMALL),
            Patch(settings_of.PatchConfig(width=3, norm=norm), SMALL),
        )
    for network in networks:
        network.to_empty(device="cpu")
        tensors = [*network.parameters(), *network.buffers()]
        with torch.no_grad():
            for tensor in tensors:
                tensor.fill_(torch.nan)
        filled(network)
        assert all(tensor.isfinite().all() for tensor in tensors)
        assert network(pictures(2, 1, 16, 16)).isfinite().all()


@pytest.mark.parametrize("norm", ["batch", "instance"])
def test_every_map_is_normalized_but_the_first_the_last_and_the_smallest(norm: Norm):
    kinds = nn.BatchNorm2d | InstanceNorm
    for network, expected in (
        (unet(norm=norm), 3),
        (resnet(norm=norm, blocks=2), 1 + 2 + 4 + 2),
        (patch(norm=norm), 2),
    ):
        assert sum(isinstance(layer, kinds) for layer in network.modules()) == expected


def test_the_law_of_the_first_weights_is_the_one_asked_for():
    for build in (unet, resnet, patch):
        assert build(init="small").init == "small"


PAIRS = "supports images only: for points, use generator=dense and game=synthesis"


@pytest.mark.parametrize(
    ("build", "subject", "settings", "message"),
    [
        (unet, Subject((2,)), {}, f"generator=unet {PAIRS}"),
        (resnet, Subject((2,)), {}, f"generator=resnet {PAIRS}"),
        (patch, Subject((2,)), {}, "discriminator=patch supports images only: for points, use discriminator=dense"),
        (
            unet,
            Subject((1, 3, 9)),
            {},
            "generator=unet needs images with sides of at least 4 pixels, not 3×9: use a larger data.size",
        ),
        (
            resnet,
            Subject((1, 8, 7)),
            {},
            "generator=resnet needs images with sides of at least 8 pixels, not 8×7: use a larger data.size",
        ),
        (
            patch,
            Subject((1, 28, 5)),
            {},
            "discriminator=patch needs images with sides of at least 6 pixels, not 28×5: use a larger data.size",
        ),
        (unet, SMALL, {"levels": 5}, "generator.levels=5: a side of 16 pixels can be halved at most 4 times"),
        (
            patch,
            Subject((1, 47, 64)),
            {"layers": 4},
            "discriminator.layers=4 is too many for images with a side of 47 pixels: use at most 3",
        ),
        (
            patch,
            Subject((1, 28, 28), classes=10),
            {},
            "discriminator=patch supports no labels: use discriminator=dense, conv or residual, "
            "or a game without labels",
        ),
        (
            patch,
            Subject((1, 28, 28), outputs=2),
            {},
            "discriminator=patch returns a single logit for each patch: use discriminator=dense, conv or residual",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    build: type[Network], subject: Subject, settings: dict[str, int], message: str
):
    with pytest.raises(SettingsError) as refusal:
        build(subject, **settings)
    assert str(refusal.value) == message


@pytest.mark.parametrize(("build", "player"), [(unet, "generator"), (resnet, "generator"), (patch, "discriminator")])
def test_virtual_batch_norm_is_refused(build: type[Network], player: str):
    with pytest.raises(SettingsError, match=rf"{player}\.norm=virtual needs .*{player}\.norm=instance"):
        build(norm="virtual")
