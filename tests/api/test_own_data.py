"""Data from Python and registered data sets: trained, killed, resumed, scored and checked like files."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import ganarium
from ganarium.config.data_files import ArrayConfig, CoordinatesConfig
from ganarium.config.plugins import VARIABLE
from ganarium.core.errors import UsageError
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run

PARTS = """
    import numpy as np
    from torch.utils.data import Dataset

    import ganarium


    class Bars(Dataset):
        def __init__(self, total):
            self.total = total

        def __len__(self):
            return self.total

        def __getitem__(self, i):
            image = np.random.default_rng(i).integers(0, 256, (16, 16), dtype=np.uint8)
            return image, i % 2


    @ganarium.register.data("bars")
    def bars(total: int = 900):
        "Random images in two classes."
        return Bars(total)


    @ganarium.register.data("helix", points=True)
    def helix(total: int = 900):
        "A helix in three dimensions."
        angle = np.random.default_rng(0).random(total) * 12
        return np.stack([np.cos(angle), np.sin(angle), angle / 10], 1)
"""
SCRIPT = """
    import sys

    import ganarium
    from parts import Bars

    ganarium.train("dense-digits", *sys.argv[2:], data=Bars(200), out=sys.argv[1])
"""
TINY = ("train.batch=8", "engine.threads=1", "engine.kernels=default", "engine.device=cpu", "record.monitor_every=0")
STEPS = ("train.steps=500", "record.checkpoint_seconds=0.05", "game.conditional=true")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "parts.py").write_text(dedent(PARTS))
    (tmp_path / "train.py").write_text(dedent(SCRIPT))
    return tmp_path


def train(folder: Path, recipe: str = "dense-digits", **given: object) -> Run:
    return ganarium.train(recipe, *TINY, steps=2, out=folder / "run", on_line=lambda _: None, **given)


def equal(run: Path, other: Path, step: int) -> bool:
    """Whether all tensors of two runs are the same after a step."""
    file = f"checkpoints/step-{step:08d}.safetensors"
    one, two = read(run / file).tensors, read(other / file).tensors
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def killed(words: tuple[str, ...], folder: Path, run: str) -> None:
    """Start a training and kill it after its first checkpoint of a trained network."""
    process = subprocess.Popen(words, cwd=folder, stderr=subprocess.DEVNULL)
    while not [file for file in (folder / run / "checkpoints").glob("*.safetensors") if int(file.stem[5:]) > 0]:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (folder / run / "checkpoints" / "step-00000500.safetensors").exists()


@pytest.mark.slow
def test_a_killed_run_on_a_data_set_is_resumed_bit_for_bit_without_it(folder: Path, real_command):
    words = (sys.executable, "train.py")
    whole = subprocess.run([*words, "whole", *TINY, *STEPS], cwd=folder, capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    killed((*words, "killed", *TINY, *STEPS), folder, "killed")
    assert len(list((folder / "runs" / "data").iterdir())) == 1
    (folder / "parts.py").unlink()
    resumed = real_command("resume", "killed", folder=folder)
    assert resumed.returncode == 0, resumed.stderr
    assert equal(folder / "whole", folder / "killed", 500)


@pytest.mark.slow
def test_a_run_on_a_registered_data_set_is_resumed_bit_for_bit_while_its_samples_are_the_same(
    folder: Path, real_command
):
    command = ("--plugin", "parts.py", "train", "dense-digits", "data=bars", "data.count=300", *TINY)
    for name, steps in (("whole", 30), ("part", 15)):
        done = real_command(*command, f"train.steps={steps}", "--out", name, folder=folder)
        assert done.returncode == 0, done.stderr
    alone = real_command("resume", "part", "--steps", "30", folder=folder)
    assert "unknown name 'bars'" in alone.stderr
    assert "the run was created with the plug-in parts.py" in alone.stderr
    resume = ("--plugin", "parts.py", "resume", "part", "--steps")
    assert real_command(*resume, "30", folder=folder).returncode == 0
    assert equal(folder / "whole", folder / "part", 30)
    (folder / "parts.py").write_text(dedent(PARTS).replace("default_rng(i)", "default_rng(i + 1)"))
    changed = real_command(*resume, "32", folder=folder)
    assert "let the function registered as data=bars return the same samples in every process" in changed.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("own_registries")
def test_registered_data_sets_are_listed_shown_checked_exported_and_scored_against(
    folder: Path, ganarium, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(VARIABLE, "")

    def said(*words: str) -> str:
        done = ganarium("--plugin", "parts.py", *words, folder=folder)
        assert done.status == 0, done.stderr
        return done.stdout

    assert "bars           Random images in two classes." in said("data", "list")
    assert "shape      [1, 16, 16]" in said("data", "show", "bars", "total=500")
    assert "shape      [3]" in said("data", "show", "helix")
    assert "next: ganarium train plane data=helix" in said("data", "check", "helix")
    said("data", "export", "helix", "--out", "points.npz")
    assert "sliced/points" in said("evaluate", "points.npz", "--against", "helix", "data.held_out=0.3")


@pytest.mark.slow
@pytest.mark.parametrize("d", [1, 3, 64])
def test_points_of_any_dimension_are_trained_scored_and_diagnosed(d: int, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    points = np.random.default_rng(0).normal(size=(400, d))
    run = train(tmp_path, "ring", data=TensorDataset(torch.from_numpy(points)), train={"batch": 16})
    assert isinstance(run.experiment.data, CoordinatesConfig)
    assert ganarium.load(run).sample(5).shape == (5, d)
    scores = ganarium.evaluate(points[:100], against=run.experiment.data.coordinates, words=["held_out=0.4"])
    assert {"sliced", "recall", "two-sample"} <= {score.name.split("/")[0] for score in scores}
    ganarium.diagnose(run)


@pytest.mark.slow
def test_data_from_python_are_saved_once_and_selected_by_settings(tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    images = torch.randint(256, (40, 1, 16, 16), dtype=torch.uint8)
    data = TensorDataset(images, torch.arange(40) % 2)
    run = train(tmp_path, data=DataLoader(data, batch_size=8), game={"conditional": True})
    assert isinstance(run.experiment.data, ArrayConfig)
    assert run.provenance.classes == ("0", "1")
    again = ganarium.experiment("dense-digits", "data.held_out=0.2", data=data)
    assert again.data.array == run.experiment.data.array
    assert again.data.held_out == 0.2
    points = ganarium.experiment("ring", data={"points": torch.randn(50, 20), "held_out": 0.2}).data
    assert np.load(points.coordinates)["points"].shape == (50, 20)
    assert points.held_out == 0.2


def test_a_transform_of_files_and_a_check_of_points_are_refused():
    with pytest.raises(UsageError, match="transform=…: applies only to data from Python"):
        ganarium.experiment("ring", data="grid", transform=len)
    for settings in ({"images": np.zeros((5, 2))}, np.zeros((5, 2))):
        with pytest.raises(UsageError, match=r"arrays are not settings; pass data to ganarium\.train as data=…"):
            ganarium.experiment("ring").replace(data=settings)
    with pytest.raises(UsageError, match="the data are points; only images are checked for faults"):
        ganarium.check(torch.eye(5, 2))
    assert ganarium.recommend(np.random.default_rng(0).normal(size=(200, 3))).recipe == "plane"
