"""Points that a person drew on the page or dropped as a table, stored so that runs can train on them."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ganarium.core.errors import InputError
from ganarium.runs.directory import EXPERIMENT
from ganarium.runs.folders import ARRAY_FOLDER, keep_array
from ganarium.web.errors import PageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEWEST, MOST = 3, 20_000
LARGEST = 1e6  # absolute value of a coordinate
FEW = 50  # different points below which none are held out, since a split could be empty


def store_points(folder: Path, values: dict[str, Any]) -> dict[str, Any]:
    """Store points for training; return the settings that select them, and their number.

    values: `points`, a list of [x, y], or `csv`, the text of a table with the columns x and y, or with two columns

    Raises `InputError` for anything but 3 to 20,000 different finite points within ±10⁶.
    """
    from ganarium.data.export import arrays, npz_bytes
    from ganarium.data.given_data import points_of

    if (folder / EXPERIMENT).is_file():
        raise PageError(409, "this page shows a single run; start ganarium watch on the folder that contains the run")
    if ("points" in values) == ("csv" in values):
        raise InputError("points: give points, a list of [x, y], or csv, the text of a table")
    name = "points" if "points" in values else "csv"
    points = _listed(values["points"]) if name == "points" else _from_table(values["csv"])
    _refuse_number(name, len(points))
    different = len({(float(x), float(y)) for x, y in points})
    if different < FEWEST:
        raise InputError(f"{name}: only {different} points are different; give at least {FEWEST}")
    source = points_of(points, name)
    path = keep_array(source.hash, npz_bytes(arrays(source)), folder / ARRAY_FOLDER.name)
    words = [f"data.coordinates={path.absolute()}"]
    if different < FEW:
        words.append("data.held_out=0")
    return {"words": words, "count": len(points)}


def _refuse_number(name: str, number: int) -> None:
    if not FEWEST <= number <= MOST:
        raise InputError(f"{name}: {number:,} points; give {FEWEST} to {MOST:,}")


def _listed(values: Any) -> NDArray[np.float32]:
    """Return a list of [x, y] as an array. Raises `InputError` that names the first wrong point."""
    import numpy as np

    if not isinstance(values, list):
        raise InputError("points: must be a list of [x, y]")
    _refuse_number("points", len(values))
    for number, point in enumerate(values, 1):
        if not isinstance(point, list) or len(point) != 2 or not all(map(_is_coordinate, point)):
            raise InputError(f"points: point {number:,} must be [x, y], two numbers between −1,000,000 and 1,000,000")
    return np.array(values, dtype=np.float32)


def _is_coordinate(value: Any) -> bool:
    return type(value) in (int, float) and isfinite(value) and abs(value) <= LARGEST


def _from_table(text: Any) -> NDArray[np.float32]:
    """Return the points in the text of a table, read as a file of the same content is. Raises `InputError`."""
    from ganarium.data.files.point_files import read_points

    if not isinstance(text, str) or not text.strip():
        raise InputError("csv: must be the text of a table with two columns, x and y")
    with TemporaryDirectory() as place:
        path = Path(place) / "points.csv"
        path.write_bytes(text.encode("utf-8", "replace"))
        try:
            points = read_points(path)
        except InputError as error:
            raise InputError(f"csv: {str(error).replace(str(path), 'the table')}") from None
    if points.shape[1] != 2:
        raise InputError(f"csv: {points.shape[1]} columns of numbers; give two, or name two of them x and y")
    if (abs(points) > LARGEST).any():
        raise InputError(f"csv: coordinates must be between −{LARGEST:,.0f} and {LARGEST:,.0f}")
    return points
