"""Snapshots of the plane in a run directory, read without following links and checked before they are shown."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ganarium.runs.directory import PLANE, PLANE_DATA
from ganarium.runs.plane_files import snapshot_name
from ganarium.web.errors import PageError
from ganarium.web.safe_files import UnsafeFileError, read_bytes

MOST_BYTES = 1 << 20
NAME = re.compile(r"step-(\d{8,15})\.json")
Finite = Annotated[float, Field(allow_inf_nan=False)]
Surface = Annotated[list[Finite], Field(max_length=128**2)] | None
Points = Annotated[list[tuple[Finite, Finite]], Field(max_length=4096)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Warp(_Checked):
    """Images of a grid of latents, row by row."""

    side: Annotated[int, Field(ge=2, le=64)]
    points: Points


class Divergence(_Checked):
    """A divergence of the data and the generated points, and what the discriminator's loss implies."""

    name: Annotated[str, Field(max_length=100)]
    unit: Annotated[str, Field(max_length=20)]
    true: Finite
    learned: Finite


class Snapshot(_Checked):
    """The content of a snapshot."""

    step: Annotated[int, Field(ge=0)]
    box: tuple[Finite, Finite, Finite, Finite]
    side: Annotated[int, Field(ge=2, le=128)]
    logits: Surface = None
    optimal: Surface = None
    fakes: Points
    labels: Annotated[list[int], Field(max_length=4096)] | None = None
    arrows: Points | None = None
    warp: Warp | None = None
    divergence: Divergence | None = None

    @model_validator(mode="after")
    def _has_whole_surfaces(self) -> Self:
        if any(surface is not None and len(surface) != self.side**2 for surface in (self.logits, self.optimal)):
            raise ValueError("a surface has another size")
        return self


class RealPoints(_Checked):
    """The content of the file of real points."""

    points: Points


def snapshot_steps(run: Path) -> list[int]:
    """Return the steps of the snapshots, ascending."""
    steps = []
    with suppress(OSError):
        if not (run / PLANE).is_symlink():
            with os.scandir(run / PLANE) as entries:
                for entry in entries:
                    found = NAME.fullmatch(entry.name)
                    if found and entry.is_file(follow_symlinks=False):
                        steps.append(int(found[1]))
    return sorted(steps)


def snapshot(run: Path, step: int) -> dict[str, Any]:
    """Return the snapshot of a step. Raises `PageError` if it is missing or damaged."""
    found = _read(run, snapshot_name(step), Snapshot)
    if found is None:
        raise PageError(404, f"there is no snapshot of the plane at step {step:,}")
    return found


def real_points(run: Path) -> dict[str, Any] | None:
    """Return the real points of a run, or None if there are none. Raises `PageError` if they are damaged."""
    return _read(run, PLANE_DATA, RealPoints)


def _read(run: Path, name: str, model: type[_Checked]) -> dict[str, Any] | None:
    try:
        return model.model_validate_json(read_bytes(run, PLANE, name, most=MOST_BYTES)).model_dump()
    except UnsafeFileError as error:
        raise PageError(409, f"the file {PLANE}/{name} is not shown: {error}") from None
    except OSError:
        return None
    except ValidationError:
        raise PageError(409, f"the file {PLANE}/{name} is damaged; a resumed or forked run writes new ones") from None
