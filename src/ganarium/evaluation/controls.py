"""Samples with known faults (degraded samples), to test whether a score detects each fault."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import PointLaw, PointSet
from ganarium.evaluation.samples import (
    Generated,
    ImageReference,
    PairReference,
    PointReference,
    Reference,
    Samples,
    Translated,
)

NOISE = 16.0  # standard deviation, on the scale 0 to 255
POINT_NOISE = 0.1  # standard deviation for distributions without modes
Control = Callable[[], Samples]  # creates the samples on demand


def noisy(images: Tensor, _labels: Tensor | None = None) -> Tensor:
    """Add Gaussian noise with σ = 16/255 to every pixel."""
    noise = Streams(0).at("judgement.noise", normal(*images.shape), 0)
    return (images + NOISE * noise).round().clamp(0, 255).to(torch.uint8)


def blurred(images: Tensor, _labels: Tensor | None = None) -> Tensor:
    """Replace each pixel with the mean of its 3×3 neighbourhood."""
    return F.avg_pool2d(F.pad(images.float(), (1, 1, 1, 1), "replicate"), 3, 1).round().to(torch.uint8)


def lacking_a_class(images: Tensor, labels: Tensor | None) -> Tensor:
    """Replace the first class with other classes, or the brighter half if there are fewer than two classes."""
    if labels is not None and labels.min() < labels.max():
        return images[_replacements(labels == labels.min())]
    light = images.float().flatten(1).mean(1)
    return images[_replacements(light > light.median())]


def copied(images: Tensor, _labels: Tensor | None) -> Tensor:
    """Return the training images unchanged."""
    return images


def collapsed(images: Tensor, labels: Tensor | None) -> Tensor:
    """Replace each image with the first of its class, or with the first of all images if there are no labels."""
    classes = torch.zeros(len(images), dtype=torch.int64) if labels is None else labels
    same_nk = (classes[:, None] == torch.unique(classes)).int()
    return images[same_nk.argmax(0)[same_nk.argmax(1)]]


IMAGES: Mapping[str, Callable[[Tensor, Tensor | None], Tensor]] = {
    "noisy": noisy,
    "blurred": blurred,
    "lacking-a-class": lacking_a_class,
    "copied": copied,
    "collapsed": collapsed,
}


def noisy_points(points: Tensor, law: PointLaw) -> Tensor:
    """Add Gaussian noise with the standard deviation of a mode, or σ = 0.1 for distributions without modes."""
    return points + (law.sigma or POINT_NOISE) * Streams(0).at("judgement.noise", normal(*points.shape), 0)


def lacking_a_mode(points: Tensor, law: PointLaw) -> Tensor:
    """Replace the points nearest to the first mode with other points."""
    return points[_replacements(_nearest_mode(points, law) == 0)]


def collapsed_points(points: Tensor, law: PointLaw) -> Tensor:
    """Move each point to the centre of its nearest mode."""
    return law.modes.to(points)[_nearest_mode(points, law)]


def controls_for(samples: Samples, reference: Reference) -> Mapping[str, Control]:
    """Return functions that create degraded samples, by the name of the fault.

    For images: n random training images (fewer if the data have fewer), with their own labels as the requested
    classes if labels were requested. For points: n new points from the true distribution, or n random training
    points. For translations: the exact translations.
    """
    if isinstance(reference, PairReference):
        faults = {"noisy": noisy, "blurred": blurred}
        return {name: partial(_answers, reference, samples, degrade) for name, degrade in faults.items()}
    if isinstance(reference, PointSet):
        multimodal = {"noisy": noisy_points, "lacking-a-mode": lacking_a_mode, "collapsed": collapsed_points}
        of_points = multimodal if len(reference.known_law.modes) > 1 else {"noisy": noisy_points}
        return {
            name: partial(_points, reference.known_law, len(samples), degrade) for name, degrade in of_points.items()
        }
    if isinstance(reference, PointReference):
        train = reference.train.subset(len(samples)).fixed
        return {"noisy": partial(_noisy_user_points, train), "copied": partial(Generated, train)}
    labelled = isinstance(samples, Generated) and samples.requested is not None
    return {
        name: partial(_images, reference, len(samples), degrade, labelled=labelled) for name, degrade in IMAGES.items()
    }


def _images(
    reference: ImageReference, n: int, degrade: Callable[[Tensor, Tensor | None], Tensor], *, labelled: bool
) -> Generated:
    some = reference.train.subset(n)
    return Generated(degrade(some.images, some.labels), some.labels if labelled else None)


def _points(law: PointLaw, n: int, degrade: Callable[[Tensor, PointLaw], Tensor]) -> Generated:
    fresh = law.place(Streams(2).all_at("judgement.law", law.draws(n), 0))
    return Generated(degrade(fresh, law))


def _noisy_user_points(points: Tensor) -> Generated:
    """Add Gaussian noise with a tenth of the standard deviation of the points in each dimension."""
    noise = Streams(0).at("judgement.noise", normal(*points.shape), 0)
    return Generated(points + POINT_NOISE * points.std(0) * noise)


def _answers(reference: PairReference, samples: Samples, degrade: Callable[[Tensor], Tensor]) -> Translated:
    assert isinstance(samples, Translated)
    pairs = reference.directions(len(samples))
    return Translated({direction: degrade(pairs[direction][1]) for direction in samples.directions})


def _replacements(lacking: Tensor) -> Tensor:
    """Return row numbers, int64 [n], in which the rows marked by `lacking` are replaced by the other rows in turn."""
    others = (~lacking).nonzero()[:, 0]
    rows = torch.arange(len(lacking))
    rows[lacking] = others[torch.arange(int(lacking.sum())) % len(others)]
    return rows


def _nearest_mode(points: Tensor, law: PointLaw) -> Tensor:
    return torch.cdist(points.double(), law.modes, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)
