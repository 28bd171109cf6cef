"""Independent measurements that the diagnosis does not use: more samples, other features, and shorter intervals.

The snapshots of the diagnosis have 256 samples each and use the included classifier's features. The measurements here
use 5,000 samples; images are measured with class-independent features, with pixels, and with the classifier's
predictions for other latents. The mean of the generator's samples is measured every twenty steps. Runs without a fault
are trained further, to determine whether they would have improved.
"""

from collections.abc import Iterable
from typing import final

import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor

from ganarium.core.random_streams import Streams
from ganarium.data.batches import to_bytes
from ganarium.data.datasets import ImageSet, PointSet, Source
from ganarium.evaluation.features.cache import cached_features
from ganarium.evaluation.features.classifier import load_classifier
from ganarium.evaluation.features.random_convolutions import RandomConvolutions
from ganarium.metrics.histograms import class_histogram
from ganarium.metrics.pairwise_distances import energy_distance
from ganarium.runs.directory import Run
from ganarium.runs.events import Event
from ganarium.training.observers import Observer
from ganarium.training.sampler import Sampler, load
from ganarium.training.translator import Translations

SAMPLES, SEED = 5_000, 77
EXACT = "donot_use_mm_for_euclid_dist"  # matrix products lose precision for points close to each other
WANDERED = 20  # steps between two measurements of the mean
CELLS = 6  # number of parts of distributions without modes
OFTEN = 0.02  # minimum fraction of the data in a class for the class to count as missing
SMOOTHED = 5  # number of averaged measurements of the centre, so that noise does not count as crossings
FEWEST = 40  # minimum number of measurements of the centre for an oscillation
PAIRS = 1_000  # samples for distances between pairs
FEW = 20  # maximum number of samples of a class that is too small for its width to be measured


