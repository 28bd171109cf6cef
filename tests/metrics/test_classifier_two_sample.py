import math

import pytest
import torch
from scipy.optimize import minimize
from torch import Tensor

from ganarium.core.random_streams import Streams, normal, permutation
from ganarium.metrics.classifier_two_sample import hanley_mcneil, logistic_weights, two_sample_auc
from ganarium.metrics.interval import Estimate

STREAMS = Streams(0)


def gaussian(name: str, n: int, d: int, step: int = 0) -> Tensor:
    return STREAMS.at(name, normal(n, d), step)


def order(n: int, step: int = 0) -> Tensor:
    return STREAMS.at("order", permutation(n), step)


def told_apart(real: Tensor, fake: Tensor, step: int = 0) -> Estimate:
    return two_sample_auc(real, fake, order(len(real), step), order(len(fake), step + 1))


def test_newton_finds_the_minimum_that_scipy_finds():
    x, w_true = gaussian("x", 80, 3).double(), torch.tensor([1.0, -2, 0.5])
    y = x @ w_true.double() + gaussian("slack", 80, 1)[:, 0] > 0.3

    def loss(w):
        logits = x @ torch.from_numpy(w[:3]) + w[3]
        return float(torch.logaddexp(-logits * (2.0 * y - 1), torch.zeros(1)).sum() + 0.7 * (w[:3] ** 2).sum() / 2)

    peer = minimize(loss, [0.0] * 4, tol=1e-12, options={"gtol": 1e-7}).x
    assert logistic_weights(x, y, 0.7).tolist() == pytest.approx(peer.tolist(), abs=1e-5)


def test_weights_stay_finite_where_a_line_separates():
    x = torch.tensor([[-1e3], [-1], [1], [1e3]])
    w, intercept = logistic_weights(x, torch.tensor([False, False, True, True]), 1.0).tolist()
    assert 0 < w < 10
    assert intercept == pytest.approx(0, abs=1e-9)


def test_shifted_gaussians_come_near_the_area_of_the_best_judge():
    real, fake = gaussian("real", 2000, 3), gaussian("fake", 2000, 3) + torch.tensor([0.8, 0, 0.6])
    best = 0.5 * (1 + math.erf(1 / math.sqrt(2) / math.sqrt(2)))  # Φ(δ/√2), δ = 1
    found = told_apart(real, fake)
    assert abs(found.value - best) < 3 * found.error
    assert found.error < 0.012


def test_one_law_cannot_be_told_apart_and_the_error_says_how_surely():
    repeats = [told_apart(gaussian("left", 200, 3, s), gaussian("right", 200, 3, s), s) for s in range(100)]
    values, errors = torch.tensor(repeats).T
    assert values.mean().item() == pytest.approx(0.5, abs=0.01)
    assert values.std().item() == pytest.approx(errors.mean().item(), rel=0.2)


def test_far_from_one_half_the_error_is_on_the_safe_side():
    repeats = [told_apart(gaussian("left", 200, 3, s), gaussian("right", 200, 3, s) + 0.6, s) for s in range(100)]
    values, errors = torch.tensor(repeats).T
    assert 0.6 * errors.mean() < values.std() < 1.1 * errors.mean()


def test_is_symmetric():
    real, fake = gaussian("real", 300, 4), 1.5 * gaussian("fake", 300, 4) + 0.3
    forth = two_sample_auc(real, fake, order(300), order(300, 1))
    back = two_sample_auc(fake, real, order(300, 1), order(300))
    assert forth == pytest.approx(back, abs=1e-9)


def test_is_deaf_to_units_to_an_offset_and_to_columns_that_say_nothing():
    real, fake = gaussian("real", 200, 3).double(), gaussian("fake", 150, 3).double() + 0.4
    plain = told_apart(real, fake)
    units = torch.tensor([1e-6, 1, 1e6])
    assert told_apart(real * units + 5, fake * units + 5) == pytest.approx(plain, abs=1e-6)
    wider = [torch.cat([x, torch.full((len(x), 1), 0.1)], 1) for x in (real, fake)]
    assert told_apart(*wider) == pytest.approx(plain, abs=1e-9)


def test_grows_with_a_shift_up_to_one():
    real, fresh = gaussian("real", 300, 4), gaussian("fresh", 300, 4)
    values = [told_apart(real, fresh + shift).value for shift in (0, 0.2, 0.5, 1, 10)]
    assert values == sorted(values)
    assert values[-1] == 1


def test_sees_a_dropped_class():
    classes = 3 * torch.eye(4)[torch.arange(400) % 4]
    real, fake = (gaussian(name, 400, 4) + classes for name in ("real", "fake"))
    assert told_apart(real, fake[classes[:, 0] == 0]).value > told_apart(real, fake).value + 0.05


def test_no_half_is_judged_by_itself():
    """With as many columns as rows a fit is perfect on its own half, and blind on the other."""
    found = told_apart(gaussian("left", 60, 80), gaussian("right", 60, 80))
    assert abs(found.value - 0.5) < 3 * found.error


def test_error_of_an_area_has_its_closed_forms():
    assert hanley_mcneil(0.5, 30, 50) == pytest.approx(math.sqrt((30 + 50 + 1) / (12 * 30 * 50)))
    assert hanley_mcneil(1, 30, 50) == 0
    assert hanley_mcneil(0.8, 1, 1) == pytest.approx(0.4)
