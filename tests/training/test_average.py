"""The moving average while it is young, in new runs and in those recorded before it had a warm-up."""

from math import cos, pi, prod

import pytest
import torch

from ganarium.config.experiment import Experiment
from ganarium.config.overrides import experiment_from, override, plain
from ganarium.core.errors import SettingsError
from ganarium.data.load import load_data
from ganarium.training.build import assemble, update_rule
from ganarium.training.engine import Engine

CPU = torch.device("cpu")


def engine_of(experiment: Experiment, state: dict[str, torch.Tensor] | None = None, step: int = 0) -> Engine:
    training_state = assemble(experiment, load_data(experiment.data), CPU, state)
    return Engine(experiment, training_state, update_rule(experiment), step)


@pytest.mark.parametrize("words", [[], ["remedies.ema.ramp_steps=20"]], ids=["even", "rising"])
@pytest.mark.parametrize("decay", [0.0, 0.6, 0.999])
def test_at_step_t_at_most_1_plus_t_over_10_plus_t_of_the_average_stays(tiny, decay: float, words: list[str]):
    engine = engine_of(tiny(f"remedies.ema.decay={decay}", *words))
    live = dict(engine.state.game.networks["generator"].named_parameters())
    expected = {name: weight.detach().clone().double() for name, weight in live.items()}
    for t in range(1, 9):
        engine.advance(1)
        stays = min(decay ** (20 / min(t, 20) if words else 1), (1 + t) / (10 + t))
        expected = {name: stays * old + (1 - stays) * live[name].detach() for name, old in expected.items()}
    average = engine.state.remedies["ema"].state()
    assert all(
        torch.allclose(average[f"generator.{name}"].double(), mean, atol=1e-6) for name, mean in expected.items()
    )
    assert average["made"] == 8


def test_a_half_life_that_grows_over_a_share_of_the_horizon_follows_half_a_cosine(tiny):
    words = ("decay=0.9", "ramp_share=0.5", "warmup=false")
    engine = engine_of(tiny(*(f"remedies.ema.{word}" for word in words), "train.horizon=8", "train.steps=20"))
    live = dict(engine.state.game.networks["generator"].named_parameters())
    expected = {name: weight.detach().clone().double() for name, weight in live.items()}
    for step in range(10):
        engine.advance(1)
        grown = (1 - cos(pi * min(1, step / 4))) / 2
        stays = 0.9 ** (1 / grown) if grown else 0.0
        expected = {name: stays * old + (1 - stays) * live[name].detach() for name, old in expected.items()}
    average = engine.state.remedies["ema"].state()
    for name, mean in expected.items():
        assert torch.allclose(average[f"generator.{name}"].double(), mean, atol=1e-6), name


def test_two_ramps_of_one_average_and_a_ramp_without_a_horizon_are_refused(tiny):
    with pytest.raises(SettingsError, match="ramp_steps and ramp_share both give the growth"):
        tiny("remedies.ema.ramp_steps=5", "remedies.ema.ramp_share=0.5")
    with pytest.raises(SettingsError, match=r"remedies\.ema\.ramp_share=0\.5 needs a horizon"):
        tiny("remedies.ema.ramp_share=0.5", "train.steps=none", "train.seconds=3")


def test_what_a_young_average_began_with_is_gone_after_twenty_steps(tiny):
    engine = engine_of(tiny("remedies.ema.decay=0.999"))
    started = {name: tensor.clone() for name, tensor in engine.state.remedies["ema"].state().items()}
    engine.state.remedies["ema"].restore(
        {name: tensor + 1e4 for name, tensor in started.items()} | {"made": torch.tensor(0.0)}
    )
    shifted = engine_of(tiny("remedies.ema.decay=0.999"))
    for one in (engine, shifted):
        one.advance(20)
    left = prod((1 + t) / (10 + t) for t in range(1, 21))
    assert left < 1e-6
    for name, tensor in shifted.state.remedies["ema"].state().items():
        assert torch.allclose(engine.state.remedies["ema"].state()[name], tensor, atol=0.02), name


def test_a_run_recorded_before_the_warm_up_keeps_its_rule_and_so_does_its_fork(tiny):
    written = plain(tiny("remedies.ema.decay=0.5"))
    del written["remedies"]["ema"]["warmup"]
    recorded = experiment_from(written, recorded=True)
    assert not recorded.remedies["ema"].warmup
    assert experiment_from(written).remedies["ema"].warmup
    assert not override(recorded, ["remedies.ema.decay=0.9"]).remedies["ema"].warmup
    state = engine_of(recorded).state.remedies["ema"].state()
    assert "made" not in state, "its checkpoints have no such tensor"


def test_a_fork_that_turns_the_average_on_starts_it_at_the_weights_that_are_there(tiny):
    parent = engine_of(tiny())
    parent.advance(6)
    fork = engine_of(tiny("remedies.ema=true"), parent.state.tensors(), step=6)
    average = fork.state.remedies["ema"].state()
    weights = {name: t for name, t in parent.state.tensors().items() if name.startswith("generator/weights.")}
    assert all(torch.equal(average[name.removeprefix("generator/weights.")], t) for name, t in weights.items())
    assert average["made"] == 0
