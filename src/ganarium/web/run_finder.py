"""Search of a folder for runs: not through links, not into runs, and not into hidden folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path

from ganarium.core.escape import printable
from ganarium.runs.directory import EXPERIMENT

DEPTH = 4  # folders between the folder of runs and a run
MOST = 20_000  # maximum number of runs that are listed
STUDY = "study.toml"
TRIAL = "-trial-"


@dataclass(frozen=True)
class FoundRun:
    """A run in the folder of runs.

    key: identifier for addresses, 12 hex digits of the hash of the relative path
    name: the relative path, escaped so that it is printable
    group: the study or trial that the run belongs to, with the name of the variant, or None
    """

    path: Path
    key: str
    name: str
    group: dict[str, str] | None


def find_runs(root: Path) -> Iterator[FoundRun]:
    """Yield the runs in a folder, in the order of their names; a folder that cannot be read is skipped."""
    if (root / EXPERIMENT).is_file():
        yield _found(root, root, root.parent)
        return
    for path, in_study in islice(_walk(root, 0, False), MOST):
        yield _found(path, root, root, in_study=in_study)


def key_of(path: Path, root: Path) -> str:
    """Return the identifier of a run."""
    return sha256(os.fsencode(path.relative_to(root).as_posix())).hexdigest()[:12]


def _walk(folder: Path, depth: int, in_study: bool) -> Iterator[tuple[Path, bool]]:
    """Yield the path of each run below a folder, and whether it belongs to a study."""
    names: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == EXPERIMENT:
                if depth:
                    yield folder, in_study
                    return
            elif entry.name == STUDY:
                in_study = True
            elif not entry.name.startswith("."):
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        names.append(entry.name)
    if depth < DEPTH:
        for name in sorted(names):
            yield from _walk(folder / name, depth + 1, in_study)


def _found(path: Path, root: Path, base: Path, *, in_study: bool = False) -> FoundRun:
    name = printable(path.relative_to(base).as_posix())
    return FoundRun(path, key_of(path, root), name, _group_of(name, in_study))


def _group_of(name: str, in_study: bool) -> dict[str, str] | None:
    folder, _, last = name.rpartition("/")
    if in_study and folder:
        variant = last.rpartition("-seed")[0] or last
        return {"kind": "study", "name": folder.removesuffix("/runs"), "variant": variant}
    if TRIAL in folder.rpartition("/")[2]:
        return {"kind": "trial", "name": folder, "variant": last}
    return None
