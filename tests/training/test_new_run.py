"""A new run is built once, by the process that creates and trains it."""

from pathlib import Path

import numpy as np
import pytest
import torch

import ganarium
from ganarium.config.experiment import Experiment
from ganarium.networks.base import Discriminator, Generator, Network
from ganarium.runs.directory import Run
from ganarium.training.create import begin
from ganarium.training.loop import fit

WORDS = ("train.steps=3", "record.monitor_every=0", "engine.kernels=default", "engine.compile=no")


@pytest.fixture
def built(monkeypatch) -> list[str]:
    """Return the names of the network classes that are constructed from here on, in order."""
    constructed: list[str] = []
    for family in (Generator, Discriminator):

        def counted(self: Network, *arguments, _name=family.__name__, _init=family.__init__, **named) -> None:
            constructed.append(_name)
            _init(self, *arguments, **named)

        monkeypatch.setattr(family, "__init__", counted)
    return constructed


@pytest.mark.slow
def test_a_new_run_builds_its_networks_once_before_its_first_step(built: list[str], tmp_path: Path, monkeypatch):
    """The sampler of the first grid, at step 0, builds a generator of its own for the saved weights.

    Points in one dimension have no snapshots of the plane, for which both networks are built again.
    """
    lines: list[tuple[int, int, int]] = []

    def note(line) -> None:
        lines.append((line.event.step, built.count("Discriminator"), built.count("Generator")))

    monkeypatch.chdir(tmp_path)  # arrays are stored under ./runs
    points = np.random.default_rng(0).normal(size=(640, 1))
    ganarium.train("plane", "train.batch=16", *WORDS, data=points, out=tmp_path / "run", on_line=note)
    assert [step for step, _, _ in lines][:: len(lines) - 1] == [0, 3]
    assert {discriminators for _, discriminators, _ in lines} == {1}
    assert max(generators for step, _, generators in lines if step == 0) == 2


def test_a_run_does_not_depend_on_the_process_that_created_it(tiny, tmp_path: Path):
    def trained(name: str, *, reopened: bool) -> dict[str, torch.Tensor]:
        run = begin(tiny(*WORDS), tmp_path / name)
        run = Run.open(run.path) if reopened else run
        for _ in fit(run):
            pass
        return dict(run.checkpoint()[0].tensors)

    same, other = trained("same", reopened=False), trained("other", reopened=True)
    assert same.keys() == other.keys()
    assert all(torch.equal(same[name], other[name]) for name in same)


def test_a_run_with_changed_settings_does_not_start_from_what_was_built_before(tiny, tmp_path: Path):
    experiment: Experiment = tiny(*WORDS)
    run = begin(experiment, tmp_path / "run")
    run.rewrite(experiment.model_copy(update={"latents": "shared" if experiment.latents != "shared" else "fresh"}))
    assert run.prepared is None