@final
class Wandering(Observer):
    """Observer that records the mean of a run's samples."""

    every, essential = WANDERED, True

    def __init__(self) -> None:
        self.centres: list[Tensor] = []

    def observe(self, step: int, sampler: Sampler | Translations) -> Iterable[Event]:  # noqa: ARG002
        """Record the mean of 256 samples; return no events."""
        assert isinstance(sampler, Sampler)
        self.centres.append(sampler.sample(256, seed=SEED, weights="raw").flatten(1).mean(0))
        return ()

    def numbers(self, source: Source) -> dict[str, float]:
        """Return the amplitude and zero crossings of the mean's oscillation around its drift, in the last half.

        The amplitude is in standard deviations of the data. Empty for short runs, in which the initial approach
        dominates.
        """
        if len(self.centres) < FEWEST:
            return {}
        path = torch.stack(self.centres[len(self.centres) // 2 :]).double()
        time = torch.linspace(-1, 1, len(path), dtype=torch.float64)[:, None]
        drift = time @ (time.T @ path) / time.square().sum()
        swing = path - path.mean(0) - drift
        _, _, directions = torch.linalg.svd(swing, full_matrices=False)
        along = (swing @ directions[0]).unfold(0, SMOOTHED, 1).mean(1)
        crossings = (along[1:] * along[:-1] < 0).sum().item()
        return {"swing": (along.std() / _deviation(_real(source))).item(), "crossings": float(crossings)}


def hidden(run: Run, source: Source) -> dict[str, float]:
    """Return independent measurements of a run's newest weights, by name."""
    sampler = load(run)
    made = sampler.sample(SAMPLES, seed=SEED, weights="raw")
    half = load(run, run.experiment.train.steps and run.experiment.train.steps // 2)
    before = half.sample(PAIRS, seed=SEED, weights="raw")
    real = _real(source)
    moved = (made[:PAIRS] - before).flatten(1).norm(dim=1).mean() / _apart(real)
    numbers = {"moved": moved.item(), "deviation": (_deviation(made) / _deviation(real)).item()}
    return numbers | (of_points(made, source) if isinstance(source, PointSet) else of_pictures(made, source))


def of_points(made: Tensor, source: PointSet) -> dict[str, float]:
    """Measure generated points against the true distribution and its modes or clusters."""
    law = source.known_law
    fresh = law.place(Streams(5).all_at("hidden", law.draws(SAMPLES), 0))
    distance = energy_distance(fresh[:PAIRS], made[:PAIRS]) / _apart(fresh)
    centres = law.modes.float() if len(law.modes) else _cells(fresh)
    usual, kinds = (torch.cdist(each, centres, compute_mode=EXACT).argmin(1) for each in (fresh, made))
    due, got = (class_histogram(each, len(centres)) for each in (usual, kinds))
    return {"distance": distance} | _shares(got, due) | {"narrow": _narrow(made, kinds, fresh, usual)}


def _cells(fresh: Tensor) -> Tensor:
    """Return the centres [k, d] of a partition of the points into a few cells."""
    centres, _ = kmeans2(fresh.double().numpy(), CELLS, minit="++", seed=1)
    return torch.from_numpy(centres).float()


def of_pictures(made: Tensor, source: Source) -> dict[str, float]:
    """Measure generated images by class-independent features, pixels and the classifier's predictions."""
    assert isinstance(source, ImageSet)
    eyes, classifier = RandomConvolutions(source), load_classifier("mnist")
    pictures, some = to_bytes(made), source.subset(SAMPLES).images
    real, fake = cached_features(eyes, source).subset(SAMPLES).features, eyes.extract(pictures).features
    kinds, usual = (classifier.extract(each).labels for each in (pictures, some))
    due, got = (class_histogram(each, 10) for each in (usual, kinds))
    pixels, shown = some.flatten(1) / 255, made.flatten(1)
    nearest = torch.cdist(shown[:PAIRS], pixels, compute_mode=EXACT).amin(1)
    ends = ((pictures == 0) | (pictures == 255)).float().mean()
    return {
        "distance": energy_distance(real[:PAIRS], fake[:PAIRS]) / _apart(real),
        "ends": ends.item(),
        "nearest_pixels": (nearest.median() / _apart(some / 255)).item(),
        **_shares(got, due),
        "narrow": _narrow(shown, kinds, pixels, usual),
    }


def _shares(got: Tensor, due: Tensor) -> dict[str, float]:
    """Return the effective number of classes relative to the data, and the smallest relative class frequency."""
    asked = due > OFTEN * due.sum()
    rarest = (got[asked] / got.sum()) / (due[asked] / due.sum())
    return {"kinds": _effective(got) / _effective(due), "rarest": rarest.min().item()}


def _effective(counts: Tensor) -> float:
    shares = counts[counts > 0].double() / counts.sum()
    return float(torch.exp(-(shares * shares.log()).sum()))


def _narrow(made: Tensor, kinds: Tensor, real: Tensor, usual: Tensor) -> float:
    """Return the median over classes of the samples' distance from their class median, relative to real data."""
    pairs = ((made[kinds == kind], real[usual == kind]) for kind in range(int(usual.max()) + 1))
    ratios = [_around(some) / _around(others) for some, others in pairs if min(len(some), len(others)) > FEW]
    return torch.stack(ratios).median().item() if ratios else 0.0


def _around(rows: Tensor) -> Tensor:
    distances: Tensor = (rows - rows.median(0).values).norm(dim=1)
    return distances.median()


def _real(source: Source) -> Tensor:
    some = source.subset(SAMPLES)
    if isinstance(some, PointSet):
        assert some.points is not None
        return some.points
    assert isinstance(some, ImageSet)
    return some.images.float() / 255


def _deviation(rows: Tensor) -> Tensor:
    """Return the square root of the sum of variances."""
    variance: Tensor = rows.flatten(1).var(0).sum()
    return variance.sqrt()


def _apart(rows: Tensor) -> float:
    return torch.pdist(rows[:PAIRS].flatten(1).double()).mean().item()
