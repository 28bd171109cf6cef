"""Points in the plane follow exactly the law that they claim."""

from math import erf, exp, log, pi, sqrt

import numpy as np
import pytest
import torch
from scipy import stats

from ganarium.config.datasets import DATA
from ganarium.config.toy2d import (
    CheckerboardConfig,
    GaussiansConfig,
    GridConfig,
    MoonsConfig,
    RingConfig,
    SpiralConfig,
    Toy2dConfig,
)
from ganarium.core.random_streams import Streams
from ganarium.data import toy2d
from ganarium.data.datasets import PointLaw

LAWS = [
    RingConfig(),
    RingConfig(modes=3, radius=2.0, sigma=0.2),
    GridConfig(),
    GridConfig(side=2, sigma=0.3),
    SpiralConfig(),
    SpiralConfig(turns=0.7, sigma=0.1),
    MoonsConfig(),
    CheckerboardConfig(),
    CheckerboardConfig(side=3),
    GaussiansConfig(mean=0.5, sigma=2.0),
]
EACH = pytest.mark.parametrize("chosen", LAWS, ids=str)
WIDE = [law for law in LAWS if not isinstance(law, GaussiansConfig)]


def law_of(chosen: Toy2dConfig) -> PointLaw:
    return toy2d.load(chosen.model_copy(update={"count": 0})).law


def sample(law: PointLaw, n: int, seed: int = 0) -> torch.Tensor:
    return law.place(Streams(seed).all_at("test", law.draws(n), 0))


def cells(law: PointLaw, parts: int) -> tuple[torch.Tensor, float]:
    """The middles [parts², 2] of a square grid around all points of a law, and a cell's area."""
    reach = float(sample(law, 4000).abs().max()) + 6 * 0.3
    middles = (torch.arange(parts, dtype=torch.float64) + 0.5) * (2 * reach / parts) - reach
    return torch.cartesian_prod(middles, middles), (2 * reach / parts) ** 2


def test_every_planar_entry_of_the_catalog_loads():
    kinds = [entry for entry in DATA.values() if issubclass(entry.settings, Toy2dConfig)]
    assert len(kinds) == 6
    for entry in kinds:
        source = entry.load()(entry.settings(count=10))
        assert source.name == entry.name
        assert source.points.shape == (10, *source.shape)
        assert source.points.dtype == torch.float32


# ---- densities


@pytest.mark.slow
@pytest.mark.parametrize("chosen", [law for law in WIDE if not isinstance(law, CheckerboardConfig)], ids=str)
def test_densities_in_the_plane_integrate_to_one(chosen):
    wide = chosen.model_copy(update={"sigma": max(chosen.sigma, 0.05)})  # wider than the cells below
    law = law_of(wide)
    middles, area = cells(law, 240)
    assert float(law.log_density(middles).exp().sum() * area) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("side", [2, 3, 4, 7])
def test_the_checkerboard_is_uniform_on_its_dark_squares_and_nowhere_else(side):
    law = law_of(CheckerboardConfig(side=side))
    line = (torch.arange(10 * side + 20, dtype=torch.float64) - 9.5) / (
        5 * side
    ) - 1  # cell middles, past the board too
    density = law.log_density(torch.cartesian_prod(line, line)).exp()
    assert len(density.unique()) == 2
    assert float(density.min()) == 0
    assert float(density.sum() / (5 * side) ** 2) == pytest.approx(1)


def test_the_one_dimensional_density_is_the_normal_one():
    x = torch.linspace(-9, 9, 50, dtype=torch.float64)[:, None]
    expected = stats.norm(0.5, 2).logpdf(x[:, 0].numpy())
    np.testing.assert_allclose(law_of(GaussiansConfig(mean=0.5, sigma=2.0)).log_density(x), expected, rtol=1e-12)


def test_mixture_density_by_hand():
    """Two modes 2 apart, looked at from one of them."""
    law = toy2d.mixture(torch.tensor([[0.0, 0.0], [2.0, 0.0]], dtype=torch.float64), 0.5)
    by_hand = log((1 + exp(-0.5 * 16)) / 2 / (2 * pi * 0.25))
    assert float(law.log_density(torch.zeros(1, 2))) == pytest.approx(by_hand, rel=1e-12)


