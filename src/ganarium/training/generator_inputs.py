"""Labels, seeds and latents that a caller passes to a generator: validation, truncation and interpolation."""

from collections.abc import Collection, Sequence
from operator import index
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganarium.core.arguments import MOST_SAMPLES, named, whole_number
from ganarium.core.errors import InputError, UsageError, suggestion
from ganarium.core.escape import listed
from ganarium.data.class_matching import MOST_NAMED
from ganarium.data.files.in_memory import plain_array

Class = str | int
LabelLike = Class | Sequence[Class] | NDArray[Any] | Tensor


def class_numbers(label: LabelLike | None, n: int, classes: Sequence[str], untrained: Collection[str] = ()) -> Tensor:
    """Return class numbers int64 [n] from one class for all samples, or from n classes, one for each sample.

    A string is the name of a class. An integer (of Python, NumPy or torch, alone or in a sequence) is the number of a
    class: its position in `classes`. If the class names are themselves other numbers, such as "1", "2", "3", an integer
    is ambiguous and refused. Without a class, the samples cycle through the classes that are not `untrained`.

    Raises `UsageError` for a class that does not exist or had no training images.

    >>> class_numbers(["cat", 0], 2, ["ant", "bee", "cat"])
    tensor([2, 0])
    """
    if label is None:
        trained = [i for i, name in enumerate(classes) if name not in untrained]
        return torch.tensor(trained)[torch.arange(n) % len(trained)]
    values = as_values(label)
    if not isinstance(values, list):
        return torch.full((n,), _number(values, classes, untrained))
    if len(values) != n:
        raise UsageError(f"labels: {n} are needed, one for each sample, but {len(values)} were given")
    found = {value: _number(value, classes, untrained) for value in dict.fromkeys(map(_plain_one, values))}
    return torch.tensor([found[value] for value in map(_plain_one, values)], dtype=torch.int64)


def class_rows(label: Any, n: int, classes: Sequence[str], untrained: Collection[str] = ()) -> Tensor:
    """Return class numbers int64 [n] like `class_numbers`, or mixtures of classes float32 [n, K].

    A tensor of integers always holds class numbers as returned by `class_numbers`, whatever the class names are.
    """
    if isinstance(label, Tensor) and not label.is_floating_point():
        positions = tuple(map(str, range(len(classes))))
        known = {positions[i] for i, name in enumerate(classes) if name in untrained}
        return class_numbers(label, n, positions, known)
    if not (hasattr(label, "dtype") and getattr(label, "ndim", 0) == 2):
        return class_numbers(label, n, classes, untrained)
    mixtures = _floats(label, "labels")
    if mixtures.shape != (n, len(classes)):
        raise UsageError(
            f"labels of shape {tuple(mixtures.shape)}: mixtures of classes must have shape [{n}, {len(classes)}]: "
            "one row for each latent, one share for each class"
        )
    return mixtures


def latent_rows(latents: Any, size: int) -> Tensor:
    """Return latents [n, size], or a single latent [size], as float32 [n, size] from numbers of any precision.

    Raises `UsageError` for another shape, for integers, and for values that are not finite.
    """
    rows = _floats(latents, "latents")
    if rows.dim() not in (1, 2) or rows.shape[-1] != size:
        raise UsageError(f"latents of shape {tuple(rows.shape)}: this generator takes [n, {size}] or [{size}]")
    rows = rows.reshape(-1, size)
    whole_number("len(latents)", len(rows), 1, MOST_SAMPLES)
    return rows


def one_latent(name: str, latent: Any, size: int) -> Tensor:
    """Return one latent [size] or [1, size] as float32 [size]. Raises `UsageError` for anything else."""
    row = _floats(latent, name)
    if tuple(row.shape) not in ((size,), (1, size)):
        raise UsageError(f"{name} of shape {tuple(row.shape)}: pass one latent of {size} numbers")
    return row.reshape(size)


def truncated(z: Tensor, t: float) -> Tensor:
    """Map standard normal numbers monotonically to the normal distribution truncated at ±t."""
    low = torch.special.ndtr(torch.tensor(-t, dtype=torch.float64))
    share = low + torch.special.ndtr(z.double()) * (1 - 2 * low)
    cut: Tensor = torch.special.ndtri(share)
    return cut.clamp(-t, t).to(z.dtype)


