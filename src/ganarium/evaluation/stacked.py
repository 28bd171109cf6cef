"""Scores of stacked digits: how many of the thousand modes are generated, and how evenly."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.classifier import load_classifier
from ganarium.evaluation.samples import Made, Real, shuffled
from ganarium.evaluation.scores import Score
from ganarium.metrics.estimate import jackknifed
from ganarium.metrics.histogram import class_histogram, corrected_kl, histogram_kl, kl_floor

MODES = 1_000


def judge_stacked(made: Made, real: Real) -> Iterator[Score]:
    """Yield the number of modes and the KL divergence of n pictures; papers use n = 26,000. Do not compare across n.

    The digits' classifier reads each colour channel. KL is taken to the shares that the classes of the held-out digits
    imply, and to equal shares, as in the papers.
    """
    reader, n = load_classifier("mnist"), len(made)
    modes, usual = modes_of(made.samples), modes_of(real.held_out.subset(n).images)
    due, equal = due_shares(real.held_out), torch.ones(MODES)

    counts, usual_counts = class_histogram(modes, MODES), class_histogram(usual, MODES)

    def error(kl: Callable[[Tensor], float]) -> float:
        return jackknifed(lambda rows: kl(class_histogram(rows, MODES)), shuffled(modes, "fake")).error

    rows: list[tuple[str, float, float, str, float | None]] = [
        ("modes", float((counts > 0).sum()), float((usual_counts > 0).sum()), "of 1,000 modes, higher is better", None),
        (
            "mode-kl",
            histogram_kl(counts, due),
            histogram_kl(usual_counts, due),
            f"KL of the modes to the data's, in nats, lower is better; {kl_floor(MODES, n):.4f} for perfect samples",
            error(lambda some: histogram_kl(some, due)),
        ),
        (
            "mode-kl-equal",
            histogram_kl(counts, equal),
            histogram_kl(usual_counts, equal),
            "KL of the modes to equal shares, as published, lower is better",
            error(lambda some: histogram_kl(some, equal)),
        ),
        (
            "mode-kl-corrected",
            corrected_kl(counts, due),
            corrected_kl(usual_counts, due),
            "KL of the modes to the data's without what so few samples add, 0 at best",
            error(lambda some: corrected_kl(some, due)),
        ),
    ]
    for name, value, floor, note, spread in rows:
        yield Score(f"{name}/{reader.name}", value, floor, n, note, spread, real.against)


def modes_of(pictures: Tensor) -> Tensor:
    """Return the mode of each picture uint8 [n, 3, 28, 28], int64 [n]; the channels are hundreds, tens and ones."""
    n = len(pictures)
    digits = load_classifier("mnist").read(pictures.reshape(3 * n, 1, *pictures.shape[2:])).labels.view(n, 3)
    return digits @ torch.tensor([100, 10, 1])


def due_shares(data: ImageSet) -> Tensor:
    """Return the expected share of each mode, float64 [1,000]: the product of the shares of its three digits."""
    digits = torch.from_numpy(data.truth["digits"]).flatten()
    share = digits.bincount(minlength=10).double() / len(digits)
    return torch.einsum("i,j,k->ijk", share, share, share).flatten()
