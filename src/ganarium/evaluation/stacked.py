"""Scores of stacked digits: the number of generated modes out of 1,000, and KL divergences of their shares."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from ganarium.data.datasets import ImageSet
from ganarium.evaluation.features.classifier import load_classifier
from ganarium.evaluation.samples import Generated, ImageReference, shuffled
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import jackknifed
from ganarium.metrics.histograms import class_histogram, corrected_kl, histogram_kl, kl_floor

MODES = 1_000


def score_stacked_digits(generated: Generated, reference: ImageReference) -> Iterator[Score]:
    """Yield the number of modes and KL divergences for n images; only equal n are comparable (papers: 26,000).

    The MNIST classifier is applied to each colour channel. KL divergences are from the mode shares that the
    held-out digits imply, and from equal shares, as in the papers.
    """
    classifier, n = load_classifier("mnist"), len(generated)
    modes, real_modes = modes_of(generated.samples), modes_of(reference.held_out.subset(n).images)
    due, equal = expected_shares(reference.held_out), torch.ones(MODES)

    counts, real_counts = class_histogram(modes, MODES), class_histogram(real_modes, MODES)

    def error(kl: Callable[[Tensor], float]) -> float:
        return jackknifed(lambda rows: kl(class_histogram(rows, MODES)), shuffled(modes, "fake")).error

    rows: list[tuple[str, float, float, str, float | None]] = [
        (
            "modes",
            float((counts > 0).sum()),
            float((real_counts > 0).sum()),
            "number of modes out of 1,000, higher is better",
            None,
        ),
        (
            "mode-kl",
            histogram_kl(counts, due),
            histogram_kl(real_counts, due),
            f"KL divergence from the data's mode shares, in nats, lower is better; real data: {kl_floor(MODES, n):.4f}",
            error(lambda some: histogram_kl(some, due)),
        ),
        (
            "mode-kl-equal",
            histogram_kl(counts, equal),
            histogram_kl(real_counts, equal),
            "KL divergence from equal mode shares, as in publications, lower is better",
            error(lambda some: histogram_kl(some, equal)),
        ),
        (
            "mode-kl-corrected",
            corrected_kl(counts, due),
            corrected_kl(real_counts, due),
            "KL divergence from the data's mode shares, corrected for the number of samples, 0 is best",
            error(lambda some: corrected_kl(some, due)),
        ),
    ]
    for name, value, floor, note, spread in rows:
        yield Score(f"{name}/{classifier.name}", value, floor, n, note, spread, reference.against)


def modes_of(images: Tensor) -> Tensor:
    """Return the mode of each uint8 [n, 3, 28, 28] image, int64 [n]; channels are hundreds, tens and ones."""
    n = len(images)
    digits = load_classifier("mnist").extract(images.reshape(3 * n, 1, *images.shape[2:])).labels.view(n, 3)
    return digits @ torch.tensor([100, 10, 1])


def expected_shares(data: ImageSet) -> Tensor:
    """Return the expected share of each mode, float64 [1,000]: the product of the shares of its three digits."""
    digits = torch.from_numpy(data.truth["digits"]).flatten()
    share = digits.bincount(minlength=10).double() / len(digits)
    return torch.einsum("i,j,k->ijk", share, share, share).flatten()
