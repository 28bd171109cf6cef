"""A run stays what it is when the current folder changes."""

from contextlib import chdir
from pathlib import Path

import numpy as np
import pytest
import torch

import ganarium
from ganarium.runs.directory import Run
from ganarium.runs.folders import find_run

WORDS = ("generator.hidden=[8]", "discriminator.hidden=[8]", "train.batch=8", "engine.threads=1", "engine.device=cpu")


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders: one to train in, one to go to."""
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
    return tmp_path / "here", tmp_path / "there"


@pytest.mark.slow
def test_a_run_of_pictures_in_memory_is_used_resumed_and_forked_from_another_folder(places):
    here, there = places
    pictures = np.random.default_rng(0).integers(0, 256, (40, 16, 16), np.uint8)
    with chdir(here):
        run = ganarium.train("dense-digits", *WORDS, data=pictures, steps=4, out="runs/mine", on_line=str)
        first = ganarium.load(run).sample(3)
        assert (str(run), run.path) == ("runs/mine", here / "runs/mine")
    with chdir(there):
        assert str(run) == str(here / "runs/mine")
        assert torch.equal(ganarium.load(run).sample(3), first)
        assert run.losses().final.last == 4
        assert ganarium.diagnose(run)
        ganarium.resume(run, steps=6, on_line=str)
        child = ganarium.fork(run, 6, "train.steps=8", out="child", on_line=str)
        tried = ganarium.trial(run, "ema", at=6, steps=1, on_line=str)
        assert {path.name for path in there.iterdir()} == {"child"}
    assert run.checkpoint_steps()[-1] == 6
    assert child.path == there / "child"
    for path in (tried.parent, tried.picture, *(outcome.run for outcome in tried.outcomes)):
        assert Path(path).is_absolute()
        assert Path(path).exists()


@pytest.mark.slow
def test_a_callback_may_change_the_folder_while_a_run_trains(places, monkeypatch):
    here, there = places
    monkeypatch.chdir(here)
    words = (*WORDS, "record.log_every=2", "record.checkpoint_seconds=0.001")
    run = ganarium.train("ring", *words, steps=6, out="run", on_line=lambda _: monkeypatch.chdir(there))
    assert not list(there.iterdir())
    assert run.checkpoint_steps()[-1] == 6
    assert sum(file.stat().st_size for file in run.tensorboard.iterdir()) > 100
    assert Run.open(run.path).losses().final.last == 6


@pytest.mark.slow
def test_a_run_is_named_as_people_type_it(places):
    here, there = places
    with chdir(here):
        ganarium.train("ring", *WORDS, steps=1, out="run", on_line=str)
        assert {str(find_run(asked)) for asked in ("run", "./run", str(here / "run"))} == {"run"}
    with chdir(there):
        assert str(Run.open("../here/run")) == "../here/run"
        assert Run.open("../here/run").path.is_absolute()
