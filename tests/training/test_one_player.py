"""Steps that update one player leave the other unchanged bit for bit, and are reproduced by the settings."""

from collections.abc import Iterable
from typing import Any

import pytest
import torch
from torch import Tensor

import ganarium
from ganarium.config import register
from ganarium.config.experiment import MOST_ONE_PLAYER_STEPS, Experiment
from ganarium.config.games import GAMES
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.config.remedies import REMEDIES
from ganarium.config.updates import UPDATES
from ganarium.core.errors import RunError, SettingsError
from ganarium.data.load import load_data
from ganarium.runs.directory import Run
from ganarium.testing.training import changed_by_interruption, different, engine_after, engine_on, same
from ganarium.training.capture import RecordedStep, can_record
from ganarium.training.create import begin
from ganarium.training.engine import Engine
from ganarium.training.loop import fit
from ganarium.training.one_player import OTHER

SIDES = ("discriminator", "generator")
TRANSLATION = (
    *("data=pairs", "data.count=40", "data.size=24", "data.paired=true", "generator=resnet", "generator.width=4"),
    *("generator.blocks=1", "discriminator=patch", "discriminator.width=4", "discriminator.layers=1", "train.batch=4"),
)
CONVOLUTIONS = (
    *("generator=conv", "generator.width=4", "generator.max_channels=8", "generator.norm=batch"),
    *("discriminator=conv", "discriminator.width=4", "discriminator.max_channels=8", "discriminator.norm=batch"),
)
PARTS = {
    **{name: (f"game={name}", *(TRANSLATION if GAMES[name].settings.translates else ())) for name in GAMES},
    **{name: (f"update={name}",) for name in UPDATES},
    "adaptive": ("update=adaptive", "update.lead_threshold=1", "update.max_steps=2"),
    "twice, shared": ("update.discriminator_steps=2", "latents=shared"),
    "extragradient, shared": ("update=extragradient", "latents=shared"),
    **{name: (f"optim={name}",) for name in OPTIMIZERS},
    "momentum": ("optim=sgd", "optim.momentum=0.9"),
    **{name: (f"remedies.{name}=true",) for name in REMEDIES},
    "running statistics": CONVOLUTIONS,
    "early": ("train.generator_only=[0]", "train.discriminator_only=[1]", "remedies.weight_clipping=true"),
}
ALWAYS = (*UPDATES, *OPTIMIZERS, "ema", "lookahead", "optimism", "spectral_norm", "running statistics", "early")
LEFT = {"generator": ("generator/", "remedies/ema/"), "discriminator": ("discriminator/", "remedies/spectral_norm/")}


def with_steps(experiment: Experiment, **steps: Iterable[int]) -> Experiment:
    return experiment.replace(train={name: list(each) for name, each in steps.items()})


def state_of(engine: Engine) -> dict[str, Tensor]:
    return {name: tensor.clone() for name, tensor in engine.state.tensors().items()}


def weights(tensors: dict[str, Tensor], side: str) -> dict[str, Tensor]:
    return {name: tensor for name, tensor in tensors.items() if name.startswith(f"{side}/weights.")}


def changed_at(engine: Engine) -> list[str]:
    """The names of the tensors that one step changes or adds."""
    before = state_of(engine)
    engine.advance(1)
    return [*different(before, engine.state.tensors())]


@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("part", PARTS)
def test_a_step_of_one_player_changes_this_player_and_nothing_of_the_other(tiny, part: str, side: str):
    experiment = with_steps(tiny(*PARTS[part]), **{f"{side}_only": [2]})
    engine = engine_after(experiment, load_data(experiment.data), 2)
    names = changed_at(engine)
    assert [name for name in names if name.startswith(LEFT[OTHER[side]])] == []
    assert [name for name in names if name.startswith(f"{side}/weights.")]
    waits = {"discriminator"} if part == "adaptive" else set()  # for a generator left behind
    assert {name.partition("/")[0] for name in changed_at(engine)} >= {*SIDES} - waits


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [pytest.param(part, marks=[] if part in ALWAYS else pytest.mark.exhaustive) for part in PARTS]
)
def test_a_run_with_steps_of_one_player_resumes_and_is_recorded_bit_for_bit(tiny, part: str):
    experiment = with_steps(tiny(*PARTS[part]), discriminator_only=[1, 4], generator_only=[3, 5])
    source = load_data(experiment.data)
    assert changed_by_interruption(experiment, source, 4) == []
    by_rule, recorded = engine_after(experiment, source, 8), engine_after(experiment, source, 3)
    if can_record(recorded.state, recorded.rule):
        recorded.record()
    recorded.advance(5)
    assert same(by_rule.state.tensors(), recorded.state.tensors())


