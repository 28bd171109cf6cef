"""Classifier score (formula of the Inception score), from the entropies of single and of averaged predictions."""

from math import exp
from typing import NamedTuple

import torch

from ganarium.core.errors import InputError
from ganarium.metrics.validation import Array, tensor

SLACK = 1e-3  # largest deviation of a row's sum from 1


class ClassifierScore(NamedTuple):
    """Classifier score exp(H(y) − E H(y|x)), in [1, K], with both entropies in nats.

    marginal_entropy: H(y), entropy of the mean prediction; high when all classes occur
    conditional_entropy: E H(y|x), mean entropy of one prediction; low when each image clearly belongs to one class
    """

    score: float
    marginal_entropy: float
    conditional_entropy: float


def classifier_score(probabilities_nk: Array) -> ClassifierScore:
    """Return the score exp(H(y) − E H(y|x)) of class probabilities [n, K] (Salimans et al. 2016, arXiv 1606.03498).

    The score uses no real data: one confidently classified image per class reaches the maximum, K.
    """
    p_nk = tensor("probabilities", probabilities_nk).double()
    shape = tuple(p_nk.shape)
    if p_nk.ndim != 2 or not p_nk.numel():
        raise InputError(f"probabilities have shape {shape}; pass [n, K] with n >= 1 and K >= 1")
    sums = p_nk.sum(1, keepdim=True)
    if not (p_nk >= 0).all() or not ((sums - 1).abs() <= SLACK).all():
        raise InputError(
            f"probabilities of shape {shape} must have rows that are non-negative and sum to 1; apply softmax to the "
            "logits"
        )
    p_nk = p_nk / sums
    marginal = torch.special.entr(p_nk.mean(0)).sum().item()
    conditional = torch.special.entr(p_nk).sum(1).mean().item()
    return ClassifierScore(exp(marginal - conditional), marginal, conditional)
