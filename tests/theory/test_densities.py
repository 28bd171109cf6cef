"""Distances between densities on a grid, against their closed forms and SciPy's."""

from math import erf, exp, inf, log, pi, sqrt

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.spatial.distance import jensenshannon

from ganarium.theory import densities as of
from ganarium.theory.densities import Densities, gaussian, gaussians, mixture, on_grid, tables

# mean and sigma beside N(0, 1); JSD, V*, TV, triangular χ², W1: numbers.md §8, its χ² by quadrature
TABLE = [
    (0.0, 1.0, 0.0, -1.386294, 0.0, 0.0, 0.0),
    (1.0, 1.0, 0.111421, -1.163451, 0.382925, 0.408109, 1.0),
    (2.0, 1.0, 0.336831, -0.712633, 0.682689, 1.100801, 2.0),
    (0.0, 2.0, 0.092733, -1.200828, 0.322675, 0.319964, 0.797885),
    (1.0, 2.0, 0.128175, -1.129944, 0.390066, 0.434965, 1.166631),
]
every_row = pytest.mark.parametrize(("mean", "sigma", "jsd", "value", "tv", "chi2", "w1"), TABLE)


@every_row
def test_known_distances_between_gaussians(
    mean: float, sigma: float, jsd: float, value: float, tv: float, chi2: float, w1: float
):
    d = gaussians(mean, sigma, cells=20_801)
    found = [of.jensen_shannon(d), of.value_at_best(d), of.total_variation(d), of.triangular(d), of.wasserstein(d)]
    assert found == pytest.approx([jsd, value, tv, chi2, w1], abs=1.5e-6)


@every_row
def test_gaussians_have_closed_forms(
    mean: float, sigma: float, jsd: float, value: float, tv: float, chi2: float, w1: float
):
    del jsd, value, tv, chi2
    d = gaussians(mean, sigma)
    assert of.kl(d) == pytest.approx(log(sigma) + (1 + mean**2) / (2 * sigma**2) - 0.5, abs=1e-8)
    assert of.reverse_kl(d) == pytest.approx(-log(sigma) + (sigma**2 + mean**2) / 2 - 0.5, abs=1e-6)
    by = abs(sigma - 1)
    if by:
        assert by * sqrt(2 / pi) * exp(-(mean**2) / (2 * by**2)) + mean * erf(mean / (by * sqrt(2))) == pytest.approx(
            w1, abs=1e-6
        )
    if sigma == 1:
        assert of.pearson(d) == pytest.approx(exp(mean**2) - 1, rel=1e-9)


P, Q = [0.2, 0.3, 0.4, 0.1], [0.1, 0.1, 0.3, 0.5]


def test_distances_of_tables_are_what_their_sums_say():
    d, p, q = tables(P, Q), np.array(P), np.array(Q)
    assert of.kl(d) == pytest.approx(stats.entropy(p, q), rel=1e-12)
    assert of.reverse_kl(d) == pytest.approx(stats.entropy(q, p), rel=1e-12)
    assert of.jensen_shannon(d) == pytest.approx(jensenshannon(p, q) ** 2, rel=1e-12)
    assert of.total_variation(d) == pytest.approx(0.4, rel=1e-12)
    assert of.pearson(d) == pytest.approx(((p - q) ** 2 / q).sum(), rel=1e-12)
    assert of.neyman(d) == pytest.approx(((p - q) ** 2 / p).sum(), rel=1e-12)
    assert of.triangular(d) == pytest.approx(((p - q) ** 2 / (p + q)).sum(), rel=1e-12)
    assert of.triangular(d) == pytest.approx((((p + q) - 2 * q) ** 2 / (2 * q) * (2 * q / (p + q))).sum(), rel=1e-12)
    assert of.overlap(d) == pytest.approx((p * q / (p + q)).sum(), rel=1e-12)
    assert of.wasserstein(d) == pytest.approx(stats.wasserstein_distance(range(4), range(4), p, q), rel=1e-12)


def test_tables_take_weights_and_know_what_is_nowhere():
    d = tables([2, 3, 4, 1], [1, 1, 3, 5])
    assert d.p.tolist() == pytest.approx(P)
    assert d.q.tolist() == pytest.approx(Q)
    assert (d.x.tolist(), d.step) == ([0, 1, 2, 3], 1)
    assert torch.allclose(d.log_m.exp(), (d.p + d.q) / 2)
    assert torch.allclose(d.log_ratio.exp(), d.p / d.q)


