"""Load data sets of points from the user's arrays and tables."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ganarium.config.data_files import MOST_DIMENSIONS, SMALLEST, CoordinatesConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.escape import listed, printable
from ganarium.data.datasets import Card, PointSet, Split
from ganarium.data.files.array_names import PICTURES, UNNAMED
from ganarium.data.files.content_splits import digest, rows_of
from ganarium.data.files.npz import SUFFIXES, keys_of, read_arrays, shape_of
from ganarium.data.files.tables import COMMON, ROW_NUMBERS, first_line, header_of, is_table, read_table

POINTS = "points"
POINT_NAMES = (POINTS, "coordinates")
NAMES = (*POINT_NAMES, *PICTURES, UNNAMED[0])
AXES = ("x", "y", "z")
FEW_COLUMNS = range(1, SMALLEST)  # numbers of columns that are too few for images
MOST_NAMED = 5  # columns in a message
ADVICE = f"points are rows of 1 to {MOST_DIMENSIONS} finite numbers"


def holds_points(path: Path) -> bool:
    """Return whether a file seems to contain points: rows of few numbers, or an array named like points."""
    with suppress(InputError):
        if is_table(path) and path.is_file():
            fields = first_line(path)
            return len(_axes(header_of(fields), len(fields))) in FEW_COLUMNS
        if path.suffix.lower() in SUFFIXES:
            keys = [key for key in keys_of(path) if key.lower() in NAMES]
            shapes = [shape_of(path, key) for key in keys if key.lower() not in POINT_NAMES]
            return bool(keys) and all(len(shape) == 2 and shape[1] in FEW_COLUMNS for shape in shapes)
    return False


def load(settings: CoordinatesConfig, split: Split = "train") -> PointSet:
    """Load one split of the points in an .npz, .npy, .csv or .csv.gz file; the content of a point determines its split.

    Raises `InputError` when the file has no points, `EmptySplitError` when the split has no points.
    """
    path = Path(settings.coordinates)
    points = read_points(path)
    if split == "train" and (unread := _unread(path)):
        named = listed((f"'{printable(name)}'" for name in unread), MOST_NAMED)
        logging.getLogger("ganarium").warning("%s: ignored columns or arrays: %s", path, named)
    contents = [digest(point.data) for point in points]
    rows = rows_of(split, contents, settings.held_out)
    if split == "train" and settings.count is not None:  # files may be sorted
        rows = sorted(sorted(rows, key=lambda row: contents[row])[: settings.count])
    if not rows:
        raise EmptySplitError(
            f"{path}: the {split} split is empty; data.held_out={settings.held_out:g} of {len(points):,} points are "
            f"held out, and equal points share a split: {len(set(contents)):,} are different; change data.held_out or "
            "add points"
        )
    card = Card(printable(path.name), "", "", f"Your own points, from {printable(str(path))}.")
    return PointSet(settings.kind, None, torch.from_numpy(points[rows]), card)


def read_points(path: Path) -> NDArray[np.float32]:
    """Read all points in a file, [n, d]; raises `InputError` when there are no points."""
    where, values = _from_table(path) if is_table(path) else _from_arrays(path)
    return to_points(values, where)


def to_points(values: NDArray[Any], where: str) -> NDArray[np.float32]:
    """Copy numbers [n, d] or [n] to points [n, d]; raises `InputError`, prefixed with `where`, for other arrays."""
    if values.ndim == 1:
        values = values[:, None]
    if values.ndim != 2 or not 1 <= values.shape[1] <= MOST_DIMENSIONS or values.dtype.kind not in "iuf":
        shape = "×".join(map(str, values.shape))
        raise InputError(f"{where}: the array has shape {shape} and type {values.dtype}; {ADVICE}")
    with np.errstate(over="ignore"):
        points = values.astype(np.float32)
    wrong = np.flatnonzero(~np.isfinite(points).all(1))
    if len(wrong):
        raise InputError(f"{where}: row {wrong[0]:,} is not finite (NaN, infinite or beyond float32); {ADVICE}")
    return np.ascontiguousarray(points)


def _from_table(path: Path) -> tuple[str, NDArray[Any]]:
    table = read_table(path)
    axes = _axes(table.names, table.numbers.shape[1])
    return str(path), table.numbers[:, axes]


def _axes(names: tuple[str, ...], columns: int) -> list[int]:
    """Return the indices of the columns that contain coordinates.

    These are x, y and z if the header names at least x and y, else all columns except labels and row numbers.
    """
    if set(AXES[:2]) <= set(names):
        return [names.index(axis) for axis in AXES if axis in names]
    others = (*COMMON, *ROW_NUMBERS)
    return [column for column, name in enumerate(names) if name not in others] if names else list(range(columns))


def _unread(path: Path) -> list[str]:
    """Return the names of the columns or arrays that are not read, other than row numbers."""
    if not is_table(path):
        return [key for key in keys_of(path) if key != _key(path)]
    names = header_of(first_line(path))
    axes = _axes(names, len(names))
    return [name for column, name in enumerate(names) if column not in axes and name not in ROW_NUMBERS]


def _from_arrays(path: Path) -> tuple[str, NDArray[Any]]:
    key = _key(path)
    return f"{path}, {key}" if path.suffix.lower() == ".npz" else str(path), read_arrays(path, [key])[key]


def _key(path: Path) -> str:
    """Return the name of the array of points or, if there is none, of an array with a name for images."""
    keys = keys_of(path)
    found = next((key for name in NAMES for key in keys if key.lower() == name), None)
    if found is None:
        raise InputError(f"{path}: no array is named {POINTS}; found: {listed(keys)}")
    return found
