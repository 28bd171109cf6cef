"""Snapshots of the plane: what they contain, that they change nothing, and that runs write and repeat them."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import ganarium
from ganarium.config.experiment import Experiment
from ganarium.config.overrides import override
from ganarium.data.datasets import PointSet
from ganarium.data.load import load_data
from ganarium.losses.objectives import build_objective
from ganarium.recipes import RECIPES
from ganarium.runs.directory import Run
from ganarium.testing.training import engine_after
from ganarium.training.games.two_player import TwoPlayerGame
from ganarium.training.loop import data_of
from ganarium.training.plane import Plane, snapshot
from ganarium.training.plane_recorder import PlaneRecorder
from ganarium.training.remedies.gradient_normalization import GradientNormalization
from ganarium.training.sampler import Sampler, load

SHORT = ("generator.hidden=[16]", "discriminator.hidden=[16]", "train.steps=20", "train.batch=16", "engine.threads=1")
EVERY = ("record.sample_every=10", "record.log_every=10", "record.keep_every=10")
MOST_BYTES = 60_000


def plane_run(out: Path, *words: str, **given: Any) -> Run:
    return ganarium.train("plane", *SHORT, *EVERY, *words, out=out, **given)


def files(run: Run) -> dict[str, Any]:
    return {path.name: json.loads(path.read_bytes()) for path in sorted((run.path / "plane").glob("*.json"))}


def last(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = files(run)["step-00000020.json"]
    return found


def after_two_steps(*words: str, points: torch.Tensor | None = None) -> tuple[Sampler, dict[str, Any]]:
    """The sampler and the snapshot of an engine, without a run directory."""
    experiment = override(RECIPES["plane"].experiment(), [*SHORT, "data.count=2000", *words])
    source = load_data(experiment.data)
    assert isinstance(source, PointSet)
    if points is not None:
        source = replace(source, law=None, points=points)
    engine = engine_after(experiment, source, 2)
    game = engine.state.game
    assert isinstance(game, TwoPlayerGame)
    sampler = Sampler(experiment, (2,), (), engine.state.tensors(), 2)
    remedies = [one for one in engine.state.remedies.values() if isinstance(one, GradientNormalization)]
    return sampler, snapshot(sampler, Plane(source), experiment, game.objective, game.logits, remedies)


@pytest.mark.slow
def test_a_run_in_the_plane_writes_small_snapshots_from_step_0_on(tmp_path: Path):
    run = plane_run(tmp_path / "run", "objective=minimax")
    found = files(run)
    assert [*found] == ["data.json", "step-00000000.json", "step-00000010.json", "step-00000020.json"]
    assert all(path.stat().st_size < MOST_BYTES for path in (run.path / "plane").iterdir())
    assert len(found["data.json"]["points"]) == 512
    newest, sampler = found["step-00000020.json"], load(run)
    assert newest["step"] == 20
    assert newest["box"] == found["step-00000000.json"]["box"]
    assert len(newest["logits"]) == len(newest["optimal"]) == 48**2
    assert torch.allclose(torch.tensor(newest["fakes"]), sampler.sample(256), rtol=1e-3, atol=1e-4)
    x0, y0, x1, _ = newest["box"]
    corners = torch.tensor([[x0, y0], [x1, y0]])
    logits = torch.tensor(newest["logits"])[[0, 47]]
    assert torch.allclose(logits, sampler.discriminator(corners), rtol=1e-3, atol=1e-4)
    assert newest["warp"]["side"] == 17
    middle = sampler.generate(torch.zeros(1, 2))[0]
    assert torch.allclose(torch.tensor(newest["warp"]["points"][17 * 8 + 8]), middle, rtol=1e-3, atol=1e-4)
    assert newest["divergence"]["name"] == "Jensen–Shannon divergence"
    assert newest["divergence"]["true"] > newest["divergence"]["learned"]


@pytest.mark.parametrize("words", [(), ("remedies.ema=true",)])
def test_an_arrow_points_where_the_loss_of_its_sample_falls_fastest(words: tuple[str, ...]):
    sampler, found = after_two_steps(*words)
    assert len(found["arrows"]) == 64
    at = sampler.sample(64).requires_grad_()
    torch.nn.functional.softplus(-sampler.discriminator(at)).sum().backward()
    assert at.grad is not None
    assert torch.allclose(torch.tensor(found["arrows"]), -at.grad, rtol=1e-2, atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ("remedies.spectral_norm=true",),
        ("objective=relativistic", "remedies.gradient_normalization=true"),
        ("remedies.ema=true", "remedies.instance_noise=true"),
    ],
)
def test_snapshots_do_not_change_training(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    recorded = plane_run(tmp_path / "with", *words)
    monkeypatch.setattr(PlaneRecorder, "record", lambda *_: None)
    plain = plane_run(tmp_path / "without", *words)
    assert (recorded.path / "plane").is_dir()
    assert not (plain.path / "plane").exists()
    (one, _), (other, _) = recorded.checkpoint(), plain.checkpoint()
    assert one.tensors.keys() == other.tensors.keys()
    assert all(torch.equal(one.tensors[name], other.tensors[name]) for name in one.tensors)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "optimal", "divergence"),
    [
        (("objective=hinge",), True, "total variation"),
        (("objective=least-squares",), True, "triangular discrimination"),
        (("objective=f-divergence",), True, "Kullback–Leibler divergence"),
        (("objective=wasserstein",), False, None),
        (("objective=relativistic",), True, None),
        (("objective=relativistic-average",), False, None),
    ],
)
def test_the_divergence_is_that_of_the_objective(words: tuple[str, ...], optimal: bool, divergence: str | None):
    _, found = after_two_steps(*words)
    assert (found["optimal"] is not None) is optimal
    assert (found["divergence"] and found["divergence"]["name"]) == divergence
    assert len(found["arrows"]) == 64


def test_latents_of_one_dimension_give_a_line():
    _, found = after_two_steps("generator.latent=1")
    assert len(found["warp"]["points"]) == 17


def test_codes_of_a_generator_are_the_labels_of_its_samples():
    _, found = after_two_steps("game=info", "game.categories=3")
    assert found["labels"][:4] == [0, 1, 2, 0]
    assert len(found["logits"]) == 48**2


@pytest.mark.parametrize("words", [("remedies.packing=true",), ("discriminator.batch_features=deviation",)])
def test_a_discriminator_of_several_points_at_once_has_no_surface(words: tuple[str, ...]):
    _, found = after_two_steps("remedies={}", *words)
    assert found["logits"] is None
    assert found["arrows"] is None
    assert len(found["fakes"]) == 256


def test_points_of_a_user_are_compared_with_a_kernel_estimate():
    points = 50 * torch.cos(torch.arange(600.0)).view(300, 2) + 1000
    _, found = after_two_steps(points=points)
    assert found["box"][0] > 500
    assert len(found["optimal"]) == 48**2


@pytest.mark.slow
def test_other_runs_write_no_snapshots(tmp_path: Path, tiny: Callable[..., Experiment]):
    run = ganarium.train(tiny("train.steps=2"), out=tmp_path / "run")
    assert not (run.path / "plane").exists()


class Fragile(torch.nn.Module):
    """A discriminator that takes at most 64 points."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(2, 1)

    def forward(self, points: torch.Tensor) -> torch.Tensor:
        if len(points) > 64:
            raise ValueError("too many points")
        return self.layer(points)[:, 0]


