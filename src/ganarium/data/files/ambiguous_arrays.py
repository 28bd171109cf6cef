"""Reject arrays that can be interpreted as images in two ways."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganarium.config.data_files import LARGEST, SMALLEST
from ganarium.core.errors import InputError

COLOURS = 3
SPAN = 1.01  # span of floats: at most 1 after a constant is subtracted from [0, 1], plus rounding
BLACK = -0.95  # floats with values this low lie in [-1, 1]: no mean subtracted from [0, 1] is that large
ROUNDING = 1 / 255  # floats less than this below 0 may be rounding errors


def refuse_two_readings(array: NDArray[Any], where: str, count: int | None = None) -> None:
    """Raise `InputError`, prefixed with `where`, when the shape or the value range has two plausible interpretations.

    count: number of images, if known from labels or other images
    """
    if array.ndim == 3 and len(array) != count and all(SMALLEST <= side <= LARGEST for side in array.shape[1:]):
        _refuse_shape(array.shape, where)
    if array.dtype.kind == "f":
        _refuse_range(float(array.min()), float(array.max()), where)


def _refuse_shape(shape: tuple[int, ...], where: str) -> None:
    """Reject shapes [n, H, W] that may also be one image [3, H, W], or [H, W, n] with more nearly square images."""
    first, second, third = shape
    if first == COLOURS:
        raise InputError(
            f"{where}: shape {first}×{second}×{third} is ambiguous: three grey images or one colour image; "
            "pass x[:, None] for three images, x[None] for one"
        )
    if SMALLEST <= first <= LARGEST and _aspect_ratio(first, second) < _aspect_ratio(second, third):
        raise InputError(
            f"{where}: shape {first}×{second}×{third} is ambiguous: {first} images of {second}×{third} or {third} of "
            f"{first}×{second}; pass x[:, None] for the first case, x.transpose(2, 0, 1)[:, None] for the second"
        )


def _aspect_ratio(height: int, width: int) -> float:
    """Return the ratio of the longer side to the shorter one, at least 1."""
    return max(height, width) / min(height, width)


def _refuse_range(low: float, high: float, where: str) -> None:
    """Reject floats around 0 that may be low-contrast values in [-1, 1], or values in [0, 1] minus 0.5 or a mean."""
    if np.isfinite(low) and np.isfinite(high) and BLACK < low <= -ROUNDING and high <= 1 and high - low <= SPAN:
        raise InputError(
            f"{where}: values from {low:.3g} to {high:.3g} are ambiguous: x / 255 minus 0.5 or a mean, or values in "
            "[-1, 1]; in the first case, add the subtracted value (x + 0.5); in the second, pass (x + 1) / 2"
        )
