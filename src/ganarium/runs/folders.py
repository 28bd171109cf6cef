"""Run folders: lookup of runs by name, and creation of folders for new runs."""

import os
import re
import shutil
from dataclasses import replace
from fnmatch import fnmatch
from itertools import count
from pathlib import Path
from uuid import uuid4

from ganarium.config.experiment import Experiment
from ganarium.core.arguments import named
from ganarium.core.atomic import cannot_write, write_whole
from ganarium.core.errors import RunError, UnknownNameError, UsageError
from ganarium.core.escape import listed
from ganarium.core.outputs import ANOTHER, refuse_blocked, refuse_file_name
from ganarium.runs.directory import EXPERIMENT, OWN_FILES, Run
from ganarium.runs.provenance import Provenance

HOME = Path("runs")
ARRAY_FOLDER = HOME / "data"  # of training arrays passed from Python


def create_run(path: Path, experiment: Experiment, provenance: Provenance, *, overwrite: bool = False) -> Run:
    """Create a run directory, which gets an identity of its own that it keeps when it is moved.

    Raises `UsageError` if the path exists, unless it is a run and `overwrite` is set; `RunError` if the folder cannot
    be written.
    """
    _make_way(path, overwrite=overwrite)
    run = Run(path, experiment, replace(provenance, identity=_new_identity(path)))
    run.create_folders()
    run.rewrite(experiment)
    return run


def _new_identity(path: Path) -> str:
    """Return the name of a folder, in letters that all tracking programs accept, and a random number."""
    name = re.sub(r"[^\w.=,+-]+", "-", path.name, flags=re.ASCII).strip("-")[:80] or "run"
    return f"{name}-{uuid4().hex[:12]}"


def find_run(run: Path | str) -> Run:
    """Find a run by its path, or by its name or a prefix of the name under ./runs.

    Raises `UsageError` for an ambiguous prefix, `UnknownNameError` if there is no such run.
    """
    if not isinstance(run, Path | str):
        raise UsageError(f"{named('run', run)}: pass a run, its path, or its name under ./runs")
    name = str(run)
    if (Path(name) / EXPERIMENT).is_file():
        return Run.open(name)
    names = run_names()
    matches = [one for one in names if one == name] or [one for one in names if name and one.startswith(name)]
    if len(matches) > 1:
        raise UsageError(f"{name!r} matches several runs: {', '.join(matches)}; use the full name")
    if not matches:
        raise UnknownNameError("run at that path or under ./runs", name, run_names(like=name))
    return Run.open(HOME / matches[0])


def run_names(like: str = "") -> list[str]:
    """Return the names of the runs under ./runs; with their folder, as in runs/digits, if `like` is such a path."""
    names = sorted(path.parent.name for path in HOME.glob(f"*/{EXPERIMENT}"))
    return [str(HOME / name) for name in names] if Path(like).parent == HOME else names


def keep_array(name: str, data: bytes, folder: Path = ARRAY_FOLDER) -> Path:
    """Write training arrays to a file in `folder`, unless the file exists, and return the path."""
    path = folder / f"{name}.npz"
    if not path.exists():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(cannot_write(path, error)) from None
        write_whole(path, data)
    return path


def fresh_path(name: str) -> Path:
    """Create a folder with an unused name under ./runs (name, name-2, name-3, …) and return the path."""
    for number in count(1):
        path = HOME / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir(parents=True)
        except OSError as error:
            if os.path.lexists(path):
                continue
            raise RunError(cannot_write(path, error, ANOTHER)) from None
        return path
    raise AssertionError("unreachable: numbers never run out")


def refuse_taken(path: Path, *, overwrite: bool) -> None:
    """Raise `UsageError` if a new run cannot be created at `path`.

    An empty folder is allowed. If `overwrite` is set, an existing run is allowed, too, unless its folder contains files
    that do not belong to the run.
    """
    refuse_file_name(path)
    refuse_blocked(path)
    if not _is_taken(path):
        return
    if not overwrite:
        raise UsageError(f"{path} already exists: {ANOTHER}, or overwrite it")
    if not (path / EXPERIMENT).is_file():
        raise UsageError(f"{path} is not a run, so it is not overwritten; {ANOTHER}")
    if foreign := [name for name in _files_in(path) if not any(fnmatch(name, pattern) for pattern in OWN_FILES)]:
        raise UsageError(
            f"{path} contains files that do not belong to the run, such as {listed(foreign, 3)}, so it is not "
            f"overwritten; move them, or {ANOTHER}"
        )


def _make_way(path: Path, *, overwrite: bool) -> None:
    """Delete an existing run at `path`, or raise `UsageError` if `overwrite` is not set."""
    refuse_taken(path, overwrite=overwrite)
    if _is_taken(path):
        with Run.open(path).held():
            pass
        shutil.rmtree(path)


def _files_in(path: Path) -> list[str]:
    return sorted(
        found.relative_to(path).as_posix() for found in path.rglob("*") if found.is_symlink() or found.is_file()
    )


def _is_taken(path: Path) -> bool:
    return path.exists() and not (path.is_dir() and not any(path.iterdir()))
