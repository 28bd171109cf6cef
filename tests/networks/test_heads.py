"""The last layer of discriminators: what it answers, what it sees of the batch, and how labels enter it."""

from itertools import product
from math import exp, sqrt

import pytest
import torch
from torch import Tensor, nn

from ganarium.config import networks as settings_of
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Subject
from ganarium.networks.dense import DenseDiscriminator
from ganarium.networks.heads import DIMENSIONS, Head, appended_classes, minibatch_deviation, minibatch_discrimination
from ganarium.networks.init import initialize
from ganarium.training.player import weights_of

ACROSS = ["none", "discrimination", "deviation"]
D = 4  # features


def numbers(*shape: int, seed: int = 0) -> Tensor:
    return Streams(seed).at("x", normal(*shape), 0).double()


def filled(network: nn.Module) -> nn.Module:
    for tensor in [*network.parameters(), *network.buffers()]:
        tensor.data.fill_(float("nan"))
    initialize(network, "he", lambda part, draw: Streams(0).at(part, draw, 0))
    return network.double()


def head(classes: int = 0, outputs: int = 1, **settings: object) -> Head:
    of = settings_of.DenseDiscriminatorConfig(**{"batch_features_kernels": 3, **settings})
    return filled(Head(D, of, Subject((2,), classes, outputs)))


@pytest.mark.parametrize(("outputs", "shape"), [(1, (6,)), (2, (6, 2)), (11, (6, 11))])
def test_answers_are_numbers_or_rows_of_as_many_as_are_asked_for(outputs: int, shape: tuple[int, ...]):
    for across in ACROSS:
        assert head(outputs=outputs, batch_features=across)(numbers(6, D)).shape == shape
    assert head(outputs=outputs)(numbers(1, D)).shape == (1, *shape[1:])


def test_a_plain_head_is_a_dense_layer_by_name_and_by_value():
    layer, x = head(), numbers(6, D)
    assert {name: tuple(tensor.shape) for name, tensor in layer.state_dict().items()} == {
        "weight": (1, D),
        "bias": (1,),
    }
    layer.bias.data.fill_(3)
    assert torch.allclose(layer(x), x @ layer.weight[0] + 3)


def test_minibatch_discrimination_is_its_papers_sum_over_all_others():
    layer, x = head(batch_features="discrimination"), numbers(5, D)
    tensor = layer.kernels.weight.detach().view(3, DIMENSIONS, D)
    seen = torch.zeros(5, 3).double()
    for i, b in product(range(5), range(3)):
        for j in range(5):
            if j != i:
                seen[i, b] += exp(-sum(abs(float(row @ (x[i] - x[j]))) for row in tensor[b]))
    assert layer.kernels.weight.shape == (3 * 5, D)  # 5 numbers for each kernel
    assert 0.01 < seen.max() < 4
    assert torch.allclose(minibatch_discrimination(layer.kernels(x).view(5, 3, DIMENSIONS)), seen, rtol=0, atol=1e-12)
    expected = x @ layer.weight[0, :D] + seen @ layer.weight[0, D:] + layer.bias
    assert torch.allclose(layer(x), expected, rtol=0, atol=1e-12)


def test_twins_are_nearest_and_a_picture_alone_has_nobody_near():
    twins = numbers(1, 3, DIMENSIONS).expand(4, -1, -1)
    assert torch.equal(minibatch_discrimination(twins), torch.full((4, 3), 3.0).double())
    assert torch.equal(minibatch_discrimination(twins[:1]), torch.zeros(1, 3).double())


def test_the_deviation_is_the_mean_of_each_features_own():
    layer, x = head(batch_features="deviation", batch_features_group=0), numbers(5, D)
    means = [sum(float(x[i, f]) for i in range(5)) / 5 for f in range(D)]
    own = [sqrt(sum((float(x[i, f]) - means[f]) ** 2 for i in range(5)) / 5) for f in range(D)]
    assert minibatch_deviation(x).flatten().tolist() == pytest.approx([sum(own) / D] * 5, abs=1e-7)
    expected = x @ layer.weight[0, :D] + sum(own) / D * layer.weight[0, D] + layer.bias
    assert torch.allclose(layer(x), expected, rtol=0, atol=1e-7)


def authors_deviation(rows: Tensor) -> float:
    """One group's value, as MinibatchStdLayer defines it: centred, squared, averaged, its root averaged."""
    centred = [[float(row[f]) - sum(float(r[f]) for r in rows) / len(rows) for f in range(D)] for row in rows]
    return sum(sqrt(sum(row[f] ** 2 for row in centred) / len(rows) + 1e-8) for f in range(D)) / D


