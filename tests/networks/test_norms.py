"""Normalizations: their formulas, what labels do to them, and who sees whom."""

from itertools import product

import pytest
import torch
from torch import Tensor, nn

from ganarium.config import networks as settings_of
from ganarium.config.layers import Norm
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Network, Subject
from ganarium.networks.conv import ConvDiscriminator
from ganarium.networks.dense import DenseDiscriminator, DenseGenerator
from ganarium.networks.init import initialize
from ganarium.networks.norms import REFERENCES, Conditional, normalization, normalized, refuse_virtual

NORMS: list[Norm] = ["batch", "virtual", "instance"]
MAPS, ROWS = (5, 3, 2, 4), (5, 6)
TOLD = Subject((2,), 3)
EPSILON = 1e-5


def numbers(*shape: int, seed: int = 0) -> Tensor:
    """Values of all sizes, so that no statistic is 0 or 1 by chance."""
    return 3 * Streams(seed).at("x", normal(*shape), 0).double() + 2


def filled(layer: nn.Module, seed: int = 0) -> nn.Module:
    """A layer in float64 of whose numbers none is what stood in memory before."""
    for tensor in [*layer.parameters(), *layer.buffers()]:
        tensor.data.fill_(float("nan"))
    initialize(layer, "he", lambda part, draw: Streams(seed).at(part, draw, 0))
    return layer.double()


def norm_of(norm: Norm, x: Tensor, classes: int = 0) -> nn.Module:
    return filled(normalization(norm, x.shape[1], maps=x.dim() == 4, classes=classes))


