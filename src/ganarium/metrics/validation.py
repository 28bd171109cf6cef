"""Validation of the inputs of metrics, with one-line error messages that name the fix."""

import torch
from torch import Tensor

from ganarium.core.errors import InputError


def refuse_features(least: int = 2, **named: Tensor) -> None:
    """Raise InputError unless all named feature matrices are finite, [n, d] with n >= `least`, and share the same d."""
    for name, rows in named.items():
        if rows.ndim != 2 or len(rows) < least or not rows.shape[1]:
            raise InputError(
                f"{name} features have shape {tuple(rows.shape)}, not [n, d] with n >= {least}; pass more samples"
            )
        if not rows.isfinite().all():
            raise InputError(f"{name} features are not all finite; check the samples for NaN or infinity")
    widths = [rows.shape[1] for rows in named.values()]
    if len(set(widths)) > 1:
        raise InputError(
            f"features have widths {' and '.join(map(str, widths))}; use the same feature extractor for both"
        )


def refuse_numbers(**named: Tensor) -> None:
    """Raise InputError unless all named vectors are finite and have shape [n] with n >= 1."""
    for name, numbers in named.items():
        if numbers.ndim != 1 or not len(numbers) or not numbers.isfinite().all():
            raise InputError(
                f"{name} of shape {tuple(numbers.shape)} cannot be used; pass finite numbers of shape [n], n >= 1"
            )


def refuse_order(order: Tensor, n: int, name: str) -> None:
    """Raise InputError unless the order contains each of 0 … n − 1 exactly once."""
    rows = torch.arange(n, device=order.device)
    if order.shape != rows.shape or order.is_floating_point() or not (order.sort().values == rows).all():
        raise InputError(f"{name} order of shape {tuple(order.shape)} is invalid; pass a permutation of 0 … {n - 1}")


def refuse_pictures(**named: Tensor) -> None:
    """Raise InputError unless all named image batches are [n, C, H, W] with n >= 1 and values in [0, 1]."""
    for name, pictures in named.items():
        if pictures.ndim != 4 or not pictures.numel():
            raise InputError(f"{name} images have shape {tuple(pictures.shape)}; pass a non-empty batch [n, C, H, W]")
        if not ((pictures >= 0) & (pictures <= 1)).all():
            raise InputError(f"{name} images have values outside [0, 1]; divide bytes by 255 and check for NaN")


def refuse_neighbours(k: int) -> None:
    """Raise InputError unless k is at least 1."""
    if k < 1:
        raise InputError(f"k={k} neighbours are too few; use at least 1")
