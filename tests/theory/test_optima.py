"""Closed forms beside the losses that training descends, and beside a table that was trained to its best."""

from collections.abc import Callable
from math import log
from typing import Any

import pytest
import torch
from torch.nn.functional import softplus

from ganarium.config.objectives import OBJECTIVES
from ganarium.core.errors import SettingsError, UsageError
from ganarium.theory import densities as of
from ganarium.theory.basics import descend
from ganarium.theory.densities import Densities, gaussians, tables
from ganarium.theory.gaussian_check import BOUNDLESS, checked, objective
from ganarium.theory.optima import OPTIMA, centred, optimum, penalized_critic, smoothed, smoothed_optimum
from ganarium.theory.tabular_discriminator import BATCH, expected, in_proportion, train_table

CASES: dict[str, dict[str, Any]] = {
    **{name: {} for name in OBJECTIVES if name not in ("f-divergence", BOUNDLESS)},
    "least-squares/centred": {"a": -1.0, "b": 1.0, "c": 0.0},
    **{f"f-divergence/{name}": {"divergence": name} for name in ("kl", "reverse-kl", "pearson", "js")},
}
LAWS = {
    "same": gaussians(0, 1, 131),
    "shifted": gaussians(1, 1, 131),
    "far": gaussians(2, 1, 131),
    "wider": gaussians(0, 2, 131),
    "both": gaussians(1, 2, 131),
}
ROUGH = {  # tables of few points, whose ratios are bounded
    "same": tables([2, 3, 5], [2, 3, 5]),
    "near": tables([2, 3, 5], [3, 3, 4]),
    "far": tables([90, 9, 1], [1, 4, 95]),
    "ten": tables([1, 2, 1, 3, 2, 2, 3, 1, 2, 3], [3, 1, 1, 1, 2, 5, 1, 2, 2, 2]),
}
every_objective = pytest.mark.parametrize("case", CASES)
every_pair = pytest.mark.parametrize("d", LAWS.values(), ids=LAWS)


def of_case(case: str) -> tuple[Any, Any]:
    name = case.split("/")[0]
    return objective(name, **CASES[case]), optimum(name, **CASES[case])


def test_there_is_an_optimum_for_every_objective():
    assert set(OPTIMA) == set(OBJECTIVES)


@every_objective
@every_pair
def test_both_players_losses_at_the_best_logits_are_the_closed_ones(case: str, d: Densities):
    play, best = of_case(case)
    at_best = best.logit(d)
    assert expected(play, play.discriminator, d, at_best).item() == pytest.approx(best.discriminator(d), abs=1e-9)
    assert expected(play, play.generator, d, at_best).item() == pytest.approx(best.generator(d), rel=1e-7, abs=1e-9)


@pytest.mark.slow
@every_objective
@every_pair
def test_a_table_that_is_trained_reaches_the_closed_form_within_a_percent(case: str, d: Densities):
    play, best = of_case(case)
    logits = train_table(play, d, 250, bounded=case == "wasserstein")
    for side in ("discriminator", "generator"):
        reached = expected(play, getattr(play, side), d, logits).item()
        assert reached == pytest.approx(getattr(best, side)(d), rel=0.01, abs=2e-3), side


# mean and sigma beside N(0, 1); −V*, non-saturating, hinge, least squares of both, W1: numbers.md §8
TABLE = [
    (0.0, 1.0, 1.386294, 0.693147, 2.0, 0.25, 0.125, 0.0),
    (1.0, 1.0, 1.163451, 1.081726, 1.234150, 0.198986, 0.201520, 1.0),
    (2.0, 1.0, 0.712633, 2.356316, 0.634621, 0.112400, 0.331400, 2.0),
    (0.0, 2.0, 1.200828, 1.428599, 1.354651, 0.210004, 0.195112, 0.797885),
    (1.0, 2.0, 1.129944, 1.901675, 1.219869, 0.195629, 0.219859, 1.166631),
]


@pytest.mark.parametrize(("mean", "sigma", "value", "raised", "margin", "squares", "aimed", "w1"), TABLE)
def test_the_closed_forms_have_their_known_values(
    mean: float, sigma: float, value: float, raised: float, margin: float, squares: float, aimed: float, w1: float
):
    d = gaussians(mean, sigma, cells=20_801)
    found = optimum("non-saturating"), optimum("hinge"), optimum("least-squares"), optimum("wasserstein")
    reached = [best.discriminator(d) for best in found] + [found[0].generator(d), found[2].generator(d)]
    assert reached == pytest.approx([value, margin, squares, -w1, raised, aimed], abs=2e-6)
    assert optimum("minimax").generator(d) == pytest.approx(of.reverse_kl(d) - raised, abs=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["minimax", "hinge", "wasserstein", "relativistic"])
