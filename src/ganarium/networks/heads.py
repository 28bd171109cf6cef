"""The output layer of discriminators that return one row of logits per image."""

from functools import reduce
from operator import add
from typing import final

import torch
from torch import Tensor, nn

from ganarium.config.layers import ImageDiscriminatorConfig
from ganarium.networks.base import Subject, mixture

DIMENSIONS = 5  # number of dimensions of a minibatch discrimination kernel (C in the paper)
TINY = 1e-8  # keeps the gradient of a standard deviation of 0 finite


@final
class Head(nn.Linear):
    """The last layer of a discriminator: features [n, d] -> logits [n], or [n, outputs] for several outputs.

    A dense layer. Depending on the settings, statistics of the rest of the batch are appended to the features, and
    labels are projected onto one direction for each class (Miyato & Koyama 2018, eq. 3).

    crosses_samples: whether the logits depend on the rest of the batch
    """

    def __init__(self, inputs: int, settings: ImageDiscriminatorConfig, subject: Subject, *, bias: bool = True) -> None:
        appended = {"none": 0, "discrimination": settings.batch_features_kernels, "deviation": 1}[
            settings.batch_features
        ]
        super().__init__(inputs + appended, subject.outputs, bias)
        self.batch_features, self.group = settings.batch_features, settings.batch_features_group
        self.crosses_samples = settings.batch_features != "none"
        if settings.batch_features == "discrimination":
            self.kernels = nn.Linear(inputs, settings.batch_features_kernels * DIMENSIONS, bias=False)
        self.projected = subject.classes if projects(settings, subject) else 0
        if self.projected:
            self.directions = nn.Linear(inputs, self.projected, bias=False)

    def forward(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Return the logits of each row; labels are needed only for projection."""
        answers = super().forward(self._with_batch_features(features)).squeeze(1)
        if not self.projected:
            return answers
        directed: Tensor = self.directions(features) * mixture(label, self.projected, features)
        return answers + directed.sum(1)

    def _with_batch_features(self, features: Tensor) -> Tensor:
        match self.batch_features:
            case "none":
                return features
            case "discrimination":
                projected_nbc = self.kernels(features).unflatten(1, (-1, DIMENSIONS))
                return torch.cat([features, minibatch_discrimination(projected_nbc)], 1)
            case "deviation":
                return torch.cat([features, minibatch_deviation(features, self.group)], 1)


def projects(settings: ImageDiscriminatorConfig, subject: Subject) -> bool:
    """Return whether the head projects features onto the direction of a class, which requires a single logit."""
    return settings.conditioning == "projection" and subject.outputs == 1


def appended_classes(settings: ImageDiscriminatorConfig, subject: Subject) -> int:
    """Return the number of classes if labels are appended to images, or 0 if the head uses projection."""
    return 0 if projects(settings, subject) else subject.classes


def minibatch_discrimination(projected_nbc: Tensor) -> Tensor:
    """Return the minibatch discrimination features Σ_j≠i exp(−‖M_ib − M_jb‖₁), [n, b] (Salimans 2016, §3.2).

    Dimensions are processed one after another with kernels innermost, twice as fast as all dimensions at once.
    """
    columns_cnb = projected_nbc.movedim(2, 0).contiguous()
    distances_nnb = reduce(add, ((column[:, None] - column).abs() for column in columns_cnb))
    return torch.exp(-distances_nnb).sum(1) - 1  # each sample is at distance 0 from itself


def minibatch_deviation(features_nd: Tensor, group: int = 0) -> Tensor:
    """Return the standard deviation of each feature over a group of samples, averaged over features, [n, 1].

    Karras 2018, §3. Groups are as in the authors' code, but consist of neighbouring samples, so that the first samples
    of a batch have the same value in a larger batch. If the group size does not divide the batch, the groups are as
    even as possible and none is smaller than the group size, unless the batch is. A group size of 0 means
    the whole batch.
    """
    n = len(features_nd)
    if not group:
        return (features_nd.var(0, correction=0) + TINY).sqrt().mean().expand(n, 1)
    groups = max(1, n // group)
    even = n % groups == 0
    parts = (
        [features_nd.reshape(groups, n // groups, -1)] if even else [x[None] for x in features_nd.tensor_split(groups)]
    )
    means = [
        (part.var(1, correction=0) + TINY).sqrt().mean(1, keepdim=True).expand(-1, part.shape[1]) for part in parts
    ]
    return torch.cat([mean.reshape(-1, 1) for mean in means])
