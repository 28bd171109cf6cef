"""How sure a classifier is of each picture, and how varied its answers are."""

from math import exp
from typing import NamedTuple

import torch
from torch import Tensor

from ganarium.core.errors import InputError

SLACK = 1e-3  # how far from 1 a row may sum


class ClassifierScore(NamedTuple):
    """score = exp(variety − doubt), in [1, K]; both entropies in nats.

    variety: H(y), of the mean of all answers: high when all classes occur
    doubt: E H(y|x), mean over pictures: low when each picture is clearly of one class
    """

    score: float
    variety: float
    doubt: float


def classifier_score(probabilities_nk: Tensor) -> ClassifierScore:
    """exp(H(y) − E H(y|x)) of [n, K] class probabilities (Salimans et al. 2016, arXiv 1606.03498).

    Of one sample alone: it compares with nothing real, and one sure picture of each class gets the most, K.
    """
    shape = tuple(probabilities_nk.shape)
    if probabilities_nk.ndim != 2 or not probabilities_nk.numel():
        raise InputError(f"probabilities of shape {shape}: need [n, K] with n >= 1 and K >= 1")
    p_nk = probabilities_nk.double()
    sums = p_nk.sum(1, keepdim=True)
    if not (p_nk >= 0).all() or not ((sums - 1).abs() <= SLACK).all():
        raise InputError(f"probabilities of shape {shape}: need rows >= 0 that sum to 1, apply softmax to logits")
    p_nk = p_nk / sums
    variety = torch.special.entr(p_nk.mean(0)).sum().item()
    doubt = torch.special.entr(p_nk).sum(1).mean().item()
    return ClassifierScore(exp(variety - doubt), variety, doubt)
