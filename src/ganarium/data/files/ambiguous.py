"""Rejection of arrays that can be read as pictures in two ways."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganarium.config.files import LARGEST, SMALLEST
from ganarium.core.errors import InputError

COLOURS = 3
SPAN = 1.01  # span of floats: at most 1 after a constant is subtracted from [0, 1], plus rounding
BLACK = -0.95  # floats with values this low lie in [-1, 1]: no mean subtracted from [0, 1] is that large
BARELY = 1 / 255


def refuse_two_readings(array: NDArray[Any], where: str, count: int | None = None) -> None:
    """Raise `InputError`, prefixed with `where`, when the shape or the value range has two plausible readings.

    count: number of pictures, if known from labels or other pictures
    """
    if array.ndim == 3 and len(array) != count and all(SMALLEST <= side <= LARGEST for side in array.shape[1:]):
        _refuse_shape(array.shape, where)
    if array.dtype.kind == "f":
        _refuse_range(float(array.min()), float(array.max()), where)


def _refuse_shape(shape: tuple[int, ...], where: str) -> None:
    """Reject [n, H, W] that may be one picture [3, H, W], or [H, W, n] whose pictures would be closer to square."""
    first, second, third = shape
    if first == COLOURS:
        raise InputError(
            f"{where}: shape {first}×{second}×{third} may be three grey pictures or one in colour; "
            "give x[:, None] for three, x[None] for one"
        )
    if SMALLEST <= first <= LARGEST and _longer(first, second) < _longer(second, third):
        raise InputError(
            f"{where}: shape {first}×{second}×{third} may be {first} pictures of {second}×{third} or {third} of "
            f"{first}×{second}; give x[:, None] for the former, x.transpose(2, 0, 1)[:, None] for the latter"
        )


def _longer(height: int, width: int) -> float:
    """Return the ratio of the longer side to the shorter one, at least 1."""
    return max(height, width) / min(height, width)


def _refuse_range(low: float, high: float, where: str) -> None:
    """Reject floats around 0 that may be low-contrast values in [-1, 1], or values in [0, 1] minus 0.5 or a mean."""
    if np.isfinite(low) and np.isfinite(high) and BLACK < low <= -BARELY and high <= 1 and high - low <= SPAN:
        raise InputError(
            f"{where}: values from {low:.3g} to {high:.3g} may be x / 255 less 0.5 or a mean, or lie in [-1, 1]; "
            "add what was subtracted, as x + 0.5, for the former, give (x + 1) / 2 for the latter"
        )
