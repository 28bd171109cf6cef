"""Copies of values of users' objects, which tell whether the values have changed."""

from collections import deque
from collections.abc import Mapping
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor


def comparable_copy(value: Any, leave_out: frozenset[int]) -> object:
    """Return a copy of a value as nested lists, which equals a later copy if nothing inside the value has changed.

    leave_out: identities of objects that are replaced by None
    """
    if id(value) in leave_out:
        return None
    if isinstance(value, torch.Generator):
        value = value.get_state()
    if isinstance(value, Tensor):
        return [value.shape, value.dtype, bytes_of(value)]
    if isinstance(value, np.ndarray):
        return [value.shape, value.dtype, value.tobytes()]
    rest = leave_out | {id(value)}  # an object may contain itself
    if isinstance(value, Mapping):
        return [[comparable_copy(each, rest) for each in pair] for pair in value.items()]
    if isinstance(value, list | tuple | set | frozenset | deque):
        return [comparable_copy(each, rest) for each in value]
    if hasattr(value, "__dict__") and not isinstance(value, type | FunctionType | MethodType | ModuleType):
        return [type(value), comparable_copy(vars(value), rest)]
    return value


def bytes_of(tensor: Tensor) -> bytes:
    """Return the values of a tensor as bytes."""
    return tensor.detach().cpu().contiguous().flatten().view(torch.uint8).numpy().tobytes()