def spherical(a: Tensor, b: Tensor, share: Tensor) -> Tensor:
    """Return points [n, d] on the great circle from a [d] to b [d] at fractions [n]; norms change linearly."""
    unit_a, unit_b = a / a.norm(), b / b.norm()
    angle = torch.arccos((unit_a @ unit_b).clamp(-1, 1))
    if not angle.sin() >= 1e-4:  # also if an end is 0, which has no direction
        return a + share[:, None] * (b - a)
    ways = torch.sin((1 - share) * angle)[:, None] * unit_a + torch.sin(share * angle)[:, None] * unit_b
    length = a.norm() + share[:, None] * (b.norm() - a.norm())
    on_circle: Tensor = ways / torch.sin(angle) * length
    return on_circle


def spherical_between(corners: Tensor, x: float, y: float) -> Tensor:
    """Return a point [d] between four corners [4, d] at x, y in [0, 1]: at the ends, exactly the corners.

    Corners 0 and 1 are at y = 0, corners 2 and 3 at y = 1. `spherical` applies along x, then along y.
    """
    top, bottom = _at(corners[0], corners[1], x), _at(corners[2], corners[3], x)
    return _at(top, bottom, y)


def _at(a: Tensor, b: Tensor, share: float) -> Tensor:
    if share in (0, 1):
        return b if share else a
    return spherical(a, b, torch.tensor([share], dtype=a.dtype))[0]


def seed_numbers(seeds: Any) -> list[int]:
    """Return two or more seeds as a list. Raises `UsageError` for anything else, such as latents."""
    values = as_values(seeds)
    if not isinstance(values, list) or len(values) < 2 or not all(hasattr(value, "__index__") for value in values):
        raise UsageError(
            f"{named('seeds', seeds)}: pass at least two whole numbers, for example seeds=[1, 2]; "
            "between your own latents, use interpolate(z0, z1)"
        )
    return [whole_number("seed", value, 0) for value in values]


def _floats(values: Any, name: str) -> Tensor:
    """Return a float32 copy on the CPU. Raises `UsageError` unless the values are an array of finite floats."""
    try:
        array = plain_array(values, name)
    except InputError as error:
        raise UsageError(str(error)) from None
    if array.dtype.kind != "f":
        raise UsageError(f"{name} of type {array.dtype}: pass floating-point numbers")
    with np.errstate(over="ignore"):
        floats = torch.from_numpy(array.astype(np.float32))
    if not floats.isfinite().all():
        raise UsageError(f"{name}: some values are not finite as 32-bit floats; pass finite values")
    return floats


def as_values(label: LabelLike) -> Any:
    """Return a single class, or a list of classes; values of arrays and tensors become Python values."""
    if hasattr(label, "tolist"):
        return label.tolist()
    if isinstance(label, str | bool) or hasattr(label, "__index__"):
        return label
    try:
        return list(label)
    except TypeError:
        return label


def _plain_one(value: Any) -> Class:
    """Return a class as a name or a Python integer. Raises `UsageError` for anything else."""
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, str):
        return str(plain)
    if not isinstance(plain, bool) and hasattr(plain, "__index__"):
        return index(plain)
    raise UsageError(f"label {value!r}: pass the name of a class as a string, or its number as an integer")


def _number(value: Any, classes: Sequence[str], untrained: Collection[str]) -> int:
    plain = _plain_one(value)
    number = _position(plain, classes) if isinstance(plain, int) else _named(plain, classes)
    if classes[number] in untrained:
        raise UsageError(f"label {classes[number]!r}: this class had no training images; choose another class")
    return number


def _named(name: str, classes: Sequence[str]) -> int:
    if name not in classes:
        raise UsageError(f"label {name!r}: no such class{suggestion(name, classes)}")
    return classes.index(name)


def _position(number: int, classes: Sequence[str]) -> int:
    if any(name.isdecimal() and name != str(i) for i, name in enumerate(classes)):
        raise UsageError(
            f"label {number}: an integer is ambiguous here, since the class names are also numbers "
            f"({listed(classes, MOST_NAMED)}); pass the name as a string, as labels={str(number)!r}"
        )
    if not 0 <= number < len(classes):
        raise UsageError(
            f"label {number}: class numbers go from 0 to {len(classes) - 1} ({listed(classes, MOST_NAMED)})"
        )
    return number