@pytest.mark.parametrize("side", SIDES)
def test_every_layer_of_the_frozen_player_is_still_measured(tiny, side: str):
    experiment = with_steps(tiny(), **{f"{side}_only": range(9)})
    engine = engine_on(experiment, load_data(experiment.data))
    first = state_of(engine)
    engine.advance(5)
    assert engine.last is not None
    assert {"discriminator", "generator", "judged.real"} <= {*engine.last.means}
    assert same(weights(first, OTHER[side]), weights(state_of(engine), OTHER[side]))
    assert all(weight.grad is not None for player in engine.state.players.values() for weight in player.parameters)


class Headstrong(ganarium.UpdateRule):
    """Updates weights with the optimizers themselves."""

    def __call__(self, state: Any, step: int) -> Any:
        means, duels = self.update_discriminator(state, state.inputs(step))
        means |= self.update_generator(state, state.inputs(step))
        for player in state.players.values():
            player.optimizer.step()
        return self.finished(state, means, duels)


class Shrinking(ganarium.Remedy):
    """Shrinks the weights of both players after every step."""

    def after_step(self, players: Any) -> None:
        with torch.no_grad():
            for player in players.values():
                for weight in player.parameters:
                    weight.mul_(0.9)


@pytest.mark.usefixtures("own_registries")
@pytest.mark.parametrize("side", SIDES)
def test_parts_of_users_cannot_change_the_frozen_player_either(tiny, side: str):
    register.update("headstrong")(Headstrong)
    register.remedy("shrinking")(Shrinking)
    words = ("update=headstrong", "remedies.shrinking=true", "optim=sgd", "optim.momentum=0.9")
    experiment = with_steps(tiny(*words), **{f"{side}_only": [2]})
    engine = engine_after(experiment, load_data(experiment.data), 2)
    assert not [name for name in changed_at(engine) if name.startswith(f"{OTHER[side]}/")]
    assert {name.partition("/")[0] for name in changed_at(engine)} >= {*SIDES}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")  # by torch itself
def test_compiled_runs_are_reproduced_and_resumed_by_their_settings(tiny):
    experiment = with_steps(tiny("engine.compile=yes"), discriminator_only=[0, 3], generator_only=[2])
    source = load_data(experiment.data)
    whole = engine_after(experiment, source, 6)
    assert isinstance(whole._execute, RecordedStep)
    resumed = engine_on(experiment, source, state_of(engine_after(experiment, source, 3)), 3)
    resumed.advance(3)
    assert same(whole.state.tensors(), resumed.state.tensors())


def test_steps_are_kept_in_order_once_and_belong_to_one_player(tiny):
    assert with_steps(tiny(), generator_only=[5, 2, 5]).train.generator_only == (2, 5)
    with pytest.raises(SettingsError, match=r"both contain step 3; remove it from one"):
        with_steps(tiny(), generator_only=[3], discriminator_only=[2, 3])
    for wrong in (["x"], [-1], [1.5], range(MOST_ONE_PLAYER_STEPS + 1)):
        with pytest.raises(SettingsError, match=r"train\.generator_only"):
            with_steps(tiny(), generator_only=wrong)


@pytest.mark.slow
def test_a_resumed_run_may_have_other_later_steps_of_one_player_and_no_other_earlier_ones(tiny, tmp_path):
    words = ("record.log_every=2", "record.monitor_every=0", "record.keep_every=4", "engine.kernels=default")
    run = begin(tiny(*words, "train.steps=8", "engine.device=cpu"), tmp_path / "run")
    for line in (training := fit(run)):
        if line.event.kind == "checkpoint" and line.event.step == 4:
            break
    training.close()
    assert run.checkpoint_steps()[-1] == 4
    run.rewrite(with_steps(run.experiment, discriminator_only=[3]))
    with pytest.raises(RunError, match=r"train\.discriminator_only was \[\], is \[3\]"):
        list(fit(Run.open(run.path)))
    run.rewrite(with_steps(run.experiment, discriminator_only=[4, 6]))
    list(fit(Run.open(run.path)))
    assert Run.open(run.path).checkpoint()[0].progress.step == 8
