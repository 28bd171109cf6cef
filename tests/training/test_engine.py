"""The engine: how steps run is decided once, and changes nothing but how products are rounded."""

import pytest
import torch
from torch import Tensor

from ganarium.core.config import Engine as EngineSettings
from ganarium.core.errors import SettingsError
from ganarium.core.streams import Streams, normal
from ganarium.training.assemble import assemble, load_data, update_rule
from ganarium.training.engine import Engine, products, resolve

CPU = torch.device("cpu")
WIDE = ("generator.hidden=[64, 64]", "discriminator.hidden=[64, 64]", "train.batch=64", "optim.lr=1e-4")
able = torch.cpu.get_capabilities()
native = pytest.mark.skipif(
    not (able.get("avx512_bf16") or able.get("amx_bf16")), reason="this processor does not multiply bf16"
)


def engine_of(experiment, state=None, step: int = 0) -> Engine:
    match = assemble(experiment, load_data(experiment.data), CPU, state)
    return Engine(experiment, match, update_rule(experiment), step)


def after(experiment, steps: int) -> dict[str, Tensor]:
    engine = engine_of(experiment)
    engine.advance(steps)
    return {name: tensor.clone() for name, tensor in engine.match.state().items()}


def product() -> Tensor:
    rows = Streams(0).at("rows", normal(256, 256), 0)
    return rows @ rows


def test_what_is_resolved_leaves_nothing_open_and_resolves_to_itself():
    settled = resolve(EngineSettings())
    assert settled.device != "auto"
    assert settled.threads >= 1
    assert settled.precision != "auto"
    assert resolve(settled) == settled


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_what_is_asked_for_is_kept(precision: str):
    assert resolve(EngineSettings(device="cpu", threads=1, precision=precision)).precision == precision


def test_a_precision_that_the_device_does_not_have_is_refused_with_the_one_it_has():
    with pytest.raises(SettingsError, match="use bf16 or fp32"):
        resolve(EngineSettings(device="cpu", precision="tf32"))


@native
def test_bf16_rounds_no_more_than_the_factors_of_products_and_leaves_no_trace():
    """Some processors gain by other kernels alone, and round nothing."""
    before = product()
    with products(EngineSettings(device="cpu", precision="bf16")):
        within = product().double()
    rows = Streams(0).at("rows", normal(256, 256), 0)
    exact, rounded = (factor.double() @ factor.double() for factor in (rows, rows.bfloat16()))
    assert min((within - by_hand).abs().max().item() for by_hand in (exact, rounded)) < 1e-3
    assert not torch.equal(within, before.double())
    assert torch.equal(product(), before)


@native
def test_what_a_run_leaves_open_is_fp32_as_in_runs_older_than_the_setting(tiny):
    open_, exact, rounded = (after(tiny(*WIDE, f"engine.precision={name}"), 3) for name in ("auto", "fp32", "bf16"))
    assert all(torch.equal(open_[name], exact[name]) for name in exact)
    assert any(not torch.equal(rounded[name], exact[name]) for name in exact)


@native
@pytest.mark.parametrize("extra", [[], ["remedies.r1=true", "remedies.r2=true"]], ids=["plain", "r1, r2"])
def test_in_bf16_weights_move_as_in_fp32_but_for_rounding(tiny, extra: list[str]):
    """Ten steps of plain gradient descent: both went the same way, to a few parts in a hundred."""
    words = (*WIDE, *extra, "optim=sgd", "optim.lr=0.02")
    first = engine_of(tiny(*words)).match.state()
    exact, rounded = (after(tiny(*words, f"engine.precision={name}"), 10) for name in ("fp32", "bf16"))
    for name in exact:
        moved = exact[name] - first[name]
        assert (rounded[name] - exact[name]).norm() < 0.05 * moved.norm(), name


@native
def test_in_bf16_a_run_resumes_bit_for_bit(tiny):
    experiment = tiny(*WIDE, "engine.precision=bf16", "remedies.r1=true")
    whole, half = after(experiment, 6), after(experiment, 3)
    resumed = engine_of(experiment, half, 3)
    resumed.advance(3)
    assert all(torch.equal(tensor, whole[name]) for name, tensor in resumed.match.state().items())
