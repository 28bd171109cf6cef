"""Estimates from samples: shares, means, and the jackknife errors of other measures."""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor

from ganarium.core.errors import InputError
from ganarium.metrics.interval import Estimate
from ganarium.metrics.validation import Array, tensor

GROUPS = 10


def share(holds_n: Tensor) -> Estimate:
    """Return the share of true values in a bool tensor [n], with the standard error `share_error`."""
    value = holds_n.double().mean().item()
    return Estimate(value, share_error(value, len(holds_n)))


def share_error(value: float, n: int) -> float:
    """Return the standard error of a share estimated from n independent cases.

    This is the standard deviation of the share's posterior under Jeffreys's prior. It equals the binomial standard
    error when both outcomes are frequent, and stays above 0 when one of them never occurred.
    """
    likely = (value * n + 0.5) / (n + 1)
    return sqrt(likely * (1 - likely) / (n + 2))


def mean(values_n: Tensor) -> Estimate:
    """Return the mean of [n] numbers and its standard error."""
    return Estimate(values_n.double().mean().item(), values_n.double().std().item() / sqrt(len(values_n)))


def jackknifed(measure: Callable[[Tensor], float], rows_nd: Array, groups: int = GROUPS) -> Estimate:
    """Return a measure of all rows, with the jackknife error from leaving out one group of rows at a time.

    Rows must come in random order. Unlike a bootstrap, the jackknife (Efron & Tibshirani 1993, ch. 11) repeats no row;
    repeated rows would raise a Fréchet distance.
    """
    rows_nd = tensor("rows", rows_nd)
    _refuse_few(len(rows_nd), groups)
    parts = rows_nd.tensor_split(groups)
    without = [measure(torch.cat([*parts[:i], *parts[i + 1 :]])) for i in range(groups)]
    spread = torch.tensor(without, dtype=torch.float64)
    return Estimate(measure(rows_nd), sqrt((groups - 1) * spread.var(unbiased=False).item()))


def error_over_blocks(
    measure: Callable[..., Tensor], real_nd: Tensor, fake_md: Tensor, *of_real: Tensor, blocks: int = 5
) -> Tensor:
    """Return the standard errors [k] of k measures of all rows, from their spread over disjoint blocks of both samples.

    of_real: [n, …] precomputed values of the real rows, also passed to the measure block by block

    Intended for slow measures, whose time grows with the square of the number of rows. Rows must come in random order.
    """
    _refuse_few(min(len(real_nd), len(fake_md)), blocks)
    parts = zip(*(rows.tensor_split(blocks) for rows in (real_nd, fake_md, *of_real)), strict=True)
    values = torch.stack([measure(*block).double() for block in parts])
    return values.std(0) / sqrt(blocks)


def _refuse_few(n: int, groups: int) -> None:
    if n < 2 * groups:
        raise InputError(f"{n} rows are too few for {groups} groups; pass at least {2 * groups} rows")
