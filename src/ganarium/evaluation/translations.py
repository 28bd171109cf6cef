"""Scores of translations between synthetic domains, for which the exact translations are known."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ganarium.evaluation.samples import PairReference, Translated
from ganarium.evaluation.score import Score
from ganarium.metrics.estimate import mean


def absolute_error(translated: Tensor, answers: Tensor) -> Tensor:
    """Return the mean absolute difference of uint8 [n, C, H, W] images over their pixels, float64 [n] in [0, 1]."""
    return (translated.double() - answers.double()).abs().flatten(1).mean(1) / 255


def wrong_pixels(translated: Tensor, answers: Tensor) -> Tensor:
    """Return the share of pixels that differ from the exact translation when thresholded at one half, float64 [n]."""
    return ((translated > 127) != (answers > 127)).flatten(1).double().mean(1)


def overlap(translated: Tensor, answers: Tensor) -> Tensor:
    """Return the intersection over union of the pixels above one half in both images, float64 [n]; 1 if none is."""
    ink, due = (translated > 127).flatten(1), (answers > 127).flatten(1)
    union = (ink | due).sum(1)
    return torch.where(union > 0, (ink & due).sum(1).double() / union.clamp_min(1), 1.0)


MEASURES = {  # function, its value for exact translations, and its description
    "l1": (absolute_error, 0.0, "mean absolute difference from the exact translation, lower is better"),
    "wrong-pixels": (wrong_pixels, 0.0, "share of pixels on the wrong side of mid-grey, lower is better"),
    "iou": (overlap, 1.0, "intersection over union of the bright pixels and the exact ones, higher is better"),
}


def score_translations(translated: Translated, reference: PairReference) -> Iterator[Score]:
    """Score translations of held-out images against the exact translations.

    The note of each score gives the value of the untranslated images; a useful translator must do better.
    """
    pairs = reference.directions(len(translated))
    for direction, images in translated.directions.items():
        sources, answers = pairs[direction]
        for name, (measure, floor, note) in MEASURES.items():
            value, untranslated = mean(measure(images, answers)), mean(measure(sources, answers))
            text = f"{note}; {untranslated.value:.4g} without translation"
            full = f"{name}-{direction}/exact"
            yield Score(full, value.value, floor, len(images), text, value.error, reference.against)
