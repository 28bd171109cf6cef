"""Conversion and validation of the inputs of metrics, with one-line error messages that name the fix."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.errors import InputError, brief
from ganarium.core.random_streams import Streams, permutation

Array = Tensor | NDArray[Any]
WIDE = 2  # bytes: torch does not compute with unsigned integers of this size or more


def tensor(name: str, values: Array) -> Tensor:
    """Return a tensor without gradients, or a NumPy array or nested lists as a tensor.

    Raises `InputError` for values that are not numbers, and for complex numbers.
    """
    if not isinstance(values, Tensor):
        try:
            array = np.asarray(values)
            if array.dtype.kind == "u" and array.dtype.itemsize >= WIDE:
                array = array.astype(np.int64)
            native = np.array(array, array.dtype.newbyteorder("="), order="C")  # a copy that torch may own
            values = torch.from_numpy(native)
        except (TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{name}: pass a tensor or a NumPy array of numbers, not {type(values).__name__} ({brief(error)})"
            ) from None
    if values.is_complex():
        raise InputError(f"{name} has complex values; pass real numbers")
    return values.detach()


def features(least: int = 2, **named: Array) -> list[Tensor]:
    """Return the named feature matrices as tensors.

    Raises `InputError` unless all are finite, [n, d] with n >= `least`, and share the same d.
    """
    matrices = [tensor(f"{name} features", rows) for name, rows in named.items()]
    for name, rows in zip(named, matrices, strict=True):
        if rows.ndim != 2 or len(rows) < least or not rows.shape[1]:
            fix = "pass more samples" if rows.ndim == 2 else "compute one row of features for each sample"
            raise InputError(f"{name} features have shape {tuple(rows.shape)}, not [n, d] with n >= {least}; {fix}")
        if not rows.isfinite().all():
            raise InputError(f"{name} features are not all finite; check the samples for NaN or infinity")
    widths = [rows.shape[1] for rows in matrices]
    if len(set(widths)) > 1:
        raise InputError(
            f"features have widths {' and '.join(map(str, widths))}; use the same feature extractor for both"
        )
    return matrices


def numbers(**named: Array) -> list[Tensor]:
    """Return the named vectors as tensors. Raises `InputError` unless all are finite and [n] with n >= 1."""
    vectors = [tensor(name, values) for name, values in named.items()]
    for name, values in zip(named, vectors, strict=True):
        if values.ndim != 1 or not len(values) or not values.isfinite().all():
            raise InputError(
                f"{name} of shape {tuple(values.shape)} cannot be used; pass finite numbers of shape [n], n >= 1"
            )
    return vectors


def row_order(order: Array | None, n: int, name: str) -> Tensor:
    """Return the order of n rows, by default a fixed random one.

    Raises `InputError` unless the order contains each of 0 … n − 1 exactly once.
    """
    if order is None:
        return fixed_order(n, name)
    given = tensor(f"{name} order", order)
    rows = torch.arange(n, device=given.device)
    if given.shape != rows.shape or given.is_floating_point() or not (given.sort().values == rows).all():
        raise InputError(f"{name} order of shape {tuple(given.shape)} is invalid; pass a permutation of 0 … {n - 1}")
    return given


def fixed_order(n: int, name: str) -> Tensor:
    """Return a fixed random permutation of n rows."""
    return Streams(0).at(f"judgement.{name}", permutation(n), 0)


def pictures(**named: Array) -> list[Tensor]:
    """Return the named image batches as tensors.

    Raises `InputError` unless all are [n, C, H, W] with n >= 1 and values in [0, 1].
    """
    batches = [tensor(f"{name} images", images) for name, images in named.items()]
    for name, images in zip(named, batches, strict=True):
        if images.ndim != 4 or not images.numel():
            raise InputError(f"{name} images have shape {tuple(images.shape)}; pass a non-empty batch [n, C, H, W]")
        if not ((images >= 0) & (images <= 1)).all():
            raise InputError(f"{name} images have values outside [0, 1]; divide bytes by 255 and check for NaN")
    return batches


def refuse_neighbours(k: int) -> None:
    """Raise InputError unless k is at least 1."""
    if k < 1:
        raise InputError(f"k={k} neighbours are too few; use at least 1")
