"""Penalties against closed forms: linear and quadratic discriminators."""

import pytest
import torch
from torch import Tensor

from ganarium.losses.penalties import feature_gap, gradient_penalty, input_gradient


def drawn(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_a_linear_discriminator_has_the_same_gradient_everywhere():
    x, w = drawn(4, 3).requires_grad_(), drawn(3, seed=1)
    assert torch.allclose(input_gradient(x @ w + 7, x), w.expand(4, 3), rtol=0, atol=1e-15)


def test_a_quadratic_discriminator_has_the_gradient_ax_and_penalty_half_gamma_ax_squared():
    x, a = drawn(4, 3).requires_grad_(), drawn(3, 3, seed=1)
    a = a + a.T
    logits = ((x @ a) * x).sum(1) / 2
    assert torch.allclose(input_gradient(logits, x), x @ a)
    assert torch.allclose(gradient_penalty(logits, x, 3.0), 1.5 * (x @ a).square().sum(1))


def test_the_gradient_of_pictures_is_flattened_and_each_logit_sees_its_own():
    x = drawn(3, 1, 2, 2).requires_grad_()
    scale = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    gradient = input_gradient(scale * x.flatten(1).sum(1), x)
    assert torch.equal(gradient, scale[:, None].expand(3, 4))


def test_the_penalty_moves_linear_weights_by_gamma_times_themselves():
    x, w = drawn(5, 3).requires_grad_(), drawn(3, seed=1).requires_grad_()
    penalty = gradient_penalty(x @ w, x, 0.7)
    assert penalty.shape == (5,)
    (slope,) = torch.autograd.grad(penalty.mean(), w)
    assert torch.allclose(slope, 0.7 * w)


@pytest.mark.parametrize("gamma", [0.0, 1.0, 10.0])
def test_the_penalty_is_proportional_to_gamma(gamma: float):
    x = drawn(2, 2).requires_grad_()
    assert torch.equal(gradient_penalty(x.sum(1), x, gamma), torch.full((2,), gamma, dtype=torch.float64))


def test_the_feature_gap_is_the_squared_distance_of_the_means():
    real, fake = torch.tensor([[0.0, 0.0], [2.0, 4.0]]), torch.tensor([[4.0, 6.0]])
    assert feature_gap(real, fake) == 3**2 + 4**2
    assert feature_gap(fake, real) == 25
    assert feature_gap(real, real.flip(0)) == 0
