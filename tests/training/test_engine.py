"""The engine: how steps run is decided once, and changes nothing but how products are rounded."""

import os
import subprocess
import sys

import pytest
import torch
from torch import Tensor

from ganarium.config.experiment import EngineConfig
from ganarium.core.errors import SettingsError
from ganarium.core.random_streams import Streams, normal
from ganarium.data.load import load_data
from ganarium.training.build import assemble, update_rule
from ganarium.training.capture import RecordedStep
from ganarium.training.create import resolved
from ganarium.training.device import arithmetic, exact_onednn, resolve
from ganarium.training.engine import Engine

CPU = torch.device("cpu")
FOURIER = ("data=ring", "data.count=0", "generator.output=linear", "discriminator.fourier_octaves=3")
WIDE = ("generator.hidden=[64, 64]", "discriminator.hidden=[64, 64]", "train.batch=64", "optim.lr=1e-4")


def engine_of(experiment, state=None, step: int = 0) -> Engine:
    training_state = assemble(experiment, load_data(experiment.data), CPU, state)
    return Engine(experiment, training_state, update_rule(experiment), step)


def after(experiment, steps: int) -> dict[str, Tensor]:
    engine = engine_of(experiment)
    engine.advance(steps)
    return {name: tensor.clone() for name, tensor in engine.state.tensors().items()}


def product() -> Tensor:
    rows = Streams(0).at("rows", normal(256, 256), 0)
    return rows @ rows


def test_what_is_resolved_leaves_nothing_open_and_resolves_to_itself(tiny):
    settled = resolved(tiny())[0].engine
    assert settled.device != "auto"
    assert settled.threads >= 1
    assert settled.kernels != "auto"
    assert settled.precision != "auto"
    assert settled.compile == "no"
    assert resolve(settled) == settled


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_is_asked_for_is_kept(tiny, precision: str):
    words = ("engine.device=cpu", "engine.threads=1", "engine.kernels=onednn", f"engine.precision={precision}")
    assert resolved(tiny(*words))[0].engine == tiny(*words, "engine.compile=no").engine


def test_a_precision_that_the_device_does_not_have_is_refused_with_those_that_it_has():
    with pytest.raises(SettingsError, match="use bf16 or fp32"):
        resolve(EngineConfig(device="cpu", precision="tf32"))


def test_trying_the_kernels_moves_nothing_of_the_run(tiny):
    experiment = tiny("engine.threads=1", "engine.device=cpu", "engine.kernels=default")
    before = after(experiment, 3)
    resolved(tiny("engine.threads=1", "engine.device=cpu"))
    again = after(experiment, 3)
    assert all(torch.equal(tensor, again[name]) for name, tensor in before.items())


def test_products_of_onednn_are_exact_where_it_is_said_and_leave_no_trace():
    before = product()
    with arithmetic(EngineConfig(device="cpu", kernels="onednn")):
        within = product().double()
    rows = Streams(0).at("rows", normal(256, 256), 0).double()
    assert ((within - rows @ rows).abs().max() < 1e-3) == exact_onednn()
    assert torch.equal(product(), before)


def test_in_bf16_products_are_rounded_and_nothing_else_is_left_behind():
    before = product()
    with arithmetic(EngineConfig(device="cpu", precision="bf16")):
        assert product().dtype == torch.bfloat16
    assert torch.equal(product(), before)


def test_what_a_run_leaves_open_is_fp32_as_in_runs_older_than_the_setting(tiny):
    open_, exact, rounded = (after(tiny(*WIDE, f"engine.precision={name}"), 3) for name in ("auto", "fp32", "bf16"))
    assert all(torch.equal(open_[name], exact[name]) for name in exact)
    assert any(not torch.equal(rounded[name], exact[name]) for name in exact)
    assert all(tensor.dtype == exact[name].dtype for name, tensor in rounded.items())


@pytest.mark.parametrize("extra", [[], ["remedies.r1=true", "remedies.r2=true"]], ids=["plain", "r1, r2"])
def test_in_bf16_weights_move_as_in_fp32_but_for_rounding(tiny, extra: list[str]):
    """Ten steps of plain gradient descent: both went the same way, to a few parts in a hundred."""
    words = (*WIDE, *extra, "optim=sgd", "optim.lr=0.02")
    first = engine_of(tiny(*words)).state.tensors()
    exact, rounded = (after(tiny(*words, f"engine.precision={name}"), 10) for name in ("fp32", "bf16"))
    for name in exact:
        moved = exact[name] - first[name]
        assert (rounded[name] - exact[name]).norm() < 0.05 * moved.norm(), name