def standardized(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    centre = x.mean(dims, keepdim=True)
    return (x - centre) / ((x - centre).square().mean(dims, keepdim=True) + EPSILON).sqrt()


@pytest.mark.parametrize("shape", [MAPS, ROWS])
def test_no_norm_changes_nothing_and_has_nothing(shape: tuple[int, ...]):
    layer, x = norm_of("none", numbers(*shape)), numbers(*shape)
    assert torch.equal(normalized(layer, x, None), x)
    assert not layer.state_dict()
    assert not isinstance(norm_of("none", x, classes=3), Conditional)


@pytest.mark.parametrize(("shape", "dims"), [(MAPS, (0, 2, 3)), (ROWS, (0,))])
def test_batch_norm_uses_the_batch_in_training_and_what_it_remembers_in_use(
    shape: tuple[int, ...], dims: tuple[int, ...]
):
    x = numbers(*shape)
    layer = norm_of("batch", x)
    assert torch.allclose(normalized(layer, x, None), standardized(x, dims), rtol=0, atol=1e-12)
    mean, variance = x.mean(dims), x.var(dims, correction=1)
    assert torch.allclose(layer.running_mean, 0.1 * mean)
    assert torch.allclose(layer.running_var, 0.9 + 0.1 * variance)
    layer.eval()
    ones = [1] * (x.dim() - 2)
    kept_mean, kept_variance = (t.view(-1, *ones) for t in (layer.running_mean, layer.running_var))
    expected = (x - kept_mean) / (kept_variance + EPSILON).sqrt()
    assert torch.allclose(normalized(layer, x, None), expected, rtol=0, atol=1e-12)


def test_batch_norm_remembers_no_whole_numbers():
    for shape in (MAPS, ROWS):
        state = norm_of("batch", numbers(*shape)).state_dict()
        assert sorted(state) == ["bias", "running_mean", "running_var", "weight"]
        assert all(tensor.is_floating_point() for tensor in state.values())


@pytest.mark.parametrize(("shape", "dims"), [(MAPS, (2, 3)), (ROWS, (1,))])
def test_instance_norm_standardizes_each_sample_alone_and_has_no_parameters(
    shape: tuple[int, ...], dims: tuple[int, ...]
):
    x = numbers(*shape)
    layer = norm_of("instance", x)
    assert torch.allclose(normalized(layer, x, None), standardized(x, dims), rtol=0, atol=1e-12)
    assert not layer.state_dict()


@pytest.mark.parametrize("shape", [MAPS, ROWS])
def test_virtual_norm_joins_the_reference_batch_with_each_sample_alone(shape: tuple[int, ...]):
    x = numbers(REFERENCES + shape[0], *shape[1:])
    reference, samples = x[:REFERENCES], x[REFERENCES:] * 4 - 9
    dims = (0, 2, 3)[: x.dim() - 1]
    layer = norm_of("virtual", x)
    layer.weight.data.copy_(numbers(shape[1], seed=1))
    layer.bias.data.copy_(numbers(shape[1], seed=2))
    scale, shift = (t.view(-1, *[1] * (x.dim() - 2)) for t in (layer.weight, layer.bias))
    made = normalized(layer, torch.cat([reference, samples]), None)
    assert torch.allclose(made[:REFERENCES], standardized(reference, dims) * scale + shift, rtol=0, atol=1e-11)
    for sample, mine in zip(samples, made[REFERENCES:], strict=True):
        joined = standardized(torch.cat([reference, sample[None]]), dims)
        assert torch.allclose(mine, joined[-1] * scale + shift, rtol=0, atol=1e-11)


@pytest.mark.parametrize(("norm", "shape"), list(product(NORMS, [MAPS, ROWS])))
def test_at_the_start_every_class_is_normalized_as_without_labels(norm: Norm, shape: tuple[int, ...]):
    n = REFERENCES + shape[0]
    x, mixture = numbers(n, *shape[1:]), numbers(n, 3).softmax(1)
    told, plain = norm_of(norm, x, classes=3), norm_of(norm, x)
    assert sum(p.numel() for p in told.parameters()) == 2 * 3 * shape[1]
    assert torch.allclose(normalized(told, x, mixture), normalized(plain, x, None), rtol=0, atol=1e-12)


@pytest.mark.parametrize(("norm", "shape"), list(product(NORMS, [MAPS, ROWS])))
def test_each_class_has_its_own_scale_and_shift_and_a_mixture_has_the_mixture(norm: Norm, shape: tuple[int, ...]):
    n = REFERENCES + shape[0]
    x = numbers(n, *shape[1:])
    told, plain = norm_of(norm, x, classes=3), norm_of(norm, x)
    told.scale.data.copy_(numbers(3, shape[1], seed=1))
    told.shift.data.copy_(numbers(3, shape[1], seed=2))
    base = normalized(plain, x, None)
    ones = [1] * (x.dim() - 2)
    by_class = []
    for k in range(3):
        made = normalized(told, x, torch.eye(3).double()[torch.full((n,), k)])
        expected = base * told.scale[k].view(-1, *ones) + told.shift[k].view(-1, *ones)
        assert torch.allclose(made, expected, rtol=0, atol=1e-11)
        by_class.append(made)
    half = torch.tensor([0.5, 0.0, 0.5]).double().expand(n, -1)
    assert torch.allclose(normalized(told, x, half), (by_class[0] + by_class[2]) / 2, rtol=0, atol=1e-11)


def generator(subject: Subject = TOLD, **settings: object) -> DenseGenerator:
    made = {"latent": 4, "hidden": (6, 5), "output": "linear", **settings}
    return filled(DenseGenerator(settings_of.DenseGeneratorConfig(**made), subject))


def asked(network: DenseGenerator, n: int = 6) -> tuple[Tensor, Tensor]:
    return Streams(1).at("latents", network.latents(n), 0).double(), torch.arange(n) % 3


def scattered(network: Network) -> None:
    """Give every table of scales and shifts values of its own."""
    for name, parameter in network.named_parameters():
        if name.endswith(("scale", "shift")):
            parameter.data.copy_(numbers(*parameter.shape, seed=len(name)))


@pytest.mark.parametrize("norm", NORMS)
def test_a_dense_generator_takes_labels_by_its_norms_alone(norm: Norm):
    network = generator(norm=norm, conditioning="norm")
    latents, label = asked(network)
    assert network.hidden.layers[0].in_features == 4
    assert torch.allclose(network(latents, label), network(latents, label.flip(0)), rtol=0, atol=1e-12)
    scattered(network)
    assert not torch.allclose(network(latents, label), network(latents, label.flip(0)))
    assert torch.equal(network(latents, label), network(latents, torch.eye(3).double()[label]))


@pytest.mark.parametrize(("norm", "conditioning"), list(product(["none", *NORMS], ["concat", "norm"])))
def test_a_dense_generator_says_whether_samples_see_each_other_and_in_use_they_never_do(norm: Norm, conditioning: str):
    if norm == "none" and conditioning == "norm":
        return
    network = generator(norm=norm, conditioning=conditioning)
    scattered(network)
    latents, label = asked(network)
    together, alone = network(latents, label)[:2], network(latents[:2], label[:2])
    assert network.crosses_samples == (norm == "batch")
    assert torch.allclose(together, alone, rtol=0, atol=1e-12) == (not network.crosses_samples)
    network.eval()
    one_by_one = torch.cat([network(latents[i : i + 1], label[i : i + 1]) for i in range(6)])
    assert torch.allclose(network(latents, label), one_by_one, rtol=0, atol=1e-12)


def test_without_hidden_layers_there_is_nothing_to_normalize():
    assert not generator(norm="batch", hidden=()).crosses_samples


def test_a_dense_virtual_generator_normalizes_by_its_reference_latents_with_classes_in_turns():
    network = generator(norm="virtual", hidden=(6,), activation="tanh")
    latents, label = asked(network, 1)
    turns = torch.eye(3).double()[torch.arange(REFERENCES) % 3]
    rows = torch.cat(
        [torch.cat([network.reference.latents, turns], 1), torch.cat([latents, torch.eye(3).double()[label]], 1)]
    )
    hidden = standardized(network.hidden.layers[0](rows), (0,))[-1:].tanh()
    assert torch.allclose(network(latents, label), network.out(hidden), rtol=0, atol=1e-12)


def test_reference_latents_are_drawn_once_by_the_generators_law_and_kept():
    network = generator(norm="virtual", noise="uniform")
    kept = network.state_dict()["reference.latents"]
    assert kept.shape == (64, 4)
    assert 0.9 < kept.abs().max() <= 1
    assert len(kept.unique()) == 64 * 4
    assert not kept.requires_grad
    assert "reference.latents" not in dict(network.named_parameters())
    assert generator(norm="batch").reference is None


def test_the_reference_batch_is_masked_as_the_samples_are():
    network = generator(norm="virtual", dropout=0.5)
    latents, label = asked(network, 3)
    masks = Streams(0).all_at("masks", network.draws(3), 0)
    assert {name: tuple(mask.shape) for name, mask in masks.items()} == {
        "mask0": (REFERENCES + 3, 6),
        "mask1": (REFERENCES + 3, 5),
    }
    made = network(latents, label, masks)
    other = {name: torch.cat([mask[:REFERENCES].flip(0), mask[REFERENCES:]]) for name, mask in masks.items()}
    assert made.shape == (3, 2)
    assert not torch.allclose(made, network(latents, label, other))


@pytest.mark.parametrize("norm", ["none", "batch", "instance"])
def test_hidden_layers_of_a_dense_discriminator_are_normalized_before_they_are_bent(norm: Norm):
    settings = settings_of.DenseDiscriminatorConfig(hidden=(6,), norm=norm)
    network, x = filled(DenseDiscriminator(settings, Subject((4,)))), numbers(5, 4)
    before = network.hidden.layers[0](x)
    dims = {"batch": (0,), "instance": (1,)}
    expected = standardized(before, dims[norm]) if norm in dims else before
    assert torch.allclose(network.features(x), expected.relu(), rtol=0, atol=1e-12)
    assert network.crosses_samples == (norm == "batch")


def test_labels_in_norms_need_norms_and_where_no_label_is_told_there_is_nothing_to_refuse():
    with pytest.raises(SettingsError) as refused:
        generator(conditioning="norm")
    assert str(refused.value) == (
        "generator.conditioning=norm needs generator.norm=batch, virtual or instance; "
        "without normalization, use generator.conditioning=concat"
    )
    untold = generator(Subject((2,)), conditioning="norm", norm="batch")
    assert not any(isinstance(layer, Conditional) for layer in untold.modules())
    generator(Subject((2,)), conditioning="norm")


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        (DenseDiscriminator, settings_of.DenseDiscriminatorConfig),
        (ConvDiscriminator, settings_of.ConvDiscriminatorConfig),
    ],
)
def test_discriminators_have_no_virtual_norm(family: type[Network], settings: type):
    with pytest.raises(SettingsError) as refused:
        family(settings(norm="virtual"), Subject((1, 16, 16)))
    assert str(refused.value) == (
        "discriminator.norm=virtual needs a reference batch, which only a generator with latents has: "
        "use discriminator.norm=instance, which does not depend on other samples either, or discriminator.norm=batch"
    )


def test_the_refusal_of_virtual_norm_names_its_player_and_nothing_else_is_refused():
    for norm in ("none", "batch", "instance"):
        refuse_virtual("generator", norm)
    with pytest.raises(SettingsError, match=r"^generator\.norm=virtual .* use generator\.norm=instance"):
        refuse_virtual("generator", "virtual")
