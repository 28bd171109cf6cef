"""Result type of the shape detectors, with validity, faults and values of each image, and shared helpers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import scipy
from numpy.typing import NDArray

from ganarium.core.errors import InputError

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = Floats | Ints

CLEAR = 64  # grey levels: a pixel farther than this from both black and white is neither paper nor ink


@dataclass(frozen=True)
class ShapeReading:
    """Values and faults detected in n images, each evaluated independently.

    valid: [n]
    fault: [n], a short name of the first fault, empty for a valid image
    values: by name, whole numbers (counts and categories) [n] or floats [n] or [n, most], NaN where there is no value
    periods: periods of the periodic values, such as directions
    """

    valid: Bools
    fault: NDArray[np.str_]
    values: Mapping[str, Numbers]
    periods: Mapping[str, float] = field(default_factory=dict)


def reading_with(
    faults: Mapping[str, Bools], values: Mapping[str, Numbers], periods: Mapping[str, float] | None = None
) -> ShapeReading:
    """Return a result with the given values; the fault of each image is the first in `faults` that is true."""
    words = [*faults, ""]
    held = np.array([*faults.values(), np.ones_like(next(iter(faults.values())))])
    fault = np.array(words)[held.argmax(axis=0)]
    return ShapeReading(fault == "", fault, values, periods or {})


def levels(images: Bytes, channels: int = 1) -> Bytes:
    """Return images uint8 [n, C, H, W] as [n, H, W] if C is 1, and unchanged otherwise."""
    if images.ndim != 4 or images.shape[1] != channels or images.dtype != np.uint8 or np.ptp(images.shape[2:]):
        raise InputError(
            f"images have shape {images.shape} and type {images.dtype}; pass square images, uint8 [n, {channels}, H, W]"
        )
    return images[:, 0] if channels == 1 else images


def ink_and_grey(images: Bytes) -> tuple[Bools, Bools]:
    """Return a mask of ink pixels [n, H, W], and a mask of images [n] with pixels that are neither ink nor paper."""
    unclear = (images > CLEAR) & (images < 255 - CLEAR)
    return images > 127, np.any(unclear, axis=(1, 2))


def listed(picture: Ints, values: Floats, n: int, most: int) -> Floats:
    """Return values [m], sorted by image, as one row per image, [n, most], padded with NaN.

    Values of an image beyond the first `most` are dropped.
    """
    rows: Floats = np.full((n, most), np.nan)
    place = np.arange(len(picture)) - np.searchsorted(picture, picture)
    few = place < most
    rows[picture[few], place[few]] = values[few]
    return rows


def joined(parts: list[ShapeReading]) -> ShapeReading:
    """Concatenate the results for several groups of images."""
    return ShapeReading(
        np.concatenate([part.valid for part in parts]),
        np.concatenate([part.fault for part in parts]),
        {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
        parts[0].periods,
    )


def worst_patch(difference: Floats) -> Floats:
    """Return the largest absolute 3×3 mean, [n], of differences [n, H, W] between images and detected shapes.

    Noise mostly cancels in these means, but faults do not.
    """
    means = scipy.ndimage.uniform_filter(difference, (0, 3, 3), mode="nearest")
    return np.asarray(np.maximum(means.max(axis=(1, 2)), -means.min(axis=(1, 2))))
