"""The last layer of discriminators that judge each picture as a whole."""

from functools import reduce
from operator import add
from typing import final

import torch
from torch import Tensor, nn

from ganarium.config.layers import ImageDiscriminatorConfig
from ganarium.networks.base import Subject, mixture

DIMENSIONS = 5  # of one kernel of minibatch discrimination (C in its paper)
TINY = 1e-8  # keeps the slope of a deviation finite where there is none


@final
class Head(nn.Linear):
    """Features [n, d] -> answers: [n], or [n, outputs] where more than one number is asked for.

    It is a dense layer, with what it sees of the rest of the batch appended to the features, and with one more
    direction for each class where labels are projected (Miyato & Koyama 2018, eq. 3).

    crosses_samples: whether it sees anything of the rest of the batch
    """

    def __init__(self, inputs: int, settings: ImageDiscriminatorConfig, subject: Subject, *, bias: bool = True) -> None:
        appended = {"none": 0, "discrimination": settings.across_kernels, "deviation": 1}[settings.across]
        super().__init__(inputs + appended, subject.outputs, bias)
        self.across, self.group = settings.across, settings.across_group
        self.crosses_samples = settings.across != "none"
        if settings.across == "discrimination":
            self.kernels = nn.Linear(inputs, settings.across_kernels * DIMENSIONS, bias=False)
        self.projected = subject.classes if projects(settings, subject) else 0
        if self.projected:
            self.directions = nn.Linear(inputs, self.projected, bias=False)

    def forward(self, features: Tensor, label: Tensor | None = None) -> Tensor:
        """Judge each row; only a head that projects labels needs them."""
        answers = super().forward(self._beside_others(features)).squeeze(1)
        if not self.projected:
            return answers
        directed: Tensor = self.directions(features) * mixture(label, self.projected, features)
        return answers + directed.sum(1)

    def _beside_others(self, features: Tensor) -> Tensor:
        match self.across:
            case "none":
                return features
            case "discrimination":
                projected_nbc = self.kernels(features).unflatten(1, (-1, DIMENSIONS))
                return torch.cat([features, nearness(projected_nbc)], 1)
            case "deviation":
                return torch.cat([features, deviation(features, self.group)], 1)


def projects(settings: ImageDiscriminatorConfig, subject: Subject) -> bool:
    """Whether labels, if any are told, enter as directions of the features; they are added to a single logit."""
    return settings.conditioning == "projection" and subject.outputs == 1


def joined(settings: ImageDiscriminatorConfig, subject: Subject) -> int:
    """Of how many classes the label is joined to the picture: none where the head projects it."""
    return 0 if projects(settings, subject) else subject.classes


def nearness(projected_nbc: Tensor) -> Tensor:
    """Σ over all other samples j of exp(−‖M_ib − M_jb‖₁), [n, b]: minibatch discrimination (Salimans 2016, §3.2).

    One dimension after the other, kernels innermost: twice as fast as all dimensions at once.
    """
    columns_cnb = projected_nbc.movedim(2, 0).contiguous()
    distances_nnb = reduce(add, ((column[:, None] - column).abs() for column in columns_cnb))
    return torch.exp(-distances_nnb).sum(1) - 1  # each is at distance 0 from itself


def deviation(features_nd: Tensor, group: int = 0) -> Tensor:
    """Return the standard deviation of each feature over a group of samples, averaged over features, [n, 1].

    Karras 2018, §3; groups as in the authors' code, but of neighbours, so that the first samples of a batch have the
    same value in a larger one. Where the group size does not divide the batch, groups are as even as can be and none
    is smaller; 0 is for the whole batch.
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
