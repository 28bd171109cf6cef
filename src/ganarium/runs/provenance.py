"""The provenance of a run: software versions, commit, and properties of the training data."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import ConfigDict, Field, PositiveInt, TypeAdapter, ValidationError

from ganarium.config.plugins import LOADED
from ganarium.core.errors import InputError

TABLE, FORMER_TABLE = "provenance", "born"  # name of the table in experiment.toml, and in older runs


@dataclass(frozen=True)
class Provenance:
    """Origin of a run: software versions, commit, properties of the training data, and why the engine was chosen."""

    ganarium: str
    torch: str
    python: str
    machine: str
    commit: str
    data_hash: str
    shape: Annotated[tuple[PositiveInt, ...], Field(min_length=1, max_length=3)]
    classes: tuple[str, ...]
    parent: str = ""
    engine: str = ""
    untrained: tuple[str, ...] = ()  # classes without training images
    plugins: tuple[str, ...] = ()  # plug-ins that were loaded, with their version or hash
    identity: str = ""  # name of the folder when the run was created, and a number that no other run has
    parts: dict[str, str] = field(default_factory=dict)  # hashes of registered parts by setting

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")


_PROVENANCE = TypeAdapter(Provenance)


def pop_provenance(values: dict[str, Any]) -> Any:
    """Remove the provenance from the values in an experiment.toml and return its table, or None if missing."""
    old = values.pop(FORMER_TABLE, None)
    return values.pop(TABLE, old)


def validated(values: Any, path: Path) -> Provenance:
    """Convert a table to a `Provenance`, or raise an `InputError` that names the first invalid key."""
    try:
        return _PROVENANCE.validate_python({} if values is None else values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, (TABLE, *first["loc"])))
        raise InputError(f"{path}: {key}: {first['msg'].lower()}; restore the original file") from None


def as_table(provenance: Provenance) -> dict[str, Any]:
    """Return the provenance as the table that is written to experiment.toml."""
    values = asdict(provenance)
    return {TABLE: {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}}


def current_provenance(facts: Mapping[str, Any], parent: str = "", engine: str = "") -> Provenance:
    """Return the provenance of a new run, with the current versions and commit.

    facts: data_hash, shape, classes, untrained, and hashes of registered parts
    """
    return Provenance(
        ganarium=version("ganarium"),
        torch=version("torch"),
        python=platform.python_version(),
        machine=f"{platform.system()} {platform.machine()}",
        commit=_commit(),
        plugins=tuple(str(plugin) for plugin in LOADED.values()),
        parent=parent,
        engine=engine,
        **facts,
    )


def _commit() -> str:
    root = Path(__file__).parents[3]
    if not (root / ".git").exists():
        return ""
    command = ["git", "-C", str(root), "describe", "--always", "--dirty"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=5)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
