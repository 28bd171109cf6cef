"""Every objective attains its theoretical optimum, on densities that are known."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi

import pytest
import torch
from torch import Tensor

from ganarium.core.settings.play import OBJECTIVES
from ganarium.maths.objectives import Objective

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


OPTIMA = {
    "minimax": Optimum(log_ratio, at_best, lambda p, q: kl(q, (p + q) / 2) - LN2),
    "non-saturating": Optimum(log_ratio, at_best, lambda p, q: kl(q, p) - kl(q, (p + q) / 2) + LN2),
}

every_objective = pytest.mark.parametrize("name", OBJECTIVES)


def expected(loss: Callable[[Tensor, Tensor], Tensor], p: Tensor, q: Tensor, logits: Tensor) -> Tensor:
    """E over independent x ~ p, y ~ q of loss(logit(x), logit(y))."""
    values = loss(logits.repeat_interleave(len(q)), logits.repeat(len(p)))
    return (torch.outer(p, q).flatten() * values).sum()


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
    assert OPTIMA.keys() >= set(OBJECTIVES)


@every_objective
@densities
def test_the_best_discriminator_is_where_theory_says(name: str, p: Tensor, q: Tensor):
    objective: Objective = OBJECTIVES[name].load()
    best = OPTIMA[name].logit(p, q).requires_grad_()
    value = expected(objective.discriminator, p, q, best)
    (slope,) = torch.autograd.grad(value, best)
    assert value.item() == pytest.approx(OPTIMA[name].discriminator(p, q).item(), abs=1e-12)
    assert slope.abs().max() < 1e-12


@every_objective
@densities
def test_any_other_discriminator_is_worse(name: str, p: Tensor, q: Tensor):
    objective: Objective = OBJECTIVES[name].load()
    best = OPTIMA[name].logit(p, q)
    least = expected(objective.discriminator, p, q, best)
    for direction in torch.eye(3, dtype=torch.float64).repeat(2, 1) * torch.tensor([[0.1], [-0.1]]).repeat_interleave(
        3, 0
    ):
        assert expected(objective.discriminator, p, q, best + direction) > least + 1e-6


@every_objective
@densities
def test_the_generators_loss_against_the_best_discriminator_is_what_theory_says(name: str, p: Tensor, q: Tensor):
    objective: Objective = OBJECTIVES[name].load()
    value = expected(objective.generator, p, q, OPTIMA[name].logit(p, q))
    assert value.item() == pytest.approx(OPTIMA[name].generator(p, q).item(), abs=1e-12)


# mean and sigma of the model beside N(0, 1): V*, the non-saturating loss, both at the best discriminator
TABLE = [
    (0.0, 1.0, -1.386294, 0.693147),
    (1.0, 1.0, -1.163451, 1.081726),
    (2.0, 1.0, -0.712633, 2.356316),
    (0.0, 2.0, -1.200828, 1.428599),
    (1.0, 2.0, -1.129944, 1.901675),
]


@pytest.mark.parametrize(("mean", "sigma", "value", "non_saturating"), TABLE)
def test_losses_between_gaussians_have_their_known_values(
    mean: float, sigma: float, value: float, non_saturating: float
):
    p, q = gaussians(mean, sigma)
    objective: Objective = OBJECTIVES["non-saturating"].load()
    best = log_ratio(p, q)
    assert -expected(objective.discriminator, p, q, best).item() == pytest.approx(value, abs=2e-6)
    assert expected(objective.generator, p, q, best).item() == pytest.approx(non_saturating, abs=2e-6)


def test_the_minimax_generator_plays_the_discriminators_own_value():
    p, q = gaussians(1.0, 1.0)
    objective: Objective = OBJECTIVES["minimax"].load()
    best = log_ratio(p, q)
    real_part = (p * torch.nn.functional.logsigmoid(best)).sum()
    assert (expected(objective.generator, p, q, best) + real_part).item() == pytest.approx(-1.163451, abs=2e-6)


@pytest.mark.parametrize(("name", "sure", "fooled"), [("minimax", 4.54e-5, 1.0), ("non-saturating", 1.0, 4.54e-5)])
def test_only_the_minimax_generator_loses_its_slope_when_the_discriminator_is_sure(
    name: str, sure: float, fooled: float
):
    logits = torch.tensor([-10.0, 10.0], requires_grad=True)
    OBJECTIVES[name].load().generator(logits[:0].detach(), logits).sum().backward()
    assert logits.grad is not None
    assert logits.grad.tolist() == pytest.approx([-sure, -fooled], rel=1e-3)


@every_objective
def test_the_real_logits_come_first(name: str):
    objective: Objective = OBJECTIVES[name].load()
    high, low = torch.tensor([5.0]), torch.tensor([-5.0])
    assert objective.discriminator(high, low) < objective.discriminator(low, high)
    assert objective.generator(low, high) < objective.generator(high, low)


@every_objective
def test_losses_are_per_sample(name: str):
    objective: Objective = OBJECTIVES[name].load()
    real, fake = torch.randn(2, 5, generator=torch.Generator().manual_seed(0))
    for loss in (objective.discriminator, objective.generator):
        assert torch.equal(loss(real, fake), torch.cat([loss(real[i : i + 1], fake[i : i + 1]) for i in range(5)]))


@every_objective
def test_a_generator_that_is_not_paired_needs_no_real_logits(name: str):
    objective: Objective = OBJECTIVES[name].load()
    fake = torch.tensor([0.3, -2.0])
    if not objective.paired:
        assert torch.equal(objective.generator(fake[:0], fake), objective.generator(fake.flip(0), fake))


@every_objective
def test_losses_stay_finite_where_a_sigmoid_would_not(name: str):
    objective: Objective = OBJECTIVES[name].load()
    sure = torch.tensor([1e4])
    for loss in (objective.discriminator, objective.generator):
        assert loss(sure, -sure).isfinite()
        assert loss(-sure, sure).isfinite()
