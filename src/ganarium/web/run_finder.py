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
BASELINE = "baseline"  # of ganarium.studies.trial, which imports torch


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
    for path, kind in islice(_walk(root, 0, None), MOST):
        yield _found(path, root, root, kind)


def key_of(path: Path, root: Path) -> str:
    """Return the identifier of a run."""
    return sha256(os.fsencode(path.relative_to(root).as_posix())).hexdigest()[:12]


def _walk(folder: Path, depth: int, kind: str | None) -> Iterator[tuple[Path, str | None]]:
    """Yield the path of each run below a folder, and "study" or "trial" if it belongs to one.

    The runs of a trial are known by the one without a remedy, which lies beside them.
    """
    names: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == EXPERIMENT:
                if depth:
                    yield folder, kind
                    return
            elif entry.name == STUDY:
                kind = "study"
            elif not entry.name.startswith("."):
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        names.append(entry.name)
    if depth < DEPTH:
        kind = kind or ("trial" if BASELINE in names else None)
        for name in sorted(names):
            yield from _walk(folder / name, depth + 1, kind)


def _found(path: Path, root: Path, base: Path, kind: str | None = None) -> FoundRun:
    name = printable(path.relative_to(base).as_posix())
    return FoundRun(path, key_of(path, root), name, _group_of(name, kind))


def _group_of(name: str, kind: str | None) -> dict[str, str] | None:
    folder, _, last = name.rpartition("/")
    if kind is None or not folder:
        return None
    if kind == "trial":
        return {"kind": kind, "name": folder, "variant": last}
    return {"kind": kind, "name": folder.removesuffix("/runs"), "variant": last.rpartition("-seed")[0] or last}
