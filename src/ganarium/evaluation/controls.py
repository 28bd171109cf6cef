"""Samples with known faults, to test whether a score detects each fault."""

from collections.abc import Callable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from ganarium.core.random_streams import Streams, normal
from ganarium.data.datasets import PointLaw, PointSet
from ganarium.evaluation.samples import Answers, Made, Real, RealPoints, Samples, Standard, Translated

NOISE = 16.0  # standard deviation, on the scale 0 to 255
POINT_NOISE = 0.1  # standard deviation for laws without modes
Control = Callable[[], Samples]  # creates the samples on demand


def noisy(pictures: Tensor, _labels: Tensor | None = None) -> Tensor:
    """Add Gaussian noise with σ = 16/255 to every pixel."""
    noise = Streams(0).at("judgement.noise", normal(*pictures.shape), 0)
    return (pictures + NOISE * noise).round().clamp(0, 255).to(torch.uint8)


def blurred(pictures: Tensor, _labels: Tensor | None = None) -> Tensor:
    """Replace each pixel by the mean of its 3×3 neighbourhood."""
    return F.avg_pool2d(F.pad(pictures.float(), (1, 1, 1, 1), "replicate"), 3, 1).round().to(torch.uint8)


def lacking_a_class(pictures: Tensor, labels: Tensor | None) -> Tensor:
    """Replace the first class by pictures of the other classes; with fewer than two, replace the brighter half."""
    if labels is not None and labels.min() < labels.max():
        return pictures[_others_for(labels == labels.min())]
    light = pictures.float().flatten(1).mean(1)
    return pictures[_others_for(light > light.median())]


def copied(pictures: Tensor, _labels: Tensor | None) -> Tensor:
    """Return the training pictures unchanged."""
    return pictures


def collapsed(pictures: Tensor, labels: Tensor | None) -> Tensor:
    """Replace each picture by the first of its class, or by the first of all without labels."""
    kinds = torch.zeros(len(pictures), dtype=torch.int64) if labels is None else labels
    same_nk = (kinds[:, None] == torch.unique(kinds)).int()
    return pictures[same_nk.argmax(0)[same_nk.argmax(1)]]


PICTURES: Mapping[str, Callable[[Tensor, Tensor | None], Tensor]] = {
    "noisy": noisy,
    "blurred": blurred,
    "lacking-a-class": lacking_a_class,
    "copied": copied,
    "collapsed": collapsed,
}


def noisy_points(points: Tensor, law: PointLaw) -> Tensor:
    """Add Gaussian noise with the standard deviation of a mode, or σ = 0.1 where the law has no modes."""
    return points + (law.sigma or POINT_NOISE) * Streams(0).at("judgement.noise", normal(*points.shape), 0)


def lacking_a_mode(points: Tensor, law: PointLaw) -> Tensor:
    """Replace the points nearest to the first mode by other points."""
    return points[_others_for(_nearest_mode(points, law) == 0)]


def collapsed_points(points: Tensor, law: PointLaw) -> Tensor:
    """Move each point to the centre of its nearest mode."""
    return law.modes.to(points)[_nearest_mode(points, law)]


def controls_for(made: Samples, by: Standard) -> Mapping[str, Control]:
    """Return functions that create the faulty samples to score instead of the generated ones, by fault.

    For pictures: n random training pictures (fewer if the data have fewer), with their own labels as the requested
    classes if labels were requested. For points: n new points of the law, or n random training points. For
    translations: the exact answers.
    """
    if isinstance(by, Answers):
        return {name: partial(_answers, by, made, spoil) for name, spoil in (("noisy", noisy), ("blurred", blurred))}
    if isinstance(by, PointSet):
        few = {"noisy": noisy_points, "lacking-a-mode": lacking_a_mode, "collapsed": collapsed_points}
        ways = few if len(by.known_law.modes) > 1 else {"noisy": noisy_points}
        return {name: partial(_points, by.known_law, len(made), spoil) for name, spoil in ways.items()}
    if isinstance(by, RealPoints):
        trained_on = by.train.subset(len(made)).fixed
        return {"noisy": partial(_noisy_own, trained_on), "copied": partial(Made, trained_on)}
    asked = isinstance(made, Made) and made.asked is not None
    return {name: partial(_pictures, by, len(made), spoil, asked=asked) for name, spoil in PICTURES.items()}


def _pictures(by: Real, n: int, spoil: Callable[[Tensor, Tensor | None], Tensor], *, asked: bool) -> Made:
    some = by.train.subset(n)
    return Made(spoil(some.images, some.labels), some.labels if asked else None)


def _points(law: PointLaw, n: int, spoil: Callable[[Tensor, PointLaw], Tensor]) -> Made:
    fresh = law.place(Streams(2).all_at("judgement.law", law.draws(n), 0))
    return Made(spoil(fresh, law))


def _noisy_own(points: Tensor) -> Made:
    """Add Gaussian noise with a tenth of the points' own standard deviation."""
    noise = Streams(0).at("judgement.noise", normal(*points.shape), 0)
    return Made(points + POINT_NOISE * points.std(0) * noise)


def _answers(by: Answers, made: Samples, spoil: Callable[[Tensor], Tensor]) -> Translated:
    assert isinstance(made, Translated)
    ways = by.ways(len(made))
    return Translated({way: spoil(ways[way][1]) for way in made.ways})


def _others_for(lacking: Tensor) -> Tensor:
    """Return replacement rows, int64 [n]: each row itself, or for the rows in `lacking` the remaining rows in turn."""
    others = (~lacking).nonzero()[:, 0]
    rows = torch.arange(len(lacking))
    rows[lacking] = others[torch.arange(int(lacking.sum())) % len(others)]
    return rows


def _nearest_mode(points: Tensor, law: PointLaw) -> Tensor:
    return torch.cdist(points.double(), law.modes, compute_mode="donot_use_mm_for_euclid_dist").argmin(1)
