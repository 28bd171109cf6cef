"""Numbers of any kind and layout as uint8 pictures."""

from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ganarium.core.errors import InputError
from ganarium.core.settings.own import LARGEST, SMALLEST

CHANNELS = (1, 3)
WHITE = 255
BARELY = 1 / WHITE  # floats that lie less than this below 0 may be slips of [0, 1] as well as dark parts of [-1, 1]
SLAB = 1 << 22  # numbers that are converted at once
LAYOUTS = "[n, H, W], [n, C, H, W] or [n, H, W, C] with C = 1 or 3"

Pixels = NDArray[np.uint8]
Told = tuple[str, ...]


def to_pictures(array: NDArray[Any], where: str) -> tuple[Pixels, Told]:
    """Pictures uint8 [n, C, H, W], and what was done to make them; they may share the array's memory.

    array: [n, H, W], [n, C, H, W] or [n, H, W, C], C = 1 or 3, sides of 16 to 128 pixels. Whole numbers are 0 to 255
    and stay; False and True become 0 and 255; floats lie in [0, 1], or in [-1, 1] if any is below 0.

    Raises `InputError`, which begins with `where`, for everything else.
    """
    if not array.size:
        raise InputError(f"{where}: the array is empty; give at least one picture")
    upright, moved = _channels_first(array, where)
    _refuse_sides(array, upright, where)
    pixels, scaled = _to_bytes(upright, where)
    return np.ascontiguousarray(pixels), moved + scaled


def _channels_first(array: NDArray[Any], where: str) -> tuple[NDArray[Any], Told]:
    shape = "×".join(map(str, array.shape))
    if array.ndim == 3:
        return array[:, None], ()
    if array.ndim == 4:
        first, last = array.shape[1] in CHANNELS, array.shape[3] in CHANNELS
        if first and last:
            raise InputError(
                f"{where}: shape {shape} is ambiguous, channels may be second or last; make it [n, C, H, W]"
            )
        if first:
            return array, ()
        if last:
            return np.moveaxis(array, 3, 1), ("channels were last and were moved before height and width",)
        if 4 in (array.shape[1], array.shape[3]):
            raise InputError(f"{where}: has 4 channels, C = 1 or 3 are read; composite alpha onto a ground first")
    raise InputError(f"{where}: shape {shape or 'of one number'} is none of {LAYOUTS}{_way_out(array)}")


def _way_out(array: NDArray[Any]) -> str:
    if array.ndim != 2:
        return "; reshape it"
    for channels in CHANNELS:
        side = isqrt(array.shape[1] // channels)
        if channels * side * side == array.shape[1] and SMALLEST <= side <= LARGEST:
            sizes = (side, side) if channels == 1 else (channels, side, side)
            return f"; for square pictures, .reshape(-1, {', '.join(map(str, sizes))})"
    return "; .reshape(-1, height, width)"


def _refuse_sides(array: NDArray[Any], upright: NDArray[Any], where: str) -> None:
    height, width = upright.shape[2:]
    if not (SMALLEST <= height <= LARGEST and SMALLEST <= width <= LARGEST):
        single = array.ndim == 3 and array.shape[2] in (*CHANNELS, 4)
        raise InputError(
            f"{where}: the pictures are {height}×{width}, sides of {SMALLEST} to {LARGEST} pixels are read; "
            + ("one picture alone needs a first axis, x[None]" if single else "resize them first")
        )


def _to_bytes(array: NDArray[Any], where: str) -> tuple[Pixels, Told]:
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return array, ()
    if kind == "b":
        return np.where(array.view(np.uint8) != 0, np.uint8(WHITE), np.uint8(0)), ("False became 0, True became 255",)
    if kind in "iu":
        return _whole_numbers(array, where), ()
    if kind == "f":
        return _floats(array, where)
    raise InputError(
        f"{where}: numbers of type {array.dtype} are no pictures; give uint8, other integers, floats or bools"
    )


def _whole_numbers(array: NDArray[Any], where: str) -> Pixels:
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > WHITE:
        sixteen = low >= 0 and high < 1 << 16
        raise InputError(
            f"{where}: values from {low} to {high}, whole numbers must lie in 0 to {WHITE}; "
            + ("divide 16-bit values by 257: x // 257" if sixteen else "scale them")
        )
    return array.astype(np.uint8)


def _floats(array: NDArray[Any], where: str) -> tuple[Pixels, Told]:
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(
            f"{where}: some values are not finite (NaN or infinite); replace them, as with numpy.nan_to_num"
        )
    if low < -1 or high > 1:
        advice = f"divide by {WHITE}" if low >= 0 and high <= WHITE else "scale them, or clip what barely exceeds"
        raise InputError(
            f"{where}: values from {low:.9g} to {high:.9g}, floats must lie in [0, 1] or [-1, 1]; {advice}"
        )
    if -BARELY < low < 0:
        raise InputError(
            f"{where}: the lowest value is {low:.3g}, so it is unclear whether 0 or -1 is black; "
            "clip to [0, 1], or scale to [-1, 1]"
        )
    if low < 0:
        return _scaled(array, WHITE / 2, WHITE / 2), (
            "floats in [-1, 1], as some are below 0: -1 became 0, 1 became 255",
        )
    return _scaled(array, WHITE, 0), ("floats in [0, 1], as none is below 0: 0 became 0, 1 became 255",)


def _scaled(array: NDArray[Any], factor: float, shift: float) -> Pixels:
    """factor · x + shift, rounded, a slab of rows at a time."""
    out = np.empty(array.shape, np.uint8)
    rows = max(1, SLAB // array[0].size)
    for start in range(0, len(array), rows):
        slab = slice(start, start + rows)
        out[slab] = np.rint(array[slab].astype(np.float32) * factor + shift)
    return out
