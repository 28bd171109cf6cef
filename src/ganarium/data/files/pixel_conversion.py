"""Convert arrays of any number type and layout to uint8 images."""

from collections.abc import Sequence
from math import isqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ganarium.config.data_files import LARGEST, SMALLEST
from ganarium.core.errors import InputError
from ganarium.data.files.ambiguous_arrays import refuse_two_readings

CHANNELS = (1, 3)
WHITE = 255
BARELY = 1 / WHITE  # floats less than this below 0 may be rounding errors of [0, 1] or dark parts of [-1, 1]
CHUNK_VALUES = 1 << 22  # number of values that are converted at once
DEEPEST = 16  # bits of integers from cameras and scanners
STRETCH = "(x - x.min()) * (255.0 / (x.max() - x.min())), rounded"
NEARLY_BLACK = "all values are 0 or 1 out of 255, which is nearly black; if 1 means white, pass x * 255 or bools"
LAYOUTS = "[n, H, W], [n, C, H, W] or [n, H, W, C] with C = 1 or 3"

Pixels = NDArray[np.uint8]
Messages = tuple[str, ...]


def to_pictures(
    array: NDArray[Any], where: str, decoding: Literal[1, 2] = 2, count: int | None = None
) -> tuple[Pixels, Messages]:
    """Convert an array to images, uint8 [n, C, H, W], possibly sharing memory, and describe the conversions.

    array: [n, H, W], [n, C, H, W] or [n, H, W, C], C = 1 or 3, sides of 16 to 128 pixels. Integers are 0 to 255 and
        stay unchanged; False and True become 0 and 255; floats lie in [0, 1], or in [-1, 1] if any is below 0
    decoding: version of the decoding rules; version 1 guesses if an array can be read in two ways
    count: number of images, if known; otherwise, a shape that can be read in two ways is rejected

    Raises `InputError`, prefixed with `where`, for all other arrays.
    """
    if not array.size:
        raise InputError(f"{where}: the array is empty; pass at least one image")
    upright, moved = _channels_first(array, where)
    _refuse_sides(array, upright, where)
    pixels, scaled = _to_bytes(upright, where)
    if decoding > 1:
        refuse_two_readings(array, where, count)
    dark = (NEARLY_BLACK,) if pixels.max() == 1 else ()
    return np.ascontiguousarray(pixels), moved + scaled + dark


def _channels_first(array: NDArray[Any], where: str) -> tuple[NDArray[Any], Messages]:
    shape = "×".join(map(str, array.shape))
    if array.ndim == 3:
        return array[:, None], ()
    if array.ndim == 4:
        first, last = array.shape[1] in CHANNELS, array.shape[3] in CHANNELS
        if first and last:
            raise InputError(
                f"{where}: shape {shape} is ambiguous: the channels may be the second or the last axis; convert the "
                "array to [n, C, H, W]"
            )
        if first:
            return array, ()
        if last:
            return np.moveaxis(array, 3, 1), ("the channels were moved from the last to the second axis",)
        if 4 in (array.shape[1], array.shape[3]):
            raise InputError(
                f"{where}: the array has 4 channels; only 1 or 3 are supported; composite alpha onto a background first"
            )
    raise InputError(f"{where}: shape {shape or '()'} is not one of {LAYOUTS}; {_reshape_advice(array.shape)}")


