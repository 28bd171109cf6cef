"""Every objective attains its theoretical optimum, on densities that are known."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import Any

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from ganarium.config.objectives import OBJECTIVES
from ganarium.losses.objectives import Objective

LN2 = log(2)


def kl(p: Tensor, q: Tensor) -> Tensor:
    return torch.special.xlogy(p, p / q).sum()


def jensen_shannon(p: Tensor, q: Tensor) -> Tensor:
    m = (p + q) / 2
    return (kl(p, m) + kl(q, m)) / 2


@dataclass(frozen=True)
class Optimum:
    """What theory says of an objective, for densities p of the data and q of the model."""

    logit: Callable[[Tensor, Tensor], Tensor]
    discriminator: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]


def log_ratio(p: Tensor, q: Tensor) -> Tensor:
    return (p / q).log()


def at_best(p: Tensor, q: Tensor) -> Tensor:
    """Goodfellow 2014, Theorem 1, negated."""
    return 2 * LN2 - 2 * jensen_shannon(p, q)


def pair_law(p: Tensor, q: Tensor) -> tuple[Tensor, Tensor]:
    """(real, generated) drawn together, and the same with the two exchanged."""
    both = torch.outer(p, q)
    return both.flatten(), both.T.flatten()


def average_loss(c: np.ndarray, p: np.ndarray, q: np.ndarray, sign: int) -> np.float64:
    """RaSGAN, of the discriminator (sign 1) and of the generator (sign −1)."""
    real, fake = sign * (c - q @ c), sign * (c - p @ c)
    return p @ np.logaddexp(0, -real) + q @ np.logaddexp(0, fake)


def average_logit(p: Tensor, q: Tensor) -> Tensor:
    """Nobody knows a closed form: SciPy looks for it."""
    arrays = p.numpy(), q.numpy()
    found = minimize(average_loss, log_ratio(p, q).numpy(), (*arrays, 1), "Nelder-Mead", tol=1e-14)
    return torch.from_numpy(minimize(average_loss, found.x, (*arrays, 1), "BFGS", tol=1e-12).x)


def pearson(p: Tensor, q: Tensor) -> Tensor:
    return ((p - q) ** 2 / q).sum()


CASES: dict[str, dict[str, Any]] = {
    **{name: {} for name in OBJECTIVES if name != "f-divergence"},
    "least-squares/centred": {"a": -1.0, "b": 1.0, "c": 0.0},
    "least-squares/odd": {"a": 0.2, "b": 0.7, "c": 1.5},
    **{f"f-divergence/{name}": {"divergence": name} for name in ("kl", "reverse-kl", "pearson", "js")},
}
OPTIMA = {
    "minimax": Optimum(log_ratio, at_best, lambda p, q: kl(q, (p + q) / 2) - LN2),
    "non-saturating": Optimum(log_ratio, at_best, lambda p, q: kl(q, p) - kl(q, (p + q) / 2) + LN2),
    "least-squares": Optimum(
        lambda p, q: p / (p + q),
        lambda p, q: (p * q / (p + q)).sum() / 2,
        lambda p, q: (q**3 / (p + q) ** 2).sum() / 2,
    ),
    "least-squares/centred": Optimum(
        lambda p, q: (p - q) / (p + q),
        lambda p, q: 2 * (p * q / (p + q)).sum(),
        lambda p, q: (q * ((p - q) / (p + q)) ** 2).sum() / 2,
    ),
    "least-squares/odd": Optimum(
        lambda p, q: (0.7 * p + 0.2 * q) / (p + q),
        lambda p, q: 0.125 * (p * q / (p + q)).sum(),
        lambda p, q: (q * ((-0.8 * p - 1.3 * q) / (p + q)) ** 2).sum() / 2,
    ),
    "hinge": Optimum(
        lambda p, q: torch.sign(p - q),
        lambda p, q: 2 - (p - q).abs().sum(),
        lambda p, q: -(q * torch.sign(p - q)).sum(),
    ),
    "wasserstein": Optimum(
        lambda p, q: torch.cat([p[:1] * 0, -torch.sign((p - q).cumsum(0))[:-1].cumsum(0)]),
        lambda p, q: -(p - q).cumsum(0).abs().sum(),
        lambda p, q: (q[1:] * torch.sign((p - q).cumsum(0))[:-1].cumsum(0)).sum(),
    ),
    "relativistic": Optimum(
        log_ratio,
        lambda p, q: LN2 - jensen_shannon(*pair_law(p, q)),
        lambda p, q: LN2 - jensen_shannon(*pair_law(p, q)) + kl(p, q) + kl(q, p),
    ),
    "relativistic-average": Optimum(
        average_logit,
        lambda p, q: torch.as_tensor(average_loss(average_logit(p, q).numpy(), p.numpy(), q.numpy(), 1)),
        lambda p, q: torch.as_tensor(average_loss(average_logit(p, q).numpy(), p.numpy(), q.numpy(), -1)),
    ),
    "f-divergence/kl": Optimum(lambda p, q: 1 + log_ratio(p, q), lambda p, q: -kl(p, q), lambda p, _: -p.sum()),
    "f-divergence/reverse-kl": Optimum(log_ratio, lambda p, q: -kl(q, p), lambda p, q: 1 + kl(q, p)),
    "f-divergence/pearson": Optimum(
        lambda p, q: 2 * (p / q - 1), lambda p, q: -pearson(p, q), lambda p, q: -pearson(p, q)
    ),
    "f-divergence/js": Optimum(log_ratio, lambda p, q: -2 * jensen_shannon(p, q), lambda p, q: kl(q, (p + q) / 2)),
}
SMOOTH = [case for case in CASES if case not in ("hinge", "wasserstein")]

every_objective = pytest.mark.parametrize("case", CASES)
every_smooth_one = pytest.mark.parametrize("case", SMOOTH)


def made(case: str) -> Objective:
    name = case.split("/")[0]
    objective = OBJECTIVES[name].load()(**CASES[case])
    assert isinstance(objective, Objective)
    return objective


def expected(loss: Callable[[Tensor, Tensor], Tensor], p: Tensor, q: Tensor, logits: Tensor) -> Tensor:
    """E over independent x ~ p, y ~ q of loss(logit(x), logit(y)): the mean over a batch that holds each pair of
    100 real and 100 generated samples, in proportion, so that batch means are what they should be.
    """
    real, fake = (logits.repeat_interleave((100 * law).round().long()) for law in (p, q))
    assert len(real) == len(fake) == 100
    return loss(real.repeat_interleave(100), fake.repeat(100)).mean()


def weighted(loss: Callable[[Tensor, Tensor], Tensor], p: Tensor, q: Tensor, logits: Tensor) -> Tensor:
    """The same for laws on a fine grid, of losses that do not look at batch means."""
    return (torch.outer(p, q) * loss(logits[:, None], logits[None, :])).sum()


def gaussians(mean: float, sigma: float) -> tuple[Tensor, Tensor]:
    """N(0, 1) and N(mean, sigma²) on a grid."""
    x = torch.linspace(-12, 14, 521, dtype=torch.float64)
    step = x[1] - x[0]
    return tuple(
        torch.exp(-(((x - m) / s) ** 2) / 2) / (s * (2 * pi) ** 0.5) * step for m, s in ((0.0, 1.0), (mean, sigma))
    )


DISCRETE = {
    "same": ([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]),
    "near": ([0.2, 0.3, 0.5], [0.3, 0.3, 0.4]),
    "far": ([0.9, 0.09, 0.01], [0.01, 0.04, 0.95]),
}
densities = pytest.mark.parametrize(
    ("p", "q"),
    [tuple(torch.tensor(v, dtype=torch.float64) for v in pair) for pair in DISCRETE.values()],
    ids=DISCRETE,
)


def test_theory_has_a_word_on_every_objective():
    assert {case.split("/")[0] for case in OPTIMA} == set(OBJECTIVES)
    assert OPTIMA.keys() == CASES.keys()


@every_objective
@densities
def test_the_best_discriminators_loss_is_what_theory_says(case: str, p: Tensor, q: Tensor):
    value = expected(made(case).discriminator, p, q, OPTIMA[case].logit(p, q))
    assert value.item() == pytest.approx(OPTIMA[case].discriminator(p, q).item(), abs=1e-12)


@every_smooth_one
@densities
def test_the_best_discriminator_is_where_theory_says(case: str, p: Tensor, q: Tensor):
    best = OPTIMA[case].logit(p, q).requires_grad_()
    (slope,) = torch.autograd.grad(expected(made(case).discriminator, p, q, best), best)
    assert slope.abs().max() < (1e-6 if case == "relativistic-average" else 1e-12)


@every_smooth_one
@densities
def test_any_other_discriminator_is_worse(case: str, p: Tensor, q: Tensor):
    objective = made(case)
    best = OPTIMA[case].logit(p, q)
    least = expected(objective.discriminator, p, q, best)
    for direction in torch.eye(3, dtype=torch.float64).repeat(2, 1) * torch.tensor([[0.1], [-0.1]]).repeat_interleave(
        3, 0
    ):
        assert expected(objective.discriminator, p, q, best + direction) > least + 1e-6


@densities
def test_no_hinge_discriminator_is_better_than_the_sign_and_only_ties_are_as_good(p: Tensor, q: Tensor):
    loss = made("hinge").discriminator
    best = torch.sign(p - q)
    least = expected(loss, p, q, best)
    for i in range(3):
        for value in torch.linspace(-2, 2, 9, dtype=torch.float64):
            other = best.clone()
            other[i] = value
            tied = p[i] == q[i] and abs(value) <= 1
            assert expected(loss, p, q, other) >= least - 1e-12
            assert tied or value == best[i] or expected(loss, p, q, other) > least + 1e-4


@densities
def test_no_critic_of_slope_one_tells_more_than_w1_and_steeper_ones_do(p: Tensor, q: Tensor):
    loss = made("wasserstein").discriminator
    best = OPTIMA["wasserstein"].logit(p, q)
    assert best.diff().abs().max() <= 1
    least = expected(loss, p, q, best)
    for rises in torch.cartesian_prod(*[torch.linspace(-1, 1, 9, dtype=torch.float64)] * 2):
        assert expected(loss, p, q, torch.cat([rises.new_zeros(1), rises.cumsum(0)])) >= least - 1e-12
    assert expected(loss, p, q, 3 * best).item() == pytest.approx(3 * least.item(), abs=1e-12)


@every_objective
@densities
def test_the_generators_loss_against_the_best_discriminator_is_what_theory_says(case: str, p: Tensor, q: Tensor):
    value = expected(made(case).generator, p, q, OPTIMA[case].logit(p, q))
    tolerance = {"abs": 1e-4} if case == "relativistic-average" else {"abs": 1e-12}
    assert value.item() == pytest.approx(OPTIMA[case].generator(p, q).item(), **tolerance)


@densities
def test_mixed_up_players_cost_the_relativistic_generator_what_the_discriminator_gains(p: Tensor, q: Tensor):
    for case in ("relativistic", "relativistic-average"):
        logits = OPTIMA[case].logit(p, q)
        swapped = expected(made(case).discriminator, p, q, -logits)
        assert expected(made(case).generator, p, q, logits).item() == pytest.approx(swapped.item(), rel=1e-12)


# mean and sigma of the model beside N(0, 1): numbers.md §8, all at the best discriminator
TABLE = [
    (0.0, 1.0, -1.386294, 0.693147, 2.0, 0.25, 0.125, 0.0),
    (1.0, 1.0, -1.163451, 1.081726, 1.234150, 0.198986, 0.201520, 0.408109),
    (2.0, 1.0, -0.712633, 2.356316, 0.634621, 0.112400, 0.331400, 1.100801),
    (0.0, 2.0, -1.200828, 1.428599, 1.354651, 0.210004, 0.195112, 0.319964),
    (1.0, 2.0, -1.129944, 1.901675, 1.219869, 0.195629, 0.219859, 0.434965),
]


@pytest.mark.parametrize(("mean", "sigma", "value", "raised", "margin", "squares", "aimed", "chi2"), TABLE)
def test_losses_between_gaussians_have_their_known_values(
    mean: float, sigma: float, value: float, raised: float, margin: float, squares: float, aimed: float, chi2: float
):
    p, q = gaussians(mean, sigma)

    def at_optimum(case: str) -> tuple[float, float]:
        best = OPTIMA[case].logit(p, q)
        return weighted(made(case).discriminator, p, q, best).item(), weighted(made(case).generator, p, q, best).item()

    assert at_optimum("non-saturating") == pytest.approx((-value, raised), abs=2e-6)
    assert at_optimum("hinge")[0] == pytest.approx(margin, abs=1e-3)  # a kink, on a coarse grid
    assert at_optimum("least-squares") == pytest.approx((squares, aimed), abs=2e-6)
    # with b − c = 1 and b − a = 2 both players' squares sum to Pearson's χ² of p + q against 2q (Mao 2017)
    centred = made("least-squares/centred").generator
    best = OPTIMA["least-squares/centred"].logit(p, q)
    both = weighted(centred, p, p, best) + weighted(centred, q, q, best)
    assert 2 * both.item() == pytest.approx(chi2, abs=2e-6)


def test_paired_with_equal_laws_both_players_pay_ln_2():
    p, q = gaussians(0.0, 1.0)
    flat = torch.full_like(p, 0.7)
    for loss in (made("relativistic").discriminator, made("relativistic").generator):
        assert weighted(loss, p, q, flat).item() == pytest.approx(0.693147, abs=2e-6)


def test_the_minimax_generator_plays_the_discriminators_own_value():
    p, q = gaussians(1.0, 1.0)
    best = log_ratio(p, q)
    real_part = (p * torch.nn.functional.logsigmoid(best)).sum()
    assert (weighted(made("minimax").generator, p, q, best) + real_part).item() == pytest.approx(-1.163451, abs=2e-6)
