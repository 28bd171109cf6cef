"""A number that was estimated, and how sure it is."""

from collections.abc import Callable
from math import sqrt
from typing import NamedTuple

import torch
from torch import Tensor

from ganarium.core.errors import InputError

GROUPS = 10
SURE = 1.96  # standard errors on either side that hold 95 %


class Estimate(NamedTuple):
    """A value and its standard error, in the same unit."""

    value: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """Where the value lies in 95 of 100 cases, if errors are normal."""
        return self.value - SURE * self.error, self.value + SURE * self.error


def share(holds_n: Tensor) -> Estimate:
    """The share of n cases that hold, bool [n], with its `share_error`."""
    value = holds_n.double().mean().item()
    return Estimate(value, share_error(value, len(holds_n)))


def share_error(value: float, n: int) -> float:
    """Return the standard error of a share of n independent cases.

    It is the standard deviation of the share's posterior under Jeffreys's prior: that of the binomial law where both
    kinds of case are frequent, and still above 0 where one of them was not seen.
    """
    likely = (value * n + 0.5) / (n + 1)
    return sqrt(likely * (1 - likely) / (n + 2))


def mean(values_n: Tensor) -> Estimate:
    """The mean of [n] numbers and its standard error."""
    return Estimate(values_n.double().mean().item(), values_n.double().std().item() / sqrt(len(values_n)))


def jackknifed(measure: Callable[[Tensor], float], rows_nd: Tensor, groups: int = GROUPS) -> Estimate:
    """A measure of all rows; its error from leaving out a group of them at a time (Efron & Tibshirani 1993, ch. 11).

    Rows must come in random order. Unlike a bootstrap, no row is seen twice, which would raise a Fréchet distance.
    """
    _refuse_few(len(rows_nd), groups)
    parts = rows_nd.tensor_split(groups)
    without = [measure(torch.cat([*parts[:i], *parts[i + 1 :]])) for i in range(groups)]
    spread = torch.tensor(without, dtype=torch.float64)
    return Estimate(measure(rows_nd), sqrt((groups - 1) * spread.var(unbiased=False).item()))


def error_over_blocks(
    measure: Callable[..., Tensor], real_nd: Tensor, fake_md: Tensor, *of_real: Tensor, blocks: int = 5
) -> Tensor:
    """Standard errors [k] of k measures of all rows, from how they differ between disjoint blocks of both sides.

    of_real: [n, …] what is known of each real row within its block; a block of it is given to the measure as well

    For measures that take long, as the time of one pass falls with the square of the block. Rows in random order.
    """
    _refuse_few(min(len(real_nd), len(fake_md)), blocks)
    parts = zip(*(rows.tensor_split(blocks) for rows in (real_nd, fake_md, *of_real)), strict=True)
    values = torch.stack([measure(*block).double() for block in parts])
    return values.std(0) / sqrt(blocks)


def _refuse_few(n: int, groups: int) -> None:
    if n < 2 * groups:
        raise InputError(f"{n} rows in {groups} groups: need two of each at least")