@pytest.mark.slow
def test_a_network_that_fails_in_the_plane_does_not_stop_training(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    short = [*SHORT[:1], *SHORT[2:]]
    run = ganarium.train("plane", *short, *EVERY, "remedies={}", out=tmp_path / "run", discriminator=Fragile())
    assert run.checkpoint_steps()[-1] == 20
    assert not list((run.path / "plane").glob("step-*"))
    assert sum("not recorded in the plane" in message for message in caplog.messages) == 1


@pytest.mark.slow
def test_a_resumed_run_and_a_fork_write_their_own_snapshots(tmp_path: Path):
    whole = plane_run(tmp_path / "whole")
    half = plane_run(tmp_path / "half", "train.horizon=20", "train.steps=10")
    (half.path / "plane" / "step-00000010.json").unlink()
    (half.path / "plane" / "step-00000020.json").write_text("{")
    ganarium.resume(half, steps=20)
    assert last(half) == last(whole)
    forked = ganarium.fork(whole, 10, "optim.lr=1e-4", out=tmp_path / "fork")
    assert [*files(forked)] == ["data.json", "step-00000020.json"]
    assert last(forked) != last(whole)


@pytest.mark.slow
def test_a_killed_run_repeats_the_snapshots_that_it_had_not_finished(tmp_path: Path):
    whole = plane_run(tmp_path / "whole", "train.steps=100")
    words = (*SHORT, *EVERY, "train.steps=100", "record.keep_every=30", "--out", str(tmp_path / "killed"))
    process = subprocess.Popen([sys.executable, "-m", "ganarium", "train", "plane", *words], stdout=subprocess.DEVNULL)
    newest = tmp_path / "killed/plane/step-00000040.json"
    end = time.monotonic() + 120
    while not newest.exists() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert newest.exists()
    newest.write_text("{")
    killed = ganarium.resume(tmp_path / "killed")
    assert files(killed) == files(whole)


@pytest.mark.slow
def test_a_snapshot_is_a_function_of_the_checkpoint(tmp_path: Path):
    run = plane_run(tmp_path / "run")
    objective = build_objective(run.experiment.objective)
    again = snapshot(load(run), Plane(data_of(run)), run.experiment, objective, lambda logits, _: logits)
    assert json.loads(json.dumps(again)) == last(run)
