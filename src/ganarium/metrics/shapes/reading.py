"""What a reader hands back: which pictures read cleanly, what is wrong with the others, and what was read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import InputError

Bools = NDArray[np.bool_]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Numbers = Floats | Ints

CLEAR = 64  # grey levels: a pixel farther than this from both black and white is neither paper nor ink


@dataclass(frozen=True)
class Reading:
    """What was read in n pictures, each judged by itself.

    valid: [n]
    fault: [n], a short word for what is wrong first, empty where nothing is
    values: by name, whole numbers (counts and kinds) [n] or floats [n] or [n, most], NaN where nothing was read
    periods: of those values that go round, as directions do
    """

    valid: Bools
    fault: NDArray[np.str_]
    values: Mapping[str, Numbers]
    periods: Mapping[str, float] = field(default_factory=dict)


def judged(
    faults: Mapping[str, Bools], values: Mapping[str, Numbers], periods: Mapping[str, float] | None = None
) -> Reading:
    """A reading whose fault is the first in `faults` that holds."""
    words = [*faults, ""]
    held = np.array([*faults.values(), np.ones_like(next(iter(faults.values())))])
    fault = np.array(words)[held.argmax(axis=0)]
    return Reading(fault == "", fault, values, periods or {})


def levels(images: Bytes, channels: int = 1) -> Bytes:
    """Pictures uint8 [n, C, H, W] as [n, H, W] where C is 1, as they are otherwise."""
    if images.ndim != 4 or images.shape[1] != channels or images.dtype != np.uint8 or np.ptp(images.shape[2:]):
        raise InputError(
            f"pictures of shape {images.shape} and type {images.dtype}: need square ones, uint8 [n, {channels}, H, W]"
        )
    return images[:, 0] if channels == 1 else images


def ink_and_grey(images: Bytes) -> tuple[Bools, Bools]:
    """Which pixels [n, H, W] are ink, and which pictures [n] have a pixel that is neither ink nor paper."""
    unclear = (images > CLEAR) & (images < 255 - CLEAR)
    return images > 127, np.any(unclear, axis=(1, 2))


def listed(picture: Ints, values: Floats, n: int, most: int) -> Floats:
    """One value a thing [m], things sorted by picture -> [n, most], NaN past a picture's last; those past `most` go."""
    rows: Floats = np.full((n, most), np.nan)
    place = np.arange(len(picture)) - np.searchsorted(picture, picture)
    few = place < most
    rows[picture[few], place[few]] = values[few]
    return rows


def joined(parts: list[Reading]) -> Reading:
    """Readings of some pictures after those of others, in one."""
    return Reading(
        np.concatenate([part.valid for part in parts]),
        np.concatenate([part.fault for part in parts]),
        {name: np.concatenate([part.values[name] for part in parts]) for name in parts[0].values},
        parts[0].periods,
    )
