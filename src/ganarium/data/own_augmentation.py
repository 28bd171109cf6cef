"""Batches that a user's function augments, and the properties that the function must have."""

from collections.abc import Callable
from dataclasses import replace
from typing import final

import torch
from torch import Tensor

from ganarium.core.errors import SettingsError, failure
from ganarium.core.random_streams import seeded
from ganarium.data.batches import Batch, Feed, Range

TOLERANCE = 0.05  # by which images may leave [0, 1] without a warning
Augment = Callable[[Tensor], Tensor]


@final
class Augmented(Feed):
    """Batches whose real samples are transformed by a user's function, which draws from torch's global generator.

    function: images float [n, C, H, W] in [0, 1], or points [n, d], to samples of the same shape
    """

    steady = False

    def __init__(self, feed: Feed, function: Augment, output_range: Range) -> None:
        self._feed, self._function, self._range = feed, function, output_range

    def batch(self, index: int) -> Batch:
        """Return the batch with the given index; raises `SettingsError` if the function fails."""
        batch = self._feed.batch(index)
        if batch.real.ndim == 2:
            return replace(batch, real=augmented(self._function, batch.real))
        low, high = self._range
        unit = augmented(self._function, unit_interval(batch.real, self._range))
        return replace(batch, real=unit * (high - low) + low)

    def range_warning(self) -> str | None:
        """Return a warning if the first batch has images outside [0, 1] after augmentation."""
        with seeded(0):
            real = self.batch(0).real
        if real.ndim == 2:
            return None
        low, high = (value.item() for value in unit_interval(real, self._range).aminmax())
        if low >= -TOLERANCE and high <= 1 + TOLERANCE:
            return None
        return (
            f"augment=… returned images with values from {low:.3g} to {high:.3g}, which the generator cannot "
            "reproduce; return values in [0, 1], for example with .clamp(0, 1)"
        )


def refuse_irreproducible(first: Augment, second: Augment, feed: Feed, output_range: Range) -> None:
    """Call copies of a user's function on one batch.

    first, second: copies of the function, which are called twice and once

    Raises `SettingsError` if the function fails, returns values that are not finite, or returns different values for
    the same samples and the same state of torch's generator: a resumed run would differ from an uninterrupted one.
    """
    real = feed.batch(0).real
    samples = real if real.ndim == 2 else unit_interval(real, output_range)
    results = []
    for function in (first, first, second):
        with seeded(0):
            results.append(augmented(function, samples.clone()))
    if not results[0].isfinite().all():
        raise SettingsError("augment=… returned values that are not finite (NaN or infinite); correct the function")
    if not all(torch.equal(results[0], each) for each in results[1:]):
        raise SettingsError(
            "augment=… returned different values for the same batch and seed; draw random numbers from torch's "
            "generator, not NumPy's or Python's, and keep no state between calls"
        )


def augmented(function: Augment, samples: Tensor) -> Tensor:
    """Return the samples that a user's function returns; raises `SettingsError` for another shape or an exception."""
    try:
        with torch.no_grad():
            returned = function(samples)
    except Exception as error:  # whatever a user's function raises
        raise SettingsError(f"augment=… failed: {failure(error)}") from error
    if not isinstance(returned, Tensor) or returned.shape != samples.shape:
        found = tuple(returned.shape) if isinstance(returned, Tensor) else type(returned).__name__
        raise SettingsError(f"augment=… returned {found}; return a tensor of shape {tuple(samples.shape)}")
    return returned.to(samples)


def unit_interval(images: Tensor, output_range: Range) -> Tensor:
    """Scale images from the generator's output range to [0, 1]."""
    low, high = output_range
    return images.sub(low).div_(high - low)