@pytest.mark.parametrize("way", ["engine.kernels=onednn", "engine.precision=bf16"])
def test_every_way_resumes_bit_for_bit(tiny, way: str):
    experiment = tiny(*WIDE, way, "remedies.r1=true")
    whole, half = after(experiment, 6), after(experiment, 3)
    resumed = engine_of(experiment, half, 3)
    resumed.advance(3)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in resumed.state.tensors().items())


@pytest.mark.slow
@pytest.mark.parametrize("extra", [("remedies.ema=true",), (*FOURIER, "remedies.r1=true", "remedies.r2=true")], ids=str)
def test_a_long_sitting_goes_on_by_what_was_written_down_bit_for_bit(tiny, monkeypatch, extra: tuple[str, ...]):
    experiment = tiny(*WIDE, *extra, "optim.schedule=linear", "train.steps=40")
    by_rule = after(experiment, 12)
    monkeypatch.setattr("ganarium.training.engine.RECORD_AFTER", 5)
    engine = engine_of(experiment)
    engine.advance(12)
    assert isinstance(engine._execute, RecordedStep)
    assert all(torch.equal(tensor, by_rule[name]) for name, tensor in engine.state.tensors().items())


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # by torch itself
@pytest.mark.parametrize(
    "words",
    [
        (*WIDE, "engine.precision=bf16"),
        (*WIDE, "remedies.r1=true", "remedies.ema=true"),
        (*WIDE, "optim.beta2=0.9", "optim.beta2_final=0.99", "train.horizon=10"),
        (*WIDE, *FOURIER, "remedies.r1=true", "remedies.r2=true"),
        pytest.param(WIDE, marks=pytest.mark.exhaustive),
        pytest.param(
            ("generator=residual", "discriminator=conv", "discriminator.norm=none", "optim.lr=1e-4"),
            marks=pytest.mark.exhaustive,
        ),
    ],
    ids=str,
)
def test_compiled_steps_are_the_same_but_for_rounding_and_resume_bit_for_bit(tiny, words: tuple[str, ...]):
    plain = tiny(*words, "engine.compile=no")
    compiled = tiny(*words, "engine.compile=yes")
    expected, found, half = after(plain, 6), after(compiled, 6), after(compiled, 3)
    first = engine_of(plain).state.tensors()
    for name in first:
        moved = expected[name] - first[name]
        assert (found[name] - expected[name]).norm() <= 0.05 * moved.norm(), name
    resumed = engine_of(compiled, half, 3)
    resumed.advance(3)
    assert all(torch.equal(tensor, found[name]) for name, tensor in resumed.state.tensors().items())


@pytest.mark.parametrize("word", ["remedies.image_pool=true", "optim=rmsprop"])
def test_what_cannot_be_compiled_is_refused_with_the_way_out(tiny, word: str):
    with pytest.raises(SettingsError, match=r"use engine\.compile=no"):
        resolved(tiny(word, "engine.compile=yes"))


FAILING = """
from ganarium.api.lookup import plan
from ganarium.training import autotune
from ganarium.training.create import resolved

autotune.LONG = 0.0
experiment, why = resolved(plan("ring", ["train.steps=100", "engine.kernels=default"]))
print(experiment.engine.compile, why)
"""


@pytest.mark.slow
def test_a_compiler_that_fails_leaves_steps_as_they_are(tmp_path):
    surroundings = {**os.environ, "CXX": "false", "TORCHINDUCTOR_CACHE_DIR": str(tmp_path), "OMP_NUM_THREADS": "1"}
    made = subprocess.run(
        [sys.executable, "-c", FAILING], env=surroundings, capture_output=True, text=True, check=True, timeout=300
    )
    assert made.stdout.startswith("no ")
    assert "engine.compile: compilation failed" in made.stdout


def test_without_a_compiler_compiling_is_refused(tiny, monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(SettingsError, match=r"no C\+\+ compiler was found"):
        resolved(tiny("engine.compile=yes"))
    assert resolved(tiny())[0].engine.compile == "no"