def test_any_two_laws_will_do_and_the_grid_normalizes_them():
    four = mixture(gaussian(-3, 0.5), gaussian(3, 0.5))
    flat = on_grid(four, lambda x: 0 * x - 7, -8, 8, 1601)
    assert [flat.p.sum().item(), flat.q.sum().item()] == pytest.approx([1, 1], abs=1e-12)
    assert flat.q.std().item() == pytest.approx(0, abs=1e-15)
    assert (flat.p * flat.x).sum().item() == pytest.approx(0, abs=1e-9)
    assert (flat.p * flat.x**2).sum().item() == pytest.approx(9.25, abs=1e-6)
    assert mixture(gaussian(0, 2))(flat.x).exp().sum().item() * flat.step == pytest.approx(1, abs=1e-3)
    assert gaussian(1, 2)(torch.tensor([1.0, 3.0])).tolist() == pytest.approx(
        [stats.norm.logpdf(1, 1, 2), stats.norm.logpdf(3, 1, 2)]
    )


def test_far_laws_reach_the_largest_values_and_nothing_overflows():
    d = gaussians(20, 0.2)
    assert d.log_ratio.isfinite().all()
    assert of.jensen_shannon(d) == pytest.approx(log(2), abs=1e-9)
    assert of.total_variation(d) == pytest.approx(1, abs=1e-9)
    assert of.triangular(d) == pytest.approx(2, abs=1e-9)
    assert of.wasserstein(d) == pytest.approx(20, abs=1e-6)
    assert -inf < of.value_at_best(d) <= 1e-9


@pytest.mark.parametrize("distance", [of.jensen_shannon, of.total_variation, of.triangular, of.wasserstein, of.overlap])
def test_these_do_not_mind_which_law_is_which(distance):
    d = tables(P, Q)
    assert distance(d) == pytest.approx(distance(d.swapped()), rel=1e-12)


@pytest.mark.parametrize("distance", [of.kl, of.pearson])
def test_these_do(distance):
    d = tables(P, Q)
    assert distance(d) != pytest.approx(distance(d.swapped()), rel=1e-3)


def test_only_the_distances_that_see_the_line_grow_when_a_law_moves_further_without_overlap():
    near, far = (on_grid(gaussian(0, 0.1), gaussian(mean, 0.1), -1, 31, 6401) for mean in (10, 30))
    for name, distance in of.DIVERGENCES.items():
        if name in ("JSD", "V(G, D*)", "TV", "triangular χ²"):
            assert distance(far) == pytest.approx(distance(near), abs=1e-9)
    assert (of.wasserstein(near), of.wasserstein(far)) == pytest.approx((10, 30), abs=1e-6)


def test_the_grid_holds_both_laws():
    for mean, sigma in ((0, 1), (-20, 0.2), (3, 5)):
        d = gaussians(mean, sigma)
        assert isinstance(d, Densities)
        assert d.p[[0, -1]].max() < 1e-9 * d.p.max()
        assert d.q[[0, -1]].max() < 2e-8 * d.q.max()
        assert (d.p * d.x).sum().item() == pytest.approx(0, abs=1e-6)
        assert (d.q * d.x).sum().item() == pytest.approx(mean, abs=1e-6)


@pytest.mark.parametrize(
    ("mean", "sigma", "low", "high"), [(0, 1, -12, 12), (2, 1, -12, 14), (-20, 0.2, -32, 12), (3, 5, -27, 33)]
)
def test_the_grid_reaches_twelve_ones_and_six_sigmas_from_both_means(
    mean: float, sigma: float, low: float, high: float
):
    x = gaussians(mean, sigma).x
    assert (x[0].item(), x[-1].item()) == (low, high)


def test_a_mixture_is_a_density_of_its_own():
    x = torch.linspace(-9, 9, 3601, dtype=torch.float64)
    three = mixture(gaussian(-3, 0.5), gaussian(0, 1), gaussian(3, 0.5))
    assert three(x).exp().sum().item() * 0.005 == pytest.approx(1, abs=1e-6)
