"""Densities on a grid in the plane, and what a discriminator's loss says about them."""

from math import log, pi

import pytest
import torch

from ganarium.config.objectives import OBJECTIVES
from ganarium.core.random_streams import Streams, normal
from ganarium.losses.objectives import build_objective
from ganarium.theory.plane_densities import (
    Lattice,
    divergence,
    kernel_density,
    lattice_around,
    optimal_logits,
    plane_densities,
)

LATTICE = Lattice((-4.0, -4.0, 4.0, 4.0), 48)
DRAWN = Streams(0).at("test.plane", normal(20_000, 2), 0)
SETTINGS = {
    "minimax": {},
    "non-saturating": {},
    "hinge": {},
    "least-squares": {"a": -1.0, "b": 1.0, "c": 0.0},
    "f-divergence": {"divergence": "js"},
}


def pair(shift: float = 1.0):
    p = kernel_density(torch.zeros(1, 2), LATTICE, 1.0)
    return plane_densities(p, kernel_density(torch.tensor([[shift, 0.0]]), LATTICE, 1.0))


def test_the_grid_goes_row_by_row_from_the_lowest_point():
    points = Lattice((0.0, 10.0, 2.0, 12.0), 3).points
    assert points[:4].tolist() == [[0, 10], [1, 10], [2, 10], [0, 11]]
    assert points[-1].tolist() == [2, 12]


def test_a_kernel_estimate_tends_to_the_density_convolved_with_the_kernel():
    h, s = 0.3, (1 + 0.3**2) ** 0.5
    estimate = kernel_density(DRAWN, LATTICE, h) / LATTICE.step**2
    exact = torch.exp(-LATTICE.points.square().sum(1) / (2 * s**2)) / (2 * pi * s**2)
    assert torch.allclose(estimate, exact, atol=0.006)
    assert kernel_density(DRAWN, LATTICE, h).sum().item() == pytest.approx(1)


def test_points_far_outside_count_at_the_border():
    far = kernel_density(torch.tensor([[1e6, 0.0]]), LATTICE, LATTICE.step)
    assert LATTICE.points[far.argmax()][0] == 4


def test_the_optimal_logit_of_two_gaussians_is_the_known_linear_function():
    """ln N(x; 0, 1) / N(x; d, 1) = d²/2 − d x."""
    found = optimal_logits("minimax", {}, pair())
    assert found is not None
    x = LATTICE.points[:, 0]
    near = LATTICE.points.norm(dim=1) < 2.5
    assert torch.allclose(found[near], (0.5 - x)[near], atol=0.01)


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_loss_of_the_optimal_discriminator_implies_the_true_divergence(kind: str):
    d, settings = pair(), SETTINGS[kind]
    objective = build_objective(OBJECTIVES[kind].settings(**settings))
    c = optimal_logits(kind, settings, d)
    assert c is not None
    zero = torch.zeros_like(c)
    of_real = (d.p * (objective.discriminator(c, zero) - objective.discriminator(zero, zero))).sum()
    of_fakes = (d.q * objective.discriminator(zero, c)).sum()
    found = divergence(kind, settings, d, float(of_real + of_fakes))
    assert found is not None
    assert found["learned"] == pytest.approx(found["true"], abs=1e-6)
    assert 0 < found["true"] < 2
    ignorant = float((d.p * objective.discriminator(zero, zero)).sum())
    at_zero = divergence(kind, settings, d, ignorant)
    assert at_zero is not None
    assert at_zero["learned"] < found["true"]


def test_equal_densities_have_divergence_0_and_disjoint_ones_the_largest():
    same = divergence("minimax", {}, pair(0.0), 2 * log(2))
    assert same is not None
    assert same["true"] == pytest.approx(0, abs=1e-9)
    assert same["learned"] == pytest.approx(0, abs=1e-9)
    ends = (kernel_density(torch.tensor([[x, 0.0]]), LATTICE, LATTICE.step) for x in (-3.0, 3.0))
    apart = divergence("minimax", {}, plane_densities(*ends), 0.0)
    assert apart is not None
    assert apart["true"] == pytest.approx(log(2), abs=1e-4)


def test_objectives_without_a_known_optimum_in_the_plane_have_none():
    for kind in ("wasserstein", "relativistic-average", "custom", "anything"):
        assert optimal_logits(kind, {}, pair()) is None
        assert divergence(kind, {}, pair(), 0.5) is None
    assert optimal_logits("relativistic", {}, pair()) is not None


@pytest.mark.parametrize(
    "points",
    [
        [[0.0, 0.0]] * 5,
        [[1e6, 1e6]] * 3,
        [[0.0, -1e6], [0.0, 1e6]],
        [[1e30, 0.0], [-1e30, 1.0]],
        [[3.0, 3.0]],
    ],
)
def test_a_grid_exists_around_any_points(points: list[list[float]]):
    x0, y0, x1, y1 = lattice_around(torch.tensor(points), 48).box
    assert x0 < x1
    assert x1 - x0 == pytest.approx(y1 - y0, rel=1e-3)
    assert all(x0 <= x <= x1 and y0 <= y <= y1 for x, y in torch.tensor(points).double().tolist())


def test_one_outlier_does_not_shrink_the_rest():
    box = lattice_around(torch.cat([DRAWN[:1000], torch.tensor([[1e5, 0.0]])]), 48).box
    assert box[2] < 10
