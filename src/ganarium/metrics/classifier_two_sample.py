"""Classifier two-sample test: how well a logistic regression separates real from generated samples."""

from math import sqrt

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.interval import Estimate
from ganarium.metrics.rank_statistics import chance_above
from ganarium.metrics.validation import Array, features, row_order

MOST_STEPS = 100  # Newton's method needs about ten
CONSTANT = 1e-12  # columns that vary less, relative to their largest value, are ignored


def two_sample_auc(
    real_nd: Array,
    fake_md: Array,
    real_order: Array | None = None,
    fake_order: Array | None = None,
    ridge: float = 1.0,
) -> Estimate:
    """Return the held-out area under the ROC curve of a logistic regression (Lopez-Paz & Oquab 2017, arXiv 1610.06545).

    ½ means inseparable, 1 perfectly separable. The orders [n] and [m], by default random but fixed, split the rows into
    halves, and each half is scored with the regression fitted to the other half. The result is the mean of both areas
    and of their standard errors. The error is not divided by √2: near ½, both areas depend on the same product of the
    halves, and elsewhere the error is conservative. The area is symmetric in both samples, and so is the error if
    n = m.
    ridge: prior precision of the weights, for columns standardised on the half used for fitting
    """
    real_nd, fake_md = features(4, real=real_nd, fake=fake_md)
    real_order = row_order(real_order, len(real_nd), "real")
    fake_order = row_order(fake_order, len(fake_md), "fake")
    if not 0 < ridge < float("inf"):
        raise InputError(f"ridge={ridge} is not allowed; use a finite number above 0")
    real = real_nd.double()[real_order].tensor_split(2)
    fake = fake_md.double()[fake_order].tensor_split(2)
    folds = [_held_out(real[fit], fake[fit], real[1 - fit], fake[1 - fit], ridge) for fit in (0, 1)]
    return Estimate(sum(fold.value for fold in folds) / 2, sum(fold.error for fold in folds) / 2)


def hanley_mcneil(area: float, n: int, m: int) -> float:
    """Return the standard error of a ROC area (AUC) from n positives and m negatives (Hanley & McNeil 1982)."""
    if not 0 <= area <= 1 or n < 1 or m < 1:
        raise InputError(
            f"area {area} from {n} and {m} rows is invalid; pass an area in [0, 1] and at least one row each"
        )
    two_positives, two_negatives = area / (2 - area), 2 * area**2 / (1 + area)
    spread = (n - 1) * (two_positives - area**2) + (m - 1) * (two_negatives - area**2)
    return sqrt(max(0.0, area * (1 - area) + spread) / (n * m))  # rounding can make the variance slightly negative


def area_error(area: float, n: int, m: int) -> float:
    """Return the standard error of `hanley_mcneil` after moving the area half a case away from 0 and 1.

    Otherwise, the error would be 0 at an area of exactly 0 or 1.
    """
    cases = min(n, m)
    return hanley_mcneil((area * cases + 0.5) / (cases + 1), n, m)


def logistic_weights(x_nd: Tensor, is_real_n: Tensor, ridge: float) -> Tensor:
    """Return d weights w and an unpenalized intercept that minimize Σ log-loss + ridge · ‖w‖²/2: float64 [d + 1]."""
    x_ne = torch.cat([x_nd.double(), torch.ones(len(x_nd), 1, dtype=torch.float64, device=x_nd.device)], 1)
    y_n = is_real_n.to(x_ne)
    penalty_e = torch.full_like(x_ne[0], ridge)
    penalty_e[-1] = 0

    def loss(w_e: Tensor) -> Tensor:
        logits = x_ne @ w_e
        return (F.softplus(logits) - y_n * logits).sum() + (penalty_e * w_e.square()).sum() / 2

    w_e = torch.zeros_like(penalty_e)
    for _ in range(MOST_STEPS):
        p_n = torch.sigmoid(x_ne @ w_e)
        slope_e = x_ne.T @ (p_n - y_n) + penalty_e * w_e
        curvature_ee = (x_ne.T * (p_n * (1 - p_n))) @ x_ne + penalty_e.diag()
        step_e = torch.linalg.solve(curvature_ee, slope_e)
        settled = bool(slope_e @ step_e < 1e-12 * len(x_ne))
        while not settled and loss(w_e - step_e) > loss(w_e):
            step_e = step_e / 2
        w_e = w_e - step_e
        if settled:
            break
    return w_e


def _held_out(fit_real: Tensor, fit_fake: Tensor, real: Tensor, fake: Tensor, ridge: float) -> Estimate:
    """Fit the regression to one half and return the area under the ROC curve on the other half."""
    fitted = torch.cat([fit_real, fit_fake])
    centre_d, spread_d = fitted.mean(0), fitted.std(0)
    spread_d = torch.where(spread_d > CONSTANT * fitted.abs().amax(0), spread_d, torch.inf)
    is_real = torch.arange(len(fitted), device=fitted.device) < len(fit_real)
    w_d = logistic_weights((fitted - centre_d) / spread_d, is_real, ridge)[:-1] / spread_d
    area = chance_above(real @ w_d, fake @ w_d)
    return Estimate(area, area_error(area, len(real), len(fake)))