def test_checked_sets_theory_beside_trial(name: str):
    both = checked(name, 1.0, 2.0, steps=300)
    assert both.trained == pytest.approx(both.closed, rel=0.01, abs=2e-3)
    heavy = (both.densities.p + both.densities.q) / both.densities.step > 1e-3
    if name == "relativistic":
        both.table[:] = both.table - (both.table - both.best)[heavy].mean()
    assert torch.allclose(both.table[heavy], both.best[heavy], atol=0.15 if name == "wasserstein" else 0.05)


def test_what_a_divergence_bounds_it_reaches():
    """Nowozin 2016: the discriminator's least loss is −D_f."""
    d = LAWS["both"]
    for name, distance in {"kl": of.kl, "reverse-kl": of.reverse_kl, "pearson": of.pearson}.items():
        assert optimum("f-divergence", divergence=name).discriminator(d) == pytest.approx(-distance(d), rel=1e-12)
    # the table of the paper calls it JS; with its f it is twice that
    assert optimum("f-divergence", divergence="js").discriminator(d) == pytest.approx(-2 * of.jensen_shannon(d))


def test_the_nonsaturating_generators_slope_is_that_of_kl_less_twice_the_jsd():
    """Arjovsky & Bottou 2017, theorem 2.5, with q as a table of free weights."""
    d = ROUGH["far"]
    weights = d.log_q.clone().requires_grad_()
    moved = Densities(d.x, d.log_p, weights.log_softmax(0))
    m = (moved.p + moved.q) / 2
    divergence = (moved.q * (moved.log_q - d.log_p)).sum() - (
        d.p * (d.p / m).log() + moved.q * (moved.q / m).log()
    ).sum()
    (whole,) = torch.autograd.grad(divergence, weights)
    play, best = objective("non-saturating"), optimum("non-saturating").logit(d)
    loss = (weights.softmax(0) * play.generator(best, best)).sum()
    (held,) = torch.autograd.grad(loss, weights)
    assert torch.allclose(held, whole, atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize("d", ROUGH.values(), ids=ROUGH)
def test_the_relativistic_average_has_a_best_where_the_ratio_is_bounded(d: Densities):
    play, best = objective(BOUNDLESS), optimum(BOUNDLESS)
    at_best = best.logit(d).requires_grad_()
    loss = expected(play, play.discriminator, d, at_best)
    (slope,) = torch.autograd.grad(loss, at_best)
    assert slope.abs().max() < 1e-9
    assert loss.item() == pytest.approx(best.discriminator(d), rel=1e-12)
    assert expected(play, play.generator, d, at_best).item() == pytest.approx(best.generator(d), rel=1e-12)
    trained = train_table(play, d, 400)
    assert expected(play, play.discriminator, d, trained).item() == pytest.approx(best.discriminator(d), rel=0.01)
    assert expected(play, play.generator, d, trained).item() == pytest.approx(best.generator(d), rel=0.01)


def test_the_relativistic_average_has_none_where_a_tails_ratio_has_no_end():
    """However near two Gaussians are, logits that grow in the far tails alone bring its loss towards 0."""
    d = of.on_grid(of.gaussian(0, 1), of.gaussian(0.5, 1), -30, 30, 601)
    left, right = (d.x < -20).double(), (d.x > 20).double()
    losses = []
    for shift in (0.0, 2.0, 8.0):
        logits = shift * (left / (d.p * left).sum() - right / (d.q * right).sum())
        real, fake = logits - (d.q * logits).sum(), logits - (d.p * logits).sum()
        losses.append(((d.p * softplus(-real)).sum() + (d.q * softplus(fake)).sum()).item())
    assert losses[0] == pytest.approx(2 * log(2))
    assert losses[0] > losses[1] > 0.2
    assert losses[2] < 0.002
    assert of.jensen_shannon(d) < 0.04
    with pytest.raises(UsageError, match=r"relativistic-average: .*try relativistic"):
        checked(BOUNDLESS, 1.0, 1.0)


def test_the_critics_slope_is_one_wherever_the_laws_differ_and_its_mean_is_zero():
    d = LAWS["shifted"]
    logits = optimum("wasserstein").logit(d)
    assert logits.diff().abs().max().item() <= d.step * (1 + 1e-12)
    assert ((d.p + d.q) * logits).sum().item() == pytest.approx(0, abs=1e-12)
    assert torch.allclose(centred(logits + 3, d), logits)
    trained = train_table(objective("wasserstein"), d, 50, bounded=True)
    assert trained.diff().abs().max().item() <= d.step * (1 + 1e-12)
    assert ((d.p + d.q) * trained).sum().item() == pytest.approx(0, abs=1e-12)


def test_without_a_bound_the_critic_of_two_laws_has_no_best():
    play, d = objective("wasserstein"), LAWS["shifted"]
    short, long = (expected(play, play.discriminator, d, train_table(play, d, steps)).item() for steps in (20, 60))
    assert long < 100 * short < 0


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)])
def test_smoothed_labels_bend_the_best_discriminator(alpha: float, beta: float):
    d = LAWS["shifted"]
    play = smoothed(alpha, beta)
    trained = train_table(play, d, 250)
    truth = (alpha * d.p + beta * d.q) / (d.p + d.q)
    heavy = d.p + d.q > 1e-6
    assert torch.allclose(smoothed_optimum(d, alpha, beta), truth, atol=1e-12)
    assert torch.allclose(trained.sigmoid()[heavy], truth[heavy], atol=1e-3)
    same = LAWS["same"]
    assert smoothed_optimum(same, alpha, beta)[65].item() == pytest.approx((alpha + beta) / 2)