def test_log_densities_stay_finite_far_from_every_mode():
    assert torch.isfinite(law_of(RingConfig()).log_density(torch.full((1, 2), 1000.0))).all()


def test_densities_do_not_depend_on_how_many_points_are_asked_at_once(monkeypatch):
    law, points = law_of(MoonsConfig()), sample(law_of(MoonsConfig()), 500)
    together = law.log_density(points)
    monkeypatch.setattr(toy2d, "MOST_PAIRS", 3000)
    assert torch.equal(law.log_density(points), together)


# ---- samples against densities


@pytest.mark.slow
@pytest.mark.parametrize("chosen", WIDE, ids=str)
def test_points_fall_into_cells_as_the_density_says(chosen):
    """A χ² test: shares of points in coarse cells against the density summed over fine ones."""
    sigma = getattr(chosen, "sigma", 0.0)
    law = law_of(chosen.model_copy(update={"sigma": max(sigma, 0.1)}) if sigma else chosen)
    fine, coarse, n = 320, 16, 20_000
    middles, area = cells(law, fine)
    mass = (law.log_density(middles).exp() * area).reshape(coarse, fine // coarse, coarse, -1).sum((1, 3)).flatten()
    reach = float(middles.max()) + sqrt(area) / 2
    column, row = ((sample(law, n) + reach) / (2 * reach) * coarse).long().T
    seen = torch.bincount(column * coarse + row, minlength=coarse**2)
    full = mass * n > 20
    chi2 = float(((seen - mass * n) ** 2 / (mass * n))[full].sum())
    # The checkerboard's squares do not end at cells, so its mass is known to a few parts in a thousand only.
    slack = 3 if isinstance(chosen, CheckerboardConfig) else 1
    assert float(mass[full].sum()) > 0.9
    assert chi2 < slack * stats.chi2(int(full.sum())).ppf(0.9999)


@pytest.mark.parametrize("chosen", [RingConfig(), GridConfig()], ids=str)
def test_mean_log_density_of_points_far_apart_modes_is_minus_the_entropy(chosen):
    law = law_of(chosen)
    entropy = log(len(law.modes)) + 1 + log(2 * pi * chosen.sigma**2)
    assert float(law.log_density(sample(law, 40_000)).mean()) == pytest.approx(-entropy, abs=4 / sqrt(40_000))


def test_every_checkerboard_point_lies_on_a_dark_square_even_when_rounding_would_push_it_off():
    for side in (3, 4, 50, 1000):
        law = law_of(CheckerboardConfig(side=side))
        draws = Streams(0).all_at("test", law.draws(5000), 0)
        for within in (draws["within"], torch.zeros(5000, 2), torch.full((5000, 2), 1 - 2.0**-24)):
            points = law.place({**draws, "within": within})
            assert torch.isfinite(law.log_density(points)).all()


def test_both_gaussians_of_the_pair_follow_their_own_law():
    pair = GaussiansConfig(mean=0.5, sigma=2.0, other_mean=-1.0, other_sigma=0.25)
    for law, mean, sigma in (
        (toy2d.data_gaussian(pair), 0.5, 2.0),
        (toy2d.other_gaussian(pair), -1.0, 0.25),
    ):
        assert law.dimensions == 1
        assert stats.kstest(sample(law, 20_000)[:, 0].numpy(), stats.norm(mean, sigma).cdf).pvalue > 1e-3


# ---- modes


def test_the_ring_has_eight_distinct_modes_on_its_circle():
    modes = law_of(RingConfig(radius=2.0)).modes
    assert torch.pdist(modes).min() == pytest.approx(2 * 2 * np.sin(pi / 8))
    assert modes.norm(dim=1).tolist() == pytest.approx([2.0] * 8)
    assert modes[0].tolist() == [2, 0]


def test_the_grid_has_its_25_modes_at_even_numbers():
    expected = {(x, y) for x in (-4, -2, 0, 2, 4) for y in (-4, -2, 0, 2, 4)}
    assert {tuple(mode) for mode in law_of(GridConfig()).modes.tolist()} == expected


@pytest.mark.parametrize("chosen", [RingConfig(), GridConfig()], ids=str)
def test_the_share_within_three_sigma_of_a_mode_is_that_of_a_disc(chosen):
    law, n = law_of(chosen), 100_000
    share = float((torch.cdist(sample(law, n).double(), law.modes).amin(1) < 3 * law.sigma).double().mean())
    ideal = 1 - exp(-4.5)
    assert ideal == pytest.approx(0.98889, abs=5e-6)
    assert share == pytest.approx(ideal, abs=4 * sqrt(ideal * (1 - ideal) / n))


def test_all_modes_are_equally_likely():
    law = law_of(GridConfig())
    counts = torch.cdist(sample(law, 50_000).double(), law.modes).argmin(1).bincount(minlength=25)
    assert stats.chisquare(counts.numpy()).pvalue > 1e-3


@pytest.mark.parametrize("chosen", [SpiralConfig(), MoonsConfig(), CheckerboardConfig()], ids=str)
def test_laws_without_modes_name_none(chosen):
    law = law_of(chosen)
    assert law.modes.shape == (0, 2)
    assert law.sigma == 0


# ---- shapes


def test_the_spiral_follows_its_two_arms():
    """The distance from the nearest point with angle = 2π · turns · r is the noise across the arm alone."""
    points = sample(law_of(SpiralConfig(turns=1.5, sigma=0.02)), 4000).double()
    angle = torch.linspace(0, 3 * pi, 1500, dtype=torch.float64)
    arm = (angle / (3 * pi))[:, None] * torch.stack([angle.cos(), angle.sin()], 1)
    near = torch.cdist(points, torch.cat([arm, -arm])).amin(1)
    share = float((near < 0.02).double().mean())
    assert share == pytest.approx(erf(1 / sqrt(2)), abs=0.04)
    ends = (points[:, None] - torch.tensor([[-1.0, 0.0], [1.0, 0.0]])).norm(dim=2).amin(0)
    assert (ends < 0.1).all()


@pytest.mark.parametrize("chosen", [SpiralConfig(), MoonsConfig()], ids=str)
def test_curves_are_equally_spaced_gaussians_at_most_sigma_apart(chosen):
    law = law_of(chosen)
    count = int(law.draws(1)["centre"].high)
    centres = law.place({"centre": torch.arange(count), "noise": torch.zeros(count, 2)})
    for curve in centres.chunk(2):
        steps = curve.diff(dim=0).norm(dim=1)[20:]  # chords; the spiral bends too much at its start
        assert float(steps.max()) <= chosen.sigma
        assert float(steps.min()) > 0.995 * float(steps.max()) > 0.98 * chosen.sigma


# ---- fixed and endless sets


@EACH
def test_fixed_points_do_not_depend_on_how_many_are_asked_for(chosen):
    few, many = (toy2d.load(chosen.model_copy(update={"count": n})).points for n in (7, 10_300))
    assert torch.equal(few, many[:7])
    assert len(many.unique(dim=0)) > 10_200  # no chunk of the stream is used twice


@EACH
def test_splits_share_no_point_and_held_out_ones_have_ten_thousand(chosen):
    chosen = chosen.model_copy(update={"count": 500})
    train, validation, test = (toy2d.load(chosen, split).points for split in ("train", "validation", "test"))
    assert [len(train), len(validation), len(test)] == [500, 10_000, 10_000]
    assert not torch.equal(validation, test)
    assert not torch.equal(train, validation[:500])
    assert not torch.equal(train, test[:500])


@EACH
def test_the_same_seed_gives_the_same_points_and_another_seed_others(chosen):
    one, again, other = (toy2d.load(chosen.model_copy(update={"count": 50, "seed": s})).hash for s in (3, 3, 4))
    assert one == again != other


@EACH
def test_a_count_of_zero_is_endless_in_training_and_fixed_when_held_out(chosen):
    chosen = chosen.model_copy(update={"count": 0})
    assert toy2d.load(chosen).points is None
    assert len(toy2d.load(chosen, "test").points) == 10_000
    assert len(toy2d.load(chosen).hash) == 64
