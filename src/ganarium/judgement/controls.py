"""Pictures whose faults are known: a measure that does not move the right way on them is not to be believed."""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.streams import Streams, normal
from ganarium.data.sets import ImageSet

NOISE = 16.0  # standard deviation, of 255
Control = Callable[[Tensor, Tensor | None], Tensor]


def noisy(pictures: Tensor, _labels: Tensor | None) -> Tensor:
    """Normal noise of σ = 16/255 on every pixel."""
    noise = Streams(0).at("judgement.noise", normal(*pictures.shape), 0)
    return (pictures + NOISE * noise).round().clamp(0, 255).to(torch.uint8)


def blurred(pictures: Tensor, _labels: Tensor | None) -> Tensor:
    """Each pixel the mean of the 3×3 around it."""
    return F.avg_pool2d(F.pad(pictures.float(), (1, 1, 1, 1), "replicate"), 3, 1).round().to(torch.uint8)


def lacking_a_class(pictures: Tensor, labels: Tensor | None) -> Tensor:
    """Without the first class, others repeated in its place; without labels, without the brighter half's pictures."""
    light = pictures.float().flatten(1).mean(1)
    there = light <= light.median() if labels is None else labels != labels.min()
    kept = pictures[there]
    return kept[torch.arange(len(pictures)) % len(kept)]


def copied(pictures: Tensor, _labels: Tensor | None) -> Tensor:
    """The training pictures themselves."""
    return pictures


CONTROLS: Mapping[str, Control] = {
    "noisy": noisy,
    "blurred": blurred,
    "lacking-a-class": lacking_a_class,
    "copied": copied,
}


def control(name: str, train: ImageSet, n: int) -> Tensor:
    """The first n training pictures, spoilt; fewer if there are fewer."""
    return CONTROLS[name](train.images[:n], None if train.labels is None else train.labels[:n])
