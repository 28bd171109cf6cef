"""Registered data sets have settings, are called once, and are split by content like files."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

import ganarium
from ganarium.config.datasets import DATA
from ganarium.config.overrides import data_settings
from ganarium.config.plugins import LOADED, VARIABLE, load_plugin
from ganarium.core.errors import EmptySplitError, GanariumError, SettingsError, UsageError
from ganarium.data.load import load_data

pytestmark = pytest.mark.usefixtures("own_registries")
SPLITS = ("train", "validation", "test")


def registered(**options):
    calls = []

    @ganarium.register.data("blocks", **options)
    def blocks(total: int = 200, seed: int = 0):
        """Random blocks."""
        calls.append(total)
        images = np.random.default_rng(seed).integers(0, 256, (total, 1, 16, 16), dtype=np.uint8)
        return TensorDataset(torch.from_numpy(images), torch.arange(total) % 2)

    return calls


def test_its_parameters_are_settings_and_its_function_is_called_once_for_all_splits():
    calls = registered()
    settings = data_settings(["data=blocks", "data.held_out=0.5", "data.total=100"])
    parts = [load_data(settings, split) for split in SPLITS]
    assert sum(map(len, parts)) == 100
    assert calls == [100]
    rows = [{image.numpy().tobytes() for image in part.images} for part in parts]
    assert all(rows)
    assert len(rows[0] | rows[1] | rows[2]) == 100
    assert (parts[0].name, parts[0].classes) == ("blocks", ("0", "1"))
    assert len(load_data(settings.model_copy(update={"count": 7}))) == 7
    assert calls == [100]
    assert len(load_data(data_settings(["data=blocks", "data.held_out=0"]))) == 200


def test_points_are_registered_as_such():
    @ganarium.register.data("cube", points=True)
    def cube(d: int = 3):
        return np.random.default_rng(0).random((50, d))

    settings = data_settings(["data=cube", "data.d=5"])
    assert settings.holds_points
    assert load_data(settings).shape == (5,)
    registered(points=True)
    with pytest.raises(SettingsError, match=r'returned images; register it with .*data\("blocks", points=False\)'):
        load_data(data_settings(["data=blocks"]))


def test_a_function_that_is_registered_again_replaces_the_first():
    means = []
    for value in (1, 2):

        @ganarium.register.data("flat")
        def flat(value: int = value):
            return np.full((20, 16, 16), value, np.uint8)

        means.append(load_data(data_settings(["data=flat"])).images.float().mean().item())
    assert means == [1, 2]


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (lambda: 1 / 0, "data=bad: its function failed: ZeroDivisionError: division by zero"),
        (lambda: None, "data=bad: its function returned NoneType; return a data set"),
        (lambda: np.eye(5, 2), r"data=bad: its function returned points; register it with .*points=True"),
        (lambda: np.zeros((5, 16, 16, 2)), r"data=bad: shape 5×16×16×2 is not one of"),
        (lambda: TensorDataset(torch.zeros(0, 2)), r"data=bad \(TensorDataset\): the data set has length 0"),
    ],
)
def test_a_function_that_fails_or_returns_something_else_is_named(made, complaint):
    ganarium.register.data("bad")(lambda: made())
    with pytest.raises(GanariumError, match=complaint):
        load_data(data_settings(["data=bad"]))


def test_an_empty_split_and_wrong_settings_are_named():
    registered()
    with pytest.raises(EmptySplitError, match=r"data=blocks: the test split is empty; data\.held_out=0 of 200 samples"):
        load_data(data_settings(["data=blocks", "data.held_out=0"]), "test")
    with pytest.raises(UsageError, match=r"no setting named 'data\.totl'; did you mean data\.total"):
        data_settings(["data=blocks", "data.totl=3"])
    with pytest.raises(UsageError, match="the setting 'count' already exists for every data set; rename it"):
        ganarium.register.data("other")(lambda count=3: count)
    with pytest.raises(UsageError, match=r"already registered by ganarium"):
        ganarium.register.data("mnist")(lambda: None)
    with pytest.raises(UsageError, match=r'for example @ganarium\.register\.data\("my-name"\)'):
        ganarium.register.data(lambda: None)


def test_a_setting_that_is_a_list_is_refused():
    @ganarium.register.data("listed")
    def listed(sizes: list[int] = [1, 2]):  # noqa: B006
        return sizes

    with pytest.raises(SettingsError, match="data=listed: a setting is a list or table; register it as a tuple"):
        load_data(data_settings(["data=listed"]))


SLOW = """
import numpy as np
import ganarium

calls = []


@ganarium.register.data("slow", points={points})
def slow(total: int = 80):
    calls.append(total)
    rng = np.random.default_rng({seed})
    return {made}
"""
IMAGES = "rng.integers(0, 256, (total, 1, 16, 16), dtype=np.uint8), np.arange(total) % 2 + 3"


def told(tmp_path: Path, seed: int = 0, *, points: bool = False) -> list[int]:
    """Load the data set of a plug-in file that a new process would import; return the calls of its function."""
    file = tmp_path / "slow.py"
    text = SLOW.format(seed=seed, points=points, made="rng.random((total, 3))" if points else IMAGES)
    file.write_text(text + "\n" * seed)  # of another size: Python compares the time of its bytecode in whole seconds
    LOADED.pop(str(file.resolve()), None)
    DATA.restore(entry for entry in DATA.values() if entry.name != "slow")
    load_plugin(file)
    return next(module.calls for module in sys.modules.values() if getattr(module, "__file__", "") == str(file))


@pytest.mark.parametrize("points", [False, True])
def test_cached_samples_are_read_from_the_disk_until_the_source_changes(points, tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(VARIABLE, "")
    hashes = []
    for seed, cache, called in ((0, "false", 1), (0, "true", 1), (0, "true", 0), (1, "true", 1), (0, "true", 0)):
        calls = told(tmp_path, seed, points=points)
        source = load_data(data_settings(["data=slow", f"data.cache={cache}"]))
        assert len(calls) == called
        hashes.append((source.hash, source.classes, source.name))
    assert len({*hashes}) == 2
    assert hashes[0] == hashes[1] == hashes[2] == hashes[4]
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(file.read_bytes()[:-50])
    calls = told(tmp_path, points=points)
    assert load_data(data_settings(["data=slow", "data.cache=true"])).hash == hashes[0][0]
    assert len(calls) == 1
