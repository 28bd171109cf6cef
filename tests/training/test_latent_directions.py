"""Latent directions of generators whose strongest directions are known."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor, nn

from ganarium.config.experiment import Experiment
from ganarium.config.networks import DenseGeneratorConfig
from ganarium.core.random_streams import Streams, normal
from ganarium.networks.base import Generator, Subject
from ganarium.testing.training import small
from ganarium.training.build import build_networks
from ganarium.training.latent_directions import first_layer_weight, mean_squared_change, principal, strongest_directions
from ganarium.training.sampler import Sampler

STRENGTHS = (5.0, 3.0, 2.0, 0.5)


def drawn(*shape: int) -> Tensor:
    return Streams(1).at("test.directions", normal(*shape), 0)


class Linear(Generator):
    """x = A z with singular values that are known; `hidden` hides its only layer from the search."""

    def __init__(self, hidden: bool) -> None:
        super().__init__(DenseGeneratorConfig(latent=4, output="linear"), Subject((6,)))
        left, right = (torch.linalg.qr(drawn(n, 4))[0] for n in (6, 4))
        self.right = right
        self.layer = nn.Linear(4, 6)
        self.hidden = hidden
        with torch.no_grad():
            self.layer.weight.copy_(left @ torch.diag(torch.tensor(STRENGTHS)) @ right.T)

    def forward(self, latents: Tensor, *_: Any) -> Tensor:
        scale = 2.0 if self.hidden else 1.0  # a layer that does not receive the latent itself is not the first
        return cast(Tensor, self.layer(latents * scale) / scale)


def sampler_of(generator: Generator) -> Sampler:
    def generate(latents: Tensor, labels: Tensor | None = None) -> Tensor:
        with torch.no_grad():
            return cast(Tensor, generator(latents, labels))

    return cast(
        Sampler,
        SimpleNamespace(
            generator=generator,
            generate=generate,
            latents=lambda n: Streams(0).rows("samples", generator.latents(), n),
            labels=lambda _: None,
        ),
    )


@pytest.mark.parametrize("hidden", [False, True])
def test_the_directions_of_a_linear_generator_are_its_right_singular_vectors(hidden: bool):
    generator = Linear(hidden)
    found = strongest_directions(sampler_of(generator))
    assert found.from_first_layer is not hidden
    assert torch.allclose(found.strengths, torch.tensor(STRENGTHS), rtol=1e-3)
    overlap = (found.directions @ generator.right).abs()
    assert torch.allclose(overlap, torch.eye(4), atol=1e-3)
    assert torch.allclose(found.directions @ found.directions.T, torch.eye(4), atol=1e-5)


def test_the_sign_of_a_direction_is_that_of_its_largest_entry():
    vectors, _ = principal(torch.diag(torch.tensor([1.0, 4.0])), 2)
    assert torch.equal(vectors, torch.tensor([[0.0, 1.0], [1.0, 0.0]]))


def test_a_move_is_measured_in_standard_deviations():
    found = strongest_directions(sampler_of(Linear(False)))
    start = torch.zeros(4)
    assert torch.equal(found.moved(start, []), start)
    assert torch.allclose(found.moved(start, [0, -2.0]), -2 * found.directions[1])


def network(experiment: Experiment, shape: tuple[int, ...] = (1, 16, 16), classes: int = 0) -> Generator:
    built = build_networks(experiment, shape, classes, ["generator"])["generator"].allocate(torch.device("cpu"))
    for weight in built.parameters():
        with torch.no_grad():
            weight.copy_(drawn(*weight.shape) if weight.dim() else weight)
    return cast(Generator, built.eval())


@pytest.mark.parametrize(
    ("words", "classes", "latent"),
    [
        ((), 0, 4),
        (("game.conditional=true",), 2, 4),
        (("generator.norm=batch",), 0, 4),
        (("generator.fourier_octaves=2",), 0, None),
        (("generator=conv", "generator.latent=5"), 0, 5),
        (("generator=conv", "generator.latent=5", "generator.stem=dense"), 0, 5),
        (("generator=conv", "generator.latent=5", "generator.pixel_noise=true"), 0, 5),
        (("generator=residual", "generator.latent=5"), 0, 5),
    ],
)
def test_the_first_layer_of_every_family_is_found(words: tuple[str, ...], classes: int, latent: int | None):
    generator = network(small(*words), classes=classes)
    label = torch.tensor([1, 1]) if classes else None
    weight = first_layer_weight(generator, drawn(2, generator.latent), label)
    assert (None if weight is None else weight.shape[1]) == latent


def test_differences_agree_with_the_jacobian():
    generator = network(small("generator.output=linear"), (3,))
    found = mean_squared_change(sampler_of(generator))
    n = 256
    latents = Streams(0).rows("samples", generator.latents(), n)
    jacobians = torch.autograd.functional.jacobian(lambda z: generator(z).sum(0), latents)
    expected = torch.einsum("oni,onj->ij", jacobians, jacobians) / n
    assert torch.allclose(found.float(), expected, rtol=0.2, atol=0.05 * float(expected.abs().max()))
