"""Plug-ins: Python files and installed packages that register parts when they are imported.

An installed package names its modules in the entry-point group `ganarium.parts`; a file is named on the command line
with `--plugin FILE`, or in Python with `ganarium.load_plugin`. A run records which plug-ins were loaded, but never
imports one: nothing that is read from a run directory is executed.
"""

import logging
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from ganarium.config.datasets import DATA
from ganarium.config.games import GAMES
from ganarium.config.metrics import METRICS
from ganarium.config.networks import DISCRIMINATORS, GENERATORS
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.observers import OBSERVERS
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.config.registry import Registry
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.arguments import some_path
from ganarium.core.errors import InputError, failure

REGISTRIES: tuple[Registry[Any], ...] = (
    *(DATA, GAMES, GENERATORS, DISCRIMINATORS),
    *(OBJECTIVES, UPDATES, OPTIMIZERS, REMEDIES, OBSERVERS, METRICS),
)
GROUP = "ganarium.parts"
VARIABLE = "GANARIUM_PLUGINS"  # environment variable: files that processes started by this one load as well


@dataclass(frozen=True)
class Plugin:
    """A loaded plug-in: its file or entry point, and the version of its package or the hash of its file."""

    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} ({self.version})"


LOADED: dict[str, Plugin] = {}
_packages = {"ganarium"}  # top-level modules that registered parts while a plug-in was loaded


def load_plugin(path: Path | str) -> Plugin:
    """Import a Python file that registers parts; a file that is already loaded is not imported again.

    Raises `InputError` if the file does not exist or fails to import.
    """
    path = some_path("path", path)
    key = str(path.resolve())
    if key in LOADED:
        return LOADED[key]
    if path.suffix != ".py" or not path.is_file():
        raise InputError(
            f"plug-in {path}: {'is not a Python file (.py)' if path.exists() else 'does not exist; check the path'}"
        )
    name = f"ganarium_plugin_{sha256(key.encode()).hexdigest()[:8]}_{path.stem}"
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    before = [(registry, [*registry.values()]) for registry in REGISTRIES]
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        for registry, entries in before:
            registry.restore(entries)
        raise InputError(f"plug-in {path}: importing it failed: {failure(error)}") from error
    added = [entry for registry, entries in before for entry in registry.values() if entry not in entries]
    _packages.update(_package_of(entry.origin) for entry in added)
    if not added:
        logging.getLogger("ganarium").warning("plug-in %s: it registers no parts; see ganarium.register", path)
    LOADED[key] = Plugin(path.name, f"sha256 {sha256(path.read_bytes()).hexdigest()[:16]}")
    os.environ[VARIABLE] = os.pathsep.join([*_inherited(), key] if key not in _inherited() else _inherited())
    return LOADED[key]


def load_inherited() -> None:
    """Load the plug-ins that the parent process named in the environment."""
    for path in _inherited():
        load_plugin(path)


@cache
def load_installed() -> None:
    """Import the plug-ins of installed packages; one that fails is reported and skipped."""
    for point in entry_points(group=GROUP):
        key = f"{GROUP}:{point.name}"
        if key in LOADED:
            continue
        try:
            point.load()
        except Exception as error:  # third-party code may raise anything
            where = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
            logging.getLogger("ganarium").warning(
                "plug-in %s of %s failed to import, so its parts are missing: %s", point.name, where, failure(error)
            )
        else:
            _packages.add(_package_of(point.value))
            LOADED[key] = Plugin(point.name, f"{point.dist.name} {point.dist.version}" if point.dist else point.value)


def changed_plugins(recorded: Iterable[str]) -> Iterator[str]:
    """Yield one sentence for each plug-in that a run recorded and that is now loaded in another version."""
    loaded = {plugin.name: str(plugin) for plugin in LOADED.values()}
    for plugin in recorded:
        now = loaded.get(plugin.rpartition(" (")[0])
        if now is not None and now != plugin:
            yield f"the run was created with the plug-in {plugin}, but {now} is loaded"


def is_loaded_elsewhere(origin: str) -> bool:
    """Return whether child processes also have the parts that a module registered.

    Child processes load plug-in files and installed plug-ins, but not the script or notebook of this process.
    """
    return _package_of(origin) in _packages


def _package_of(module: str) -> str:
    return module.replace(":", ".").partition(".")[0]


def _inherited() -> list[str]:
    return [path for path in os.environ.get(VARIABLE, "").split(os.pathsep) if path]