def test_smoothing_is_one_sided_at_nine_tenths_unless_told():
    d = LAWS["shifted"]
    assert torch.equal(smoothed_optimum(d), smoothed_optimum(d, 0.9, 0.0))


def test_smoothing_is_the_cross_entropy_to_its_targets():
    real, fake = torch.tensor([0.3, -2.0]), torch.tensor([1.5, -0.2])
    by_name = torch.nn.functional.binary_cross_entropy_with_logits
    truth = by_name(real, torch.full((2,), 0.9), reduction="none") + by_name(
        fake, torch.full((2,), 0.1), reduction="none"
    )
    assert torch.allclose(smoothed(0.9, 0.1).discriminator(real, fake), truth)
    assert torch.allclose(smoothed().discriminator(real, fake), smoothed(0.9, 0.0).discriminator(real, fake))


@pytest.mark.parametrize(("apart", "weight"), [(1.0, 10.0), (2.5, 0.7)])
def test_the_penalized_critic_between_two_points_is_steeper_than_one(apart: float, weight: float):
    slope, value = penalized_critic(apart, weight)
    best = descend(lambda s: -(apart - 2 * weight * (s - 1)), 0.0, 0.04, 2000)[-1]
    assert (slope, value) == pytest.approx((best, best * apart - weight * (best - 1) ** 2), rel=1e-9)
    assert penalized_critic(1.0, 10.0) == pytest.approx((1.05, 1.025))


def test_a_batch_in_proportion_has_each_point_as_often_as_it_should():
    p = torch.tensor([0.1, 0.0, 0.25, 0.65], dtype=torch.float64)
    assert in_proportion(p, 20).tolist() == [0] * 2 + [2] * 5 + [3] * 13
    odd = torch.rand(50, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    batch = in_proportion(odd / odd.sum())
    assert len(batch) == BATCH
    assert (batch.bincount(minlength=50) - BATCH * odd / odd.sum()).abs().max() <= 1


def test_expectations_of_paired_losses_are_over_independent_pairs():
    d, logits = ROUGH["near"], torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)

    def by_hand(loss: Callable[..., Any]) -> float:
        return sum(
            d.p[i].item() * d.q[j].item() * loss(logits[i : i + 1], logits[j : j + 1]).item()
            for i in range(3)
            for j in range(3)
        )

    for name in ("minimax", "relativistic", "hinge"):
        play = objective(name)
        for loss in (play.discriminator, play.generator):
            assert expected(play, loss, d, logits).item() == pytest.approx(by_hand(loss), rel=1e-12)


def test_an_objective_is_asked_for_by_name_and_settings():
    assert objective("least-squares", a=-1).discriminator(torch.ones(1), torch.ones(1)).item() == 2
    with pytest.raises(KeyError, match="did you mean hinge"):
        objective("hnge")
    with pytest.raises((SettingsError, ValueError), match="divergence"):
        objective("f-divergence", divergence="kj")


@pytest.mark.slow
@pytest.mark.parametrize("mean", [1.0, 1.01, 2.0])
def test_where_both_laws_are_equal_the_hinge_says_nothing(mean: float):
    """Of N(0, 1) and N(m, 1) the generator's loss is TV = 2Φ(m/2) − 1, which one point wrongly judged would spoil."""
    d = gaussians(mean, 1)
    table = train_table(objective("hinge"), d)
    exact = torch.special.erf(torch.tensor(mean / 8**0.5)).item()
    assert optimum("hinge").generator(d) == pytest.approx(exact, abs=2e-4)
    assert -(d.q * table).sum().item() == pytest.approx(exact, abs=2e-4)
