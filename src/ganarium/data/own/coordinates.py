"""Points of a user's own, from arrays and tables."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.settings.own import Coordinates
from ganarium.core.text import listed, printable
from ganarium.data.own.array_names import PICTURES, UNNAMED
from ganarium.data.own.npz import SUFFIXES, keys_of, read_arrays, shape_of
from ganarium.data.own.splits import digest, rows_of
from ganarium.data.own.tables import COMMON, ROW_NUMBERS, first_line, header_of, is_table, read_table
from ganarium.data.sets import Card, PointSet, Split

POINTS = "points"
NAMES = (POINTS, "coordinates", *PICTURES, UNNAMED[0])
AXES = ("x", "y")
DIMENSIONS = (1, 2)
WAY_OUT = "points are rows of one or two finite numbers"


def holds_points(path: Path) -> bool:
    """Whether a file holds points, rows of one or two numbers, and no pictures."""
    with suppress(InputError):
        if is_table(path) and path.is_file():
            fields = first_line(path)
            return len(_axes(header_of(fields), len(fields))) in DIMENSIONS
        if path.suffix.lower() in SUFFIXES:
            shapes = [shape_of(path, key) for key in keys_of(path) if key.lower() in NAMES]
            return bool(shapes) and all(len(shape) == 2 and shape[1] in DIMENSIONS for shape in shapes)
    return False


def load(settings: Coordinates, split: Split = "train") -> PointSet:
    """One split of the points in an .npz, .npy, .csv or .csv.gz file, by each point's content.

    Raises `InputError` when there are no points in it, `EmptySplitError` when the split has none.
    """
    path = Path(settings.coordinates)
    points = read_points(path)
    contents = [digest(point.data) for point in points]
    rows = rows_of(split, contents, settings.held_out)
    if split == "train" and settings.count is not None:  # files may be sorted
        rows = sorted(sorted(rows, key=lambda row: contents[row])[: settings.count])
    if not rows:
        raise EmptySplitError(
            f"{path}: the {split} split is empty; of {len(points):,} points data.held_out={settings.held_out:g} "
            "are kept from training"
        )
    card = Card(printable(path.name), "", "", f"Points of your own, from {printable(str(path))}.")
    return PointSet(settings.kind, None, torch.from_numpy(points[rows]), card)


def read_points(path: Path) -> NDArray[np.float32]:
    """All points of a file, [n, 1] or [n, 2]. Raises `InputError` when there are none."""
    where, values = _from_table(path) if is_table(path) else _from_arrays(path)
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or values.shape[1] not in DIMENSIONS or values.dtype.kind not in "iuf":
        shape = "×".join(map(str, values.shape))
        raise InputError(f"{where}: has shape {shape} and type {values.dtype}; {WAY_OUT}")
    with np.errstate(over="ignore"):
        points = values.astype(np.float32)
    wrong = np.flatnonzero(~np.isfinite(points).all(1))
    if len(wrong):
        raise InputError(f"{where}: row {wrong[0]:,} is not finite (NaN, infinite or beyond float32); {WAY_OUT}")
    return np.ascontiguousarray(points)


def _from_table(path: Path) -> tuple[str, NDArray[Any]]:
    table = read_table(path)
    axes = _axes(table.names, table.numbers.shape[1])
    return str(path), table.numbers[:, axes]


def _axes(names: tuple[str, ...], columns: int) -> list[int]:
    """The columns of coordinates: x and y where a header names them, else all but labels and row numbers."""
    if set(AXES) <= set(names):
        return [names.index(axis) for axis in AXES]
    others = (*COMMON, *ROW_NUMBERS)
    return [column for column, name in enumerate(names) if name not in others] if names else list(range(columns))


def _from_arrays(path: Path) -> tuple[str, NDArray[Any]]:
    key = _key(path)
    return f"{path}, {key}" if path.suffix.lower() == ".npz" else str(path), read_arrays(path, [key])[key]


def _key(path: Path) -> str:
    """The array that holds points, or would hold pictures if they are not points."""
    keys = keys_of(path)
    found = next((key for name in NAMES for key in keys if key.lower() == name), None)
    if found is None:
        raise InputError(f"{path}: no array is named {POINTS}; there are: {listed(keys)}")
    return found
