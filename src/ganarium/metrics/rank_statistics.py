"""Which of two samples of numbers lies higher; equal numbers count half."""

from math import sqrt

import torch
from torch import Tensor

from ganarium.metrics.validation import refuse_numbers


def chance_above(first_n: Tensor, second_m: Tensor) -> float:
    """P(first > second) + P(first = second)/2, in [0, 1]: the area under the ROC curve; 1 − it when exchanged."""
    refuse_numbers(first=first_n, second=second_m)
    n, m = len(first_n), len(second_m)
    rank_sum = mid_ranks(torch.cat([first_n.double(), second_m.double()]))[:n].sum().item()
    return (rank_sum - n * (n + 1) / 2) / (n * m)


def mann_whitney_z(first_n: Tensor, second_m: Tensor) -> float:
    """How many standard errors `chance_above` lies above ½ if both follow one law; −it when exchanged; 0 if all tie.

    Normal limit with the correction for ties (Mann & Whitney 1947), good from about 20 numbers each.
    """
    n, m = len(first_n), len(second_m)
    above = chance_above(first_n, second_m) - 0.5
    below, up_to = _counts(torch.cat([first_n.double(), second_m.double()]))
    equal = (up_to - below).double()
    ties = (equal.square() - 1).sum().item() / ((n + m) * (n + m - 1))
    variance = (n + m + 1 - ties) / (12 * n * m)
    return above / sqrt(variance) if variance > 1e-9 / (n * m) else 0.0  # rounding may leave a trace where all tie


def mid_ranks(values_n: Tensor) -> Tensor:
    """Ranks 1 … n, float64 [n]; equal values share the mean of theirs."""
    below, up_to = _counts(values_n)
    return (below + up_to + 1).double() / 2


def _counts(values_n: Tensor) -> tuple[Tensor, Tensor]:
    """How many of the values are smaller than each, and how many are not larger."""
    ordered = values_n.sort().values
    return torch.searchsorted(ordered, values_n), torch.searchsorted(ordered, values_n, right=True)
