"""What many tests share: one thread, and experiments small enough to finish in milliseconds."""

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
import torch
from hypothesis import settings

from ganarium.cli.main import main
from ganarium.config.experiment import Experiment
from ganarium.config.plugins import REGISTRIES, VARIABLE
from ganarium.config.registry import Registry
from ganarium.data.datasets import Source
from ganarium.data.files.idx_sets import DEBIAN
from ganarium.data.load import load_data
from ganarium.recipes import RECIPES
from ganarium.testing.training import small

torch.set_num_threads(1)
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:  # as under nohup; processes that tests start inherit it
        signal.signal(number, handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Measure coverage by the fast tests alone: to trace the slow ones costs a third of their time."""
    if config.pluginmanager.hasplugin("pytest_cov"):
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker("no_cover")


settings.register_profile("ganarium", deadline=None, derandomize=True)
settings.load_profile("ganarium")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Decoded pictures go where no person's are, for processes that tests start as well."""
    os.environ["GANARIUM_CACHE"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def needs_data() -> Callable[[str], None]:
    """To be called with a recipe: skips the test where its data are not on this machine."""

    def skip_without(recipe: str) -> None:
        if RECIPES[recipe].experiment().data.kind == "fashion" and not DEBIAN.is_dir():
            pytest.skip("the package dataset-fashion-mnist is not installed")

    return skip_without


Tiny = Callable[..., Experiment]


@pytest.fixture(scope="session")
def tiny() -> Tiny:
    """An experiment of tiny dense networks on 64 drawn pictures of 16×16, changed by `a.b=c` words."""
    return small


@pytest.fixture(scope="session")
def pictures(tiny: Tiny) -> Source:
    """The data of `tiny`."""
    return load_data(tiny().data)


@dataclass(frozen=True)
class Said:
    """How a command line ended, and what it said."""

    status: object
    stdout: str
    stderr: str


Ganarium = Callable[..., Said]


def run_here(*words: object, folder: Path) -> Said:
    """One command line inside this process; anything but SystemExit is a crash and comes out."""
    out, err = io.StringIO(), io.StringIO()
    argv = patch.object(sys, "argv", ["ganarium", *map(str, words)])
    with chdir(folder), argv, redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main()
    return Said(ended.value.code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def ganarium() -> Ganarium:
    """Run a command line: ganarium("show", "ring", folder=tmp_path)."""
    return run_here


@pytest.fixture
def own_registries() -> Iterator[None]:
    """Registries to which a test may add entries, which are removed afterwards."""
    before = [dict(registry._entries) for registry in REGISTRIES]
    yield
    for registry, entries in zip(REGISTRIES, before, strict=True):
        registry._entries = entries
    Registry.changed()


@pytest.fixture(scope="session")
def real_command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command line in a process of its own: real_command("show", "ring", folder=tmp_path)."""
    inherited = {name: value for name, value in os.environ.items() if name != VARIABLE}

    def run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
        environment = inherited | {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        return subprocess.run(
            [sys.executable, "-m", "ganarium", *words], cwd=folder, env=environment, capture_output=True, text=True
        )

    return run
