"""Losses on the classes and latent codes that a discriminator predicts, as pure functions with one value per sample."""

import torch
import torch.nn.functional as F
from torch import Tensor


def class_loss(logits_nk: Tensor, label_n: Tensor) -> Tensor:
    """Return the cross-entropy −log softmax(logits)[label] for raw logits [n, K] and labels [n]: [n]."""
    return F.cross_entropy(logits_nk, label_n, reduction="none")


def code_loss(means_nc: Tensor, codes_nc: Tensor) -> Tensor:
    """Return the negative log-likelihood of codes under N(means, 1), up to a constant: [n] (Chen 2016, §6)."""
    return 0.5 * (means_nc - codes_nc).square().sum(1)


def not_generated_logit(answers: Tensor) -> Tensor:
    """Return the logit [n] of "any of the first K classes" against class K + 1, from raw outputs [n, K + 1].

    softplus(−logit) plus `class_loss` of the first K outputs is the cross-entropy of all K + 1 (Salimans 2016, §5).
    """
    return answers[:, :-1].logsumexp(1) - answers[:, -1]


def correct_label_logit(answers: Tensor, label_n: Tensor) -> Tensor:
    """Return the logit [n] of the correct label against all other classes, from raw outputs [n, K + 1] (S3)."""
    own = answers.gather(1, label_n[:, None]).squeeze(1)
    right = label_n[:, None] == torch.arange(answers.shape[1], device=answers.device)
    others = answers.masked_fill(right, -torch.inf)
    return own - others.logsumexp(1)