def _reshape_advice(shape: Sequence[int]) -> str:
    """Return advice on how to convert an array with a different number or order of axes to images."""
    if len(shape) == 4:
        orders = {(3, 2, 0, 1): "[H, W, C, n]", (1, 0, 2, 3): "[C, n, H, W]", (1, 3, 0, 2): "[H, n, W, C]"}
        for order, name in orders.items():
            channels, *sides = (shape[axis] for axis in order[1:])
            if channels in CHANNELS and _are_sides(sides):
                return f"if the array is {name}, use .transpose{order}"
    if len(shape) != 2:
        return "reshape the array"
    if _are_sides(shape):
        return "if the array is a single image, add a first axis: x[None]"
    for channels in CHANNELS:
        side = isqrt(shape[1] // channels)
        if channels * side * side == shape[1] and SMALLEST <= side <= LARGEST:
            sizes = (side, side) if channels == 1 else (channels, side, side)
            return f"for square images, use .reshape(-1, {', '.join(map(str, sizes))})"
    return "use .reshape(-1, height, width)"


def _are_sides(lengths: Sequence[int]) -> bool:
    return all(SMALLEST <= length <= LARGEST for length in lengths)


def _refuse_sides(array: NDArray[Any], upright: NDArray[Any], where: str) -> None:
    height, width = upright.shape[2:]
    if not _are_sides((height, width)):
        raise InputError(
            f"{where}: the images are {height}×{width}; height and width must be {SMALLEST} to {LARGEST} pixels; "
            + _smaller(array.shape)
        )


def _smaller(shape: Sequence[int]) -> str:
    """Return advice on images with an unsupported height or width."""
    if len(shape) == 3 and shape[2] in (*CHANNELS, 4):
        return "if the array is a single image, add a first axis: x[None]"
    if len(shape) == 3 and _are_sides(shape[:2]):
        return "if the last axis counts the images, use .transpose(2, 0, 1)"
    if len(shape) == 4 and _are_sides(shape[:2]):
        return "if the array is [H, W, C, n], use .transpose(3, 2, 0, 1); otherwise, resize the images first"
    return "resize the images first"


def _to_bytes(array: NDArray[Any], where: str) -> tuple[Pixels, Messages]:
    kind = array.dtype.kind
    if array.dtype == np.uint8:
        return array, ()
    if kind == "b":
        return np.where(array.view(np.uint8) != 0, np.uint8(WHITE), np.uint8(0)), (
            "False was converted to 0 and True to 255",
        )
    if kind in "iu":
        return _whole_numbers(array, where), ()
    if kind == "f":
        return _floats(array, where)
    raise InputError(f"{where}: type {array.dtype} is not supported; pass uint8, other integers, floats or bools")


def _whole_numbers(array: NDArray[Any], where: str) -> Pixels:
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > WHITE:
        raise InputError(
            f"{where}: the array has values from {low} to {high}, but integers must be in 0 to {WHITE}; "
            + (_of_depth(high.bit_length()) if low >= 0 else f"rescale the values: {STRETCH}")
        )
    return array.astype(np.uint8)


def _of_depth(bits: int) -> str:
    """Return advice on how to convert values with the given number of bits to 8 bits."""
    if bits > DEEPEST:
        return f"rescale the values: {STRETCH}"
    divisor = 257 if bits == DEEPEST else 1 << (bits - 8)
    return f"divide {bits}-bit values by {divisor}: x // {divisor}"


def _floats(array: NDArray[Any], where: str) -> tuple[Pixels, Messages]:
    low, high = float(array.min()), float(array.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise InputError(
            f"{where}: some values are not finite (NaN or infinite); replace them, for example with numpy.nan_to_num"
        )
    if low < -1 or high > 1:
        advice = f"divide by {WHITE}" if low >= 0 and high <= WHITE else "rescale or clip the values"
        raise InputError(
            f"{where}: the array has values from {low:.9g} to {high:.9g}, but floats must be in [0, 1] or [-1, 1]; "
            + advice
        )
    if -BARELY < low < 0:
        raise InputError(
            f"{where}: the lowest value is {low:.3g}, so it is unclear whether 0 or -1 is black; "
            "clip to [0, 1], or scale to [-1, 1]"
        )
    if low < 0:
        return _scaled(array, WHITE / 2, WHITE / 2), ("floats in [-1, 1] (some are negative) were scaled to 0 … 255",)
    return _scaled(array, WHITE, 0), ("floats in [0, 1] (none is negative) were scaled to 0 … 255",)


def _scaled(array: NDArray[Any], factor: float, shift: float) -> Pixels:
    """Return factor · x + shift as uint8, rounded, computed in chunks of rows."""
    out = np.empty(array.shape, np.uint8)
    rows = max(1, CHUNK_VALUES // array[0].size)
    for start in range(0, len(array), rows):
        chunk = slice(start, start + rows)
        out[chunk] = np.rint(array[chunk].astype(np.float32) * factor + shift)
    return out
