"""Layer tables: the totals of the sources, and every layer, activation and shape of every family."""

import pytest
import torch
from torch import nn

from ganarium.config import networks as settings_of
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import override
from ganarium.networks.base import Network, Subject
from ganarium.networks.conv import ConvDiscriminator, ConvGenerator
from ganarium.networks.dense import DenseGenerator
from ganarium.networks.layer_table import Layer, layers
from ganarium.networks.residual import ResidualDiscriminator, ResidualGenerator
from ganarium.recipes import RECIPES, find_recipe
from ganarium.training.build import build_networks

SHAPES = {"stacked": (3, 28, 28), "figures": (3, 64, 64), "pairs": (1, 28, 28), "ring": (2,), "grid": (2,)}
ACTIVATED = ("ReLU", "leaky ReLU 0.2", "tanh", "sigmoid", "softplus", "ELU", "maxout")

# source, recipe, its generator's and its discriminator's numbers, the running statistics of batch norm among them
SOURCES = [
    ("S1", "dense-shapes", 276_384, 265_701),
    ("S2-A", "dense-digits", 227_344, 201_217),
    ("S2-B", "dense-conv-digits", 227_344, 803_745),
    ("S3", "kplus1-digits", 398_401, 441_547),
    ("S4", "dense-layers", 99_384, 88_701),
    ("S5", "dcgan", 3_578_624, 2_767_360),
]


def tables(experiment: Experiment) -> dict[str, tuple[Network, list[Layer]]]:
    shape = SHAPES.get(experiment.data.kind, (1, 28, 28))
    networks = build_networks(experiment, shape, 0 if experiment.data.kind in SHAPES else 10)
    return {name: (network, layers(network, shape)) for name, network in networks.items()}


@pytest.mark.parametrize(("recipe", "made", "judged"), [row[1:] for row in SOURCES], ids=[row[0] for row in SOURCES])
def test_totals_are_those_that_the_sources_count(recipe: str, made: int, judged: int):
    for name, (_, rows) in tables(find_recipe(recipe).experiment()).items():
        total = sum(row.parameters + row.statistics for row in rows)
        assert total == {"generator": made, "discriminator": judged}[name]


def test_s3_has_the_rows_that_it_prints_with_everything_between_them():
    found = tables(find_recipe("kplus1-digits").experiment())
    kinds = {
        side: [(row.kind, row.output, row.parameters + row.statistics) for row in rows]
        for side, (_, rows) in found.items()
    }
    assert kinds["generator"] == [
        ("dense", (3136,), 348_096),
        ("batch norm", (3136,), 12_544),
        ("leaky ReLU 0.2", (64, 7, 7), 0),
        ("upsampling ×2, nearest", (64, 14, 14), 0),
        ("convolution 3×3", (64, 14, 14), 36_928),
        ("batch norm", (64, 14, 14), 256),
        ("leaky ReLU 0.2", (64, 14, 14), 0),
        ("upsampling ×2, nearest", (64, 28, 28), 0),
        ("convolution 3×3", (1, 28, 28), 577),
        ("tanh", (1, 28, 28), 0),
    ]
    assert kinds["discriminator"] == [
        ("convolution 3×3", (64, 28, 28), 640),
        ("batch norm", (64, 28, 28), 256),
        ("max-pool 2×2", (64, 14, 14), 0),
        ("leaky ReLU 0.2", (64, 14, 14), 0),
        ("convolution 3×3", (64, 14, 14), 36_928),
        ("batch norm", (64, 14, 14), 256),
        ("max-pool 2×2", (64, 7, 7), 0),
        ("leaky ReLU 0.2", (64, 7, 7), 0),
        ("dense", (128,), 401_536),
        ("batch norm", (128,), 512),
        ("leaky ReLU 0.2", (128,), 0),
        ("dense", (11,), 1_419),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipes_tables_hold_all_parameters_and_end_where_its_networks_end(recipe: str):
    experiment = find_recipe(recipe).experiment()
    for name, (network, rows) in tables(experiment).items():
        assert sum(row.parameters for row in rows) == sum(part.numel() for part in network.parameters())
        assert sum(row.statistics for row in rows) == sum(part.numel() for part in network.buffers())
        assert any(row.kind in ACTIVATED for row in rows), name
        assert all(row.kind and row.output for row in rows)


NORMED = Subject((1, 28, 28), 10)
ODDITIES = [
    (
        DenseGenerator,
        settings_of.DenseGeneratorConfig(norm="virtual", dropout=0.5),
        "virtual batch norm",
    ),
    (DenseGenerator, settings_of.DenseGeneratorConfig(activation="maxout"), "maxout"),
    (
        DenseGenerator,
        settings_of.DenseGeneratorConfig(dropout=0.5, dropout_rescaled=False),
        "dropout 0.5, not rescaled",
    ),
    (
        ConvGenerator,
        settings_of.ConvGeneratorConfig(norm="batch", conditioning="norm"),
        "scale and shift of each class",
    ),
    (ConvGenerator, settings_of.ConvGeneratorConfig(norm="instance", attention=1), "self-attention"),
    (ConvGenerator, settings_of.ConvGeneratorConfig(pixel_noise=True, up="bilinear"), "upsampling ×2, bilinear"),
    (ConvDiscriminator, settings_of.ConvDiscriminatorConfig(down="average-pool", dropout=0.3), "average-pool 2×2"),
    (ConvDiscriminator, settings_of.ConvDiscriminatorConfig(batch_features="discrimination", norm="none"), "dense"),
    (ConvDiscriminator, settings_of.ConvDiscriminatorConfig(conditioning="projection"), "dense"),
    (ResidualGenerator, settings_of.ResidualGeneratorConfig(pixel_noise=True, attention=1), "per-pixel noise"),
    (ResidualDiscriminator, settings_of.ResidualDiscriminatorConfig(attention=1), "weighted sum over positions"),
]


@pytest.mark.parametrize(("family", "settings", "kind"), ODDITIES, ids=[kind for *_, kind in ODDITIES])
def test_what_a_setting_adds_to_a_network_has_a_row(family: type[Network], settings: object, kind: str):
    with torch.device("meta"):
        network = family(settings, NORMED)
    rows = layers(network, NORMED.shape)
    assert kind in {row.kind for row in rows}
    assert sum(row.parameters for row in rows) == sum(part.numel() for part in network.parameters())


def test_a_table_leaves_its_network_as_it_was():
    network = build_networks(find_recipe("kplus1-digits").experiment(), (1, 28, 28), 10)["generator"]
    assert layers(network, (1, 28, 28)) == layers(network, (1, 28, 28))
    assert not any(module._forward_hooks for module in network.modules())


def test_a_pack_of_pictures_is_what_its_discriminator_is_shown_with():
    packed = override(find_recipe("dense-digits").experiment(), ["remedies.packing.pictures=2"])
    _, rows = tables(packed)["discriminator"]
    assert rows[0].shape == (2 * 784, 256)


def test_a_layer_of_another_make_is_called_by_its_class():
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.empty(3, device="meta"))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x * self.weight

    network = build_networks(find_recipe("ring").experiment(), (2,), 0)["generator"]
    network.out = nn.Sequential(network.out, nn.Linear(2, 3, device="meta"), Own(), nn.Linear(3, 2, device="meta"))
    assert [row.kind for row in layers(network, (2,))][-3:] == ["dense", "Own", "dense"]
