"""Snapshots of a training on points in the plane, one JSON file for each; functions take the path of the run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ganarium.core.atomic import cannot_write, write_whole
from ganarium.core.errors import RunError
from ganarium.runs.directory import PLANE, PLANE_DATA


def snapshot_name(step: int) -> str:
    """Return the name of the file of a step."""
    return f"step-{step:08d}.json"


def save_snapshot(path: Path, step: int, values: Mapping[str, Any]) -> None:
    """Write the snapshot of a step. Raises `RunError` if it cannot be written."""
    _save(path, snapshot_name(step), values)


def save_real_points(path: Path, points: list[list[float]]) -> None:
    """Write real points, unless the file exists. Raises `RunError` if it cannot be written."""
    if not (path / PLANE / PLANE_DATA).exists():
        _save(path, PLANE_DATA, {"points": points})


def _save(path: Path, name: str, values: Mapping[str, Any]) -> None:
    try:
        (path / PLANE).mkdir(exist_ok=True)
    except OSError as error:
        raise RunError(cannot_write(path / PLANE, error)) from None
    write_whole(path / PLANE / name, json.dumps(values, separators=(",", ":"), allow_nan=False).encode())
