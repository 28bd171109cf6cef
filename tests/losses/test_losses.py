"""What every objective promises: the order of its arguments, one value per sample, numbers that stay finite."""

from math import exp, log
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from ganarium.config.objectives import OBJECTIVES
from ganarium.losses.objectives import VARIATIONAL, Objective, absolute_difference, per_sample
from ganarium.testing import check_objective

CASES: dict[str, dict[str, Any]] = {
    **{name: {} for name in OBJECTIVES if name != "f-divergence"},
    "least-squares/centred": {"a": -1.0, "b": 1.0, "c": 0.0},
    **{f"f-divergence/{name}": {"divergence": name} for name in ("kl", "reverse-kl", "pearson", "js")},
}
EXPONENTIAL = ("f-divergence/kl", "f-divergence/reverse-kl")

every_objective = pytest.mark.parametrize("case", CASES)


def made(case: str) -> Objective:
    objective = OBJECTIVES[case.split("/")[0]].load()(**CASES[case])
    assert isinstance(objective, Objective)
    return objective


F = {
    "kl": lambda u: u * np.log(u),
    "reverse-kl": lambda u: -np.log(u),
    "pearson": lambda u: (u - 1) ** 2,
    "js": lambda u: -(u + 1) * np.log((1 + u) / 2) + u * np.log(u),
}


@pytest.mark.parametrize("divergence", F)
@pytest.mark.parametrize("v", [-1.5, -0.3, 0.0, 0.8, 2.0])
def test_an_f_divergence_pays_the_conjugate_of_f_for_what_is_generated(divergence: str, v: float):
    """f*(T) = sup over u > 0 of uT − f(u), looked for on a grid."""
    of, u = VARIATIONAL[divergence], np.exp(np.linspace(-12, 12, 200_001))
    logit = torch.tensor([v], dtype=torch.float64)
    witness = of.witness(logit).item()
    assert of.conjugate(logit).item() == pytest.approx((u * witness - F[divergence](u)).max(), abs=1e-6)
    objective = made(f"f-divergence/{divergence}")
    assert objective.discriminator(logit, 0 * logit).item() == pytest.approx(
        of.conjugate(0 * logit).item() - witness, abs=1e-12
    )
    assert objective.generator(logit[:0], logit).item() == -of.conjugate(logit).item()


def test_the_output_activations_are_those_of_the_papers_table():
    """Nowozin 2016, table 2."""
    v = torch.linspace(-3, 3, 7, dtype=torch.float64)
    table = {"kl": v, "reverse-kl": -torch.exp(-v), "pearson": v, "js": log(2) - torch.log1p(torch.exp(-v))}
    for name, activation in table.items():
        assert torch.allclose(VARIATIONAL[name].witness(v), activation, rtol=0, atol=1e-15)


def test_the_js_bound_is_the_cross_entropy_less_two_ln_2():
    r, f = torch.linspace(-40, 40, 9), torch.linspace(30, -50, 9)
    bound = made("f-divergence/js").discriminator(r, f)
    assert torch.allclose(bound, made("minimax").discriminator(r, f) - 2 * log(2), atol=1e-5)


@pytest.mark.parametrize(("case", "sure", "fooled"), [("minimax", 4.54e-5, 1.0), ("non-saturating", 1.0, 4.54e-5)])
def test_only_the_minimax_generator_loses_its_slope_when_the_discriminator_is_sure(
    case: str, sure: float, fooled: float
):
    logits = torch.tensor([-10.0, 10.0], requires_grad=True)
    made(case).generator(logits[:0].detach(), logits).sum().backward()
    assert logits.grad is not None
    assert logits.grad.tolist() == pytest.approx([-sure, -fooled], rel=1e-3)


@every_objective
def test_every_objective_has_the_properties_that_those_of_users_are_checked_for(case: str):
    check_objective(case.split("/")[0], **CASES[case])


def drawn(*shape: int) -> tuple[Tensor, Tensor]:
    real, fake = torch.randn(2, *shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return real, fake


@every_objective
def test_losses_are_per_sample_unless_they_say_that_they_look_at_batch_means(case: str):
    objective = made(case)
    real, fake = drawn(5)
    for loss in (objective.discriminator, objective.generator):
        assert loss(real, fake).shape == (5,)
        alone = torch.cat([loss(real[i : i + 1], fake[i : i + 1]) for i in range(5)])
        assert torch.equal(loss(real, fake), alone) != objective.averaged
    assert objective.averaged == (case == "relativistic-average")


@every_objective
def test_patches_are_judged_one_by_one_and_batch_means_are_a_patchs_own(case: str):
    objective = made(case)
    real, fake = drawn(5, 3)
    for loss in (objective.discriminator, objective.generator):
        assert loss(real, fake).shape == (5, 3)
        columns = [loss(real[:, j], fake[:, j]) for j in range(3)]
        assert torch.allclose(loss(real, fake), torch.stack(columns, 1), rtol=0, atol=1e-15)


@every_objective
def test_only_paired_generators_look_at_real_logits(case: str):
    objective = made(case)
    _, fake = drawn(4)
    if objective.paired:
        assert not torch.equal(objective.generator(fake.flip(0), fake), objective.generator(fake, fake))
    else:
        assert torch.equal(objective.generator(fake[:0], fake), objective.generator(fake.flip(0), fake))
    assert objective.paired == case.startswith("relativistic")


@every_objective
def test_losses_stay_finite_where_a_sigmoid_would_not(case: str):
    objective = made(case)
    far = 50.0 if case in EXPONENTIAL else 1e4
    for real, fake in ((far, -far), (-far, far), (far, far), (-far, -far)):
        logits = [torch.tensor([value], requires_grad=True) for value in (real, fake)]
        for loss in (objective.discriminator, objective.generator):
            value = loss(*logits)
            assert value.isfinite()
            slopes = torch.autograd.grad(value.sum(), logits, allow_unused=True, materialize_grads=True)
            assert all(slope.isfinite() for slope in slopes)


@pytest.mark.parametrize("v", [-50.0, -3.0, 50.0])
def test_the_exponentials_of_kl_are_right_rather_than_clamped(v: float):
    logit, zero = torch.tensor([v]), torch.zeros(1)
    assert made("f-divergence/kl").generator(zero, logit).item() == pytest.approx(-exp(v - 1), rel=1e-5)
    assert made("f-divergence/kl").discriminator(zero, logit).item() == pytest.approx(exp(v - 1), rel=1e-5)
    assert made("f-divergence/reverse-kl").discriminator(logit, zero).item() == pytest.approx(exp(-v) - 1, rel=1e-5)


def test_below_minus_two_pearsons_generator_is_pushed_the_wrong_way():
    logit = torch.tensor([-3.0, -2.0, -1.0], requires_grad=True)
    made("f-divergence/pearson").generator(logit[:0], logit).sum().backward()
    assert logit.grad is not None
    assert logit.grad.sign().tolist() == [1, 0, -1]


def test_a_samples_value_is_the_mean_over_its_patches():
    values = torch.tensor([[1.0, 3.0], [5.0, 9.0]])
    assert per_sample(values).tolist() == [2, 7]
    assert per_sample(values[:, :, None]).tolist() == [2, 7]
    assert torch.equal(per_sample(values[0]), values[0])


def test_the_absolute_difference_is_a_mean_over_pixels_and_colours():
    made, answer = torch.zeros(2, 3, 2, 2), torch.zeros(2, 3, 2, 2)
    made[0, 0, 0, 0], answer[1] = 6.0, 1.0
    assert absolute_difference(made, answer).tolist() == [0.5, 1]
