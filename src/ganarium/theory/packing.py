"""Packing: a discriminator of m samples at once detects dropped modes more easily (Lin 2018, arXiv 1712.04086)."""

from collections.abc import Sequence
from functools import reduce

import torch


def packed_variation(p: Sequence[float], q: Sequence[float], m: int) -> float:
    """Return the total variation of p^m and q^m for two tables [k] of probabilities; the sum has k^m terms."""
    together = [
        reduce(torch.kron, [torch.tensor(table, dtype=torch.float64)] * m, torch.ones(1, dtype=torch.float64))
        for table in (p, q)
    ]
    return (together[0] - together[1]).abs().sum().item() / 2
