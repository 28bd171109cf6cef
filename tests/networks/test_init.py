"""First weights: their deviation for every kind of layer, and that nothing is left as memory had it."""

from collections.abc import Callable
from functools import partial
from math import sqrt

import pytest
import torch
from torch import Tensor, nn

from ganarium.config.layers import Init
from ganarium.core.random_streams import Draw, Streams, normal
from ganarium.networks.init import fans, initialize

LAYERS: dict[str, tuple[Callable[[], nn.Module], float, float]] = {
    # how many inputs add up to one output, to how many outputs one input goes
    "dense": (lambda: nn.Linear(200, 50), 200, 50),
    "convolution": (lambda: nn.Conv2d(16, 32, (5, 3), padding=2), 16 * 15, 32 * 15),
    "strided convolution": (lambda: nn.Conv2d(16, 32, 4, stride=2, padding=1), 16 * 16, 32 * 16),
    "grouped convolution": (lambda: nn.Conv2d(32, 64, 3, groups=4), 8 * 9, 64 * 9),
    "transposed at stride 1": (lambda: nn.ConvTranspose2d(32, 16, 3, padding=1), 32 * 9, 16 * 9),
    "transposed at stride 2": (lambda: nn.ConvTranspose2d(32, 16, 4, stride=2, padding=1), 32 * 4, 16 * 16),
    "transposed from one place": (lambda: nn.ConvTranspose2d(100, 16, (7, 5), stride=(7, 5)), 100, 16 * 35),
}
FIRST_AXIS = {"dense": 200, "convolution": 5, "strided convolution": 4, "grouped convolution": 3} | {
    "transposed at stride 1": 3,
    "transposed at stride 2": 4,
    "transposed from one place": 7,
}


def filled(layer: nn.Module, init: Init, seed: int = 0) -> nn.Module:
    for tensor in [*layer.parameters(), *layer.buffers()]:
        tensor.data.fill_(float("nan"))
    initialize(layer, init, lambda part, draw: Streams(seed).at(part, draw, 0))
    return layer


def deviation(kind: str, init: Init) -> float:
    _, fan_in, fan_out = LAYERS[kind]
    return {
        "he": sqrt(2 / fan_in),
        "glorot": sqrt(2 / (fan_in + fan_out)),
        "small": 0.02,
        "first-axis": sqrt(2 / FIRST_AXIS[kind]),
    }[init]


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("init", ["he", "glorot", "small", "first-axis"])
def test_weights_are_normal_with_the_deviation_of_their_law_and_biases_are_zero(kind: str, init: Init):
    make, fan_in, fan_out = LAYERS[kind]
    layer = filled(make(), init)
    assert fans(layer) == (fan_in, fan_out)
    n = layer.weight.numel()
    assert layer.weight.std().item() == pytest.approx(deviation(kind, init), rel=4 / sqrt(2 * n))
    assert abs(layer.weight.mean().item()) < 4 * deviation(kind, init) / sqrt(n)
    assert (layer.weight.abs() < 2 * layer.weight.std()).float().mean().item() == pytest.approx(0.954, abs=0.02)
    assert not layer.bias.any()


@pytest.mark.parametrize("kind", LAYERS)
def test_uniform_weights_and_biases_fill_plus_minus_one_over_root_fan_in(kind: str):
    make, fan_in, _ = LAYERS[kind]
    layer, bound = filled(make(), "uniform"), 1 / sqrt(fan_in)
    assert 0.98 * bound < layer.weight.abs().max() <= bound
    assert layer.weight.std().item() == pytest.approx(bound / sqrt(3), rel=0.05)
    assert 0.5 * bound < layer.bias.abs().max() <= bound
    assert layer.bias.min() < 0 < layer.bias.max()
    assert not torch.equal(layer.weight.flatten()[: len(layer.bias)], layer.bias)


def test_s2s_convolution_has_the_deviation_that_its_listing_gives_it():
    layer = filled(nn.Conv2d(1, 16, 5, padding=2), "first-axis", seed=3)
    assert deviation("convolution", "first-axis") == pytest.approx(0.632, abs=5e-4)
    assert layer.weight.std().item() == pytest.approx(0.632, rel=0.1)


@pytest.mark.parametrize("kind", LAYERS)
def test_he_keeps_the_size_of_what_a_relu_hands_on(kind: str):
    """A ReLU of N(0, 1) has mean square 1/2, and what becomes of it should have variance 1 again, edges aside."""
    make, _, _ = LAYERS[kind]
    layer = filled(make(), "he")
    inputs = layer.in_features if isinstance(layer, nn.Linear) else layer.in_channels
    places = () if isinstance(layer, nn.Linear) else (1, 1) if "one place" in kind else (16, 16)
    x = Streams(1).at("x", normal(64, inputs, *places), 0).relu()
    made = layer(x)
    inner = made if not places or "one place" in kind else made[..., 3:-3, 3:-3]
    assert inner.square().mean().item() == pytest.approx(1, rel=0.15)


def test_batch_norms_begin_without_a_history_whether_or_not_they_count_batches():
    counting, plain = nn.BatchNorm2d(3), nn.BatchNorm1d(3, affine=False)
    plain.num_batches_tracked = None
    counting.num_batches_tracked = None
    for layer in (filled(counting, "he"), filled(plain, "he")):
        assert torch.equal(layer.running_mean, torch.zeros(3))
        assert torch.equal(layer.running_var, torch.ones(3))
    assert torch.equal(counting.weight, torch.ones(3))
    assert torch.equal(counting.bias, torch.zeros(3))


class Own(nn.Module):
    """A layer that begins by a law of its own, and has a dense layer inside."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Linear(3, 2)
        self.register_buffer("mark", torch.empty(2))

    def initialize(self, drawn: Callable[[str, Draw], Tensor]) -> None:
        self.mark.copy_(drawn("mark", normal(2)))


def test_a_beginner_fills_its_own_and_the_layers_inside_are_filled_as_any_other():
    asked: list[str] = []

    def drawn(part: str, draw: Draw) -> Tensor:
        asked.append(part)
        return Streams(0).at(part, draw, 0)

    network = nn.Sequential(Own())
    initialize(network, "he", drawn)
    assert asked == ["0.mark", "0.inner.weight"]
    assert torch.equal(network[0].mark, Streams(0).at("0.mark", normal(2), 0))


@pytest.mark.parametrize(
    "layer", [partial(nn.GroupNorm, 1, 2), partial(nn.PReLU, 2), partial(nn.BatchNorm3d, 2, affine=False)]
)
def test_a_layer_whose_law_nobody_knows_is_our_mistake(layer: Callable[[], nn.Module]):
    with pytest.raises(AssertionError, match="has no initialization"):
        initialize(nn.Sequential(layer()), "he", lambda part, draw: Streams(0).at(part, draw, 0))