def test_each_group_of_four_has_the_deviation_of_the_authors_code():
    layer, x = head(batch_features="deviation"), numbers(12, D)
    own = [authors_deviation(x[4 * (i // 4) : 4 * (i // 4) + 4]) for i in range(12)]
    assert minibatch_deviation(x, 4).flatten().tolist() == pytest.approx(own, abs=1e-12)
    expected = x @ layer.weight[0, :D] + torch.tensor(own, dtype=torch.float64) * layer.weight[0, D] + layer.bias
    assert torch.allclose(layer(x), expected, rtol=0, atol=1e-12)


def test_in_groups_the_deviation_does_not_depend_on_how_large_the_batch_is():
    x = numbers(32, D)
    assert torch.equal(minibatch_deviation(x, 4)[:8], minibatch_deviation(x[:8], 4))
    assert not torch.allclose(minibatch_deviation(x)[:8], minibatch_deviation(x[:8]))


@pytest.mark.parametrize(("n", "sizes"), [(1, [1]), (3, [3]), (7, [7]), (9, [5, 4]), (10, [5, 5]), (14, [5, 5, 4])])
def test_groups_of_a_batch_that_four_does_not_divide_are_even_and_not_smaller(n: int, sizes: list[int]):
    x = numbers(n, D)
    own = [authors_deviation(part) for part in x.split(sizes) for _ in part]
    assert minibatch_deviation(x, 4).flatten().tolist() == pytest.approx(own, abs=1e-12)


@pytest.mark.parametrize("group", [0, 4, 6])
def test_a_collapsed_batch_has_no_deviation_and_a_finite_slope(group: int):
    x = numbers(1, D).expand(6, -1).clone().requires_grad_()
    assert minibatch_deviation(x, group).flatten().tolist() == pytest.approx([0] * 6, abs=2e-4)
    (slope,) = torch.autograd.grad(minibatch_deviation(x, group).sum(), x, create_graph=True)
    (curve,) = torch.autograd.grad(slope.square().sum(), x)
    assert slope.isfinite().all()
    assert curve.isfinite().all()


def test_projection_adds_the_product_of_features_and_the_labels_direction():
    layer, x = head(3, conditioning="projection"), numbers(6, D)
    label = torch.tensor([2, 0, 1, 1, 2, 0])
    directions = layer.directions.weight
    assert directions.shape == (3, D)
    expected = x @ layer.weight[0] + layer.bias + torch.stack([x[i] @ directions[k] for i, k in enumerate(label)])
    assert torch.allclose(layer(x, label), expected, rtol=0, atol=1e-12)
    assert torch.equal(layer(x, label), layer(x, torch.eye(3).double()[label]))
    half = torch.tensor([0.5, 0.0, 0.5]).double().expand(6, -1)
    ends = [layer(x, torch.full((6,), k)) for k in (0, 2)]
    assert torch.allclose(layer(x, half), sum(ends) / 2, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("classes", "outputs", "conditioning", "projected", "beside"),
    [
        (3, 1, "projection", True, 0),
        (3, 1, "concat", False, 3),
        (3, 2, "projection", False, 3),
        (0, 1, "projection", False, 0),
        (0, 11, "projection", False, 0),
    ],
)
def test_labels_enter_once_by_projection_or_beside_the_picture(
    classes: int, outputs: int, conditioning: str, projected: bool, beside: int
):
    layer = head(classes, outputs, conditioning=conditioning)
    assert hasattr(layer, "directions") == projected
    settings = settings_of.DenseDiscriminatorConfig(conditioning=conditioning, hidden=(5,))
    subject = Subject((2,), classes, outputs)
    assert appended_classes(settings, subject) == beside
    network = filled(DenseDiscriminator(settings, subject))
    assert network.hidden.layers[0].in_features == 2 + beside
    one_hot = torch.eye(3).double()[[0, 1, 2, 0]]
    answers = network(numbers(4, 2), torch.tensor([0, 1, 2, 0]))
    assert torch.equal(answers, network(numbers(4, 2), one_hot))
    assert torch.equal(answers, network(numbers(4, 2), torch.tensor([1, 1, 2, 0]))) == (classes == 0)


@pytest.mark.parametrize(("across", "classes"), list(product(ACROSS, [0, 3])))
def test_a_head_says_whether_samples_see_each_other(across: str, classes: int):
    settings = settings_of.DenseDiscriminatorConfig(
        batch_features=across, batch_features_kernels=3, hidden=(5,), conditioning="projection", activation="tanh"
    )
    network = filled(DenseDiscriminator(settings, Subject((2,), classes)))
    x, label = numbers(6, 2), torch.arange(6) % 3
    assert network.out.crosses_samples == network.crosses_samples == (across != "none")
    alike = torch.allclose(network(x, label)[:2], network(x[:2], label[:2]), rtol=0, atol=1e-12)
    assert alike == (not network.crosses_samples)
    assert network.features(x, label).shape == (6, 5)


def test_every_weight_of_a_head_keeps_its_name_when_it_is_parametrized():
    layer = head(3, conditioning="projection", batch_features="discrimination")
    names = {name: tuple(tensor.shape) for name, tensor in weights_of(layer).items()}
    assert names == {
        "weight": (1, D + 3),
        "bias": (1,),
        "kernels.weight": (3 * DIMENSIONS, D),
        "directions.weight": (3, D),
    }
    x, label = numbers(4, D), torch.tensor([0, 1, 2, 0])
    before = layer(x, label)
    nn.utils.parametrize.register_parametrization(layer, "weight", nn.Identity())
    assert torch.equal(layer(x, label), before)
    assert {name: tuple(tensor.shape) for name, tensor in weights_of(layer).items()} == names
