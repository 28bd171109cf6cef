"""What many tests share: one thread, and experiments small enough to finish in milliseconds."""

import os
import signal
from collections.abc import Callable

import pytest
import torch
from hypothesis import settings

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import experiment_from, override
from ganarium.data.datasets import Source
from ganarium.data.files.idx_sets import DEBIAN
from ganarium.data.load import load_data
from ganarium.recipes import RECIPES

torch.set_num_threads(1)
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:  # as under nohup; processes that tests start inherit it
        signal.signal(number, handler)
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
    base = experiment_from(
        {
            "data": {"kind": "points", "count": 64, "size": 16},
            "generator": {"kind": "dense", "latent": 4, "hidden": [8]},
            "discriminator": {"kind": "dense", "hidden": [8]},
            "optim": {"kind": "adam", "lr": 0.01},
            "train": {"steps": 20, "batch": 8},
            "engine": {"threads": 1},
        }
    )
    return lambda *words: override(base, words)


@pytest.fixture(scope="session")
def pictures(tiny: Tiny) -> Source:
    """The data of `tiny`."""
    return load_data(tiny().data)
