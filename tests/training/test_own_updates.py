"""Optimizers and update rules of users: exact resumption, learning rates, and one clear message for each fault."""

import tempfile
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

import ganarium
from ganarium.config import register
from ganarium.config.optimizers import OPTIMIZERS
from ganarium.core.errors import SettingsError, UsageError
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run
from ganarium.testing.training import engine_after, engine_on, random_source, same, small
from ganarium.training.create import resolved

TINY = ("data=points", "data.count=64", "data.size=16", "train.batch=8", "engine.threads=1", "engine.kernels=default")
SOURCE = random_source((1, 16, 16))

pytestmark = pytest.mark.usefixtures("own_registries")


def adamw(parameters: list[Tensor], lr: float = 1e-3, decay: float = 0.01) -> torch.optim.Optimizer:
    """Adam with decoupled weight decay, ten times slower for biases."""
    biases = [weight for weight in parameters if weight.dim() == 1]
    weights = [weight for weight in parameters if weight.dim() > 1]
    groups = [{"params": weights}, {"params": biases, "lr": 0.1 * lr, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=lr, weight_decay=decay)


class Twice(ganarium.UpdateRule):
    """One update of the discriminator, then several of the generator, each on its own latents."""

    def __init__(self, generator_steps: int = 2) -> None:
        self.batches = generator_steps

    def __call__(self, state: Any, step: int) -> Any:
        first = step * self.batches
        means, duels = self.update_discriminator(state, state.inputs(first))
        for i in range(self.batches):
            means |= self.update_generator(state, state.inputs(first + i))
        return self.finished(state, means, duels)


def registered() -> None:
    register.optimizer("adamw")(adamw)
    register.update("twice")(Twice)


@pytest.mark.slow
@pytest.mark.parametrize("latents", ["fresh", "shared"])
def test_a_run_with_both_is_recorded_resumed_exactly_and_shown(latents: str, tmp_path: Path):
    registered()
    words = (*TINY, "optim=adamw", "optim.decay=0.1", "update=twice", "optim.schedule=cosine", "train.horizon=20")
    ends = []
    for steps in ((12,), (5, 12)):
        out = tempfile.mkdtemp(dir=tmp_path) + "/run"
        settings = {"latents": latents, "remedies": {"ema": True}}
        run = ganarium.train("dense-digits", *words, steps=steps[0], out=out, on_line=lambda _: None, **settings)
        for total in steps[1:]:
            ganarium.resume(Run.open(run.path), steps=total, on_line=lambda _: None)
        ends.append(read(run.path / "checkpoints" / "step-00000012.safetensors").tensors)
    assert same(*ends)
    assert (ends[0]["discriminator/moments.0.step"], ends[0]["generator/moments.0.step"]) == (12, 24)
    recorded = Run.open(run.path).experiment
    assert (recorded.optim.kind, recorded.optim.decay, recorded.optim.lr) == ("adamw", 0.1, 1e-3)
    assert (recorded.update.kind, recorded.update.generator_steps) == ("twice", 2)


@pytest.mark.slow
def test_a_torch_optimizer_gives_the_weights_of_ganariums_own_and_follows_the_schedule():
    register.optimizer("torch-adam")(lambda parameters, lr: torch.optim.Adam(parameters, lr, (0.5, 0.999), fused=True))
    words = ("optim.lr=0.01", "optim.schedule=linear", "train.horizon=8", "game.conditional=false")
    own, adam = (engine_after(small(f"optim={kind}", *words), SOURCE, 6) for kind in ("torch-adam", "adam"))
    tensors, expected = own.state.tensors(), adam.state.tensors()
    assert tensors.keys() == expected.keys()
    assert all(torch.allclose(tensors[name], expected[name], rtol=1e-5, atol=1e-7) for name in expected)


@pytest.mark.slow
def test_rates_of_groups_keep_their_ratio():
    registered()
    engine = engine_after(small("optim=adamw", "optim.discriminator_lr=0.5", "game.conditional=false"), SOURCE, 1)
    groups = {side: player.optimizer.inner.param_groups for side, player in engine.state.players.items()}
    assert [group["lr"] for group in groups["generator"]] == pytest.approx([1e-3, 1e-4])
    assert [group["lr"] for group in groups["discriminator"]] == pytest.approx([0.5, 0.05])


def test_an_own_rule_does_what_alternating_does():
    registered()
    plain = small("game.conditional=false")
    own = engine_after(plain.replace(update={"kind": "twice", "generator_steps": 1}), SOURCE, 5)
    assert same(own.state.tensors(), engine_after(plain, SOURCE, 5).state.tensors())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda parameters, lr: torch.optim.LBFGS(parameters, lr), r"optim=own: LBFGS\.step needs closure; use an"),
        (lambda parameters: Descent(parameters, {}), "optim=own: the groups of Descent have no learning rate"),
        (lambda parameters, lr: Descent([*parameters, torch.ones(2)], {"lr": lr}), "tensors that are not weights"),
        (lambda parameters, lr: torch.optim.SGD(parameters[:1], lr), "optim=own: updates 1 of 4 weights"),
        (lambda parameters: None, "optim=own: returned NoneType; return a torch.optim.Optimizer"),  # noqa: ARG005
        (lambda parameters: 1 / 0, "optim=own cannot be built: ZeroDivisionError: division by zero"),  # noqa: ARG005
    ],
)
def test_an_optimizer_that_cannot_be_used_is_named(make, complaint):
    register.optimizer("own")(make)
    with pytest.raises(SettingsError, match=complaint):
        engine_after(small("optim=own", "game.conditional=false"), SOURCE, 1)


class Descent(torch.optim.Optimizer):
    """Gradient descent that also does something else."""

    def __init__(self, params: Any, defaults: dict[str, Any], also: Any = lambda _: None) -> None:
        super().__init__(params, defaults)
        self.also, self.inside, self.noise = also, {"a": [torch.zeros(1)]}, torch.Generator()

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for weight in group["params"]:
                weight.sub_(group["lr"] * weight.grad)
        self.also(self)


NOT_SAVED = {
    "Tensor as 'pace' of a group": lambda own: own.param_groups[0].update(pace=torch.ones(1)),
    "list as 'past' of a group": lambda own: own.param_groups[0]["past"].append(1),
    "str as the state of a weight": lambda own: own.state.update({own.param_groups[0]["params"][0]: "seen"}),
    "'global' in its state": lambda own: own.state["global"].update(count=1),
    "int as its attribute 'count'": lambda own: setattr(own, "count", 1),
    "dict as its attribute 'inside'": lambda own: own.inside["a"][0].add_(1),
    "Generator as its attribute 'noise'": lambda own: torch.rand(1, generator=own.noise),
}


@pytest.mark.parametrize("kept", NOT_SAVED)
def test_what_no_checkpoint_can_hold_is_refused_after_the_first_step(kept):
    also = NOT_SAVED[kept]
    register.optimizer("own")(lambda parameters, lr: Descent(parameters, {"lr": lr, "past": []}, also))
    with pytest.raises(SettingsError, match=f"Descent keeps {kept}.*, which no checkpoint can hold: keep what changes"):
        engine_after(small("optim=own", "game.conditional=false"), SOURCE, 1)


def test_attributes_that_change_later_are_refused_at_the_next_checkpoint():
    def late(own: Descent) -> None:
        own.param_groups[0]["steps"] += 1
        if own.param_groups[0]["steps"] == 3:
            own.count = 1

    register.optimizer("own")(lambda parameters, lr: Descent(parameters, {"lr": lr, "steps": 0}, late))
    engine = engine_after(small("optim=own", "game.conditional=false"), SOURCE, 2)
    assert engine.state.tensors()["generator/moments.0.group|steps|int"] == 2
    engine.advance(1)
    with pytest.raises(SettingsError, match="Descent keeps int as its attribute 'count'"):
        engine.state.tensors()


@pytest.mark.slow
def test_optimizers_of_torch_are_accepted():
    for name in ("Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD"):
        OPTIMIZERS.restore([entry for entry in OPTIMIZERS.values() if entry.name != "own"])
        register.optimizer("own")(lambda parameters, lr: getattr(torch.optim, name)(parameters, lr))  # noqa: B023
        engine_after(small("optim=own", "game.conditional=false"), SOURCE, 3).state.tensors()


@pytest.mark.parametrize("part", ["optim", "update"])
def test_an_exception_in_a_step_is_named(part):
    def fail(*_: object) -> None:
        raise ValueError("no such\nmoment")

    class Failing(ganarium.UpdateRule):
        """Fails."""

        def __call__(self, state: Any, step: int) -> Any:
            fail(state, step)

    register.optimizer("own")(lambda parameters, lr: Descent(parameters, {"lr": lr}, fail))
    register.update("own")(Failing)
    complaint = {
        "optim": r"Descent: its step failed: ValueError: no such moment \(test_own_updates.py:\d+\)",
        "update": r"Failing: step 0 failed: ValueError: no such moment \(test_own_updates.py:\d+\)",
    }
    with pytest.raises(SettingsError, match=f"^{complaint[part]}$"):
        engine_after(small(f"{part}=own", "game.conditional=false"), SOURCE, 1)


class Named(ganarium.UpdateRule):
    """An update whose means a function changes."""

    def __init__(self, change: Any) -> None:
        self.change = change

    def __call__(self, state: Any, step: int) -> Any:
        means, duels = self.update_discriminator(state, state.inputs(step))
        means |= self.update_generator(state, state.inputs(step))
        return self.finished(state, self.change(means, step) or means, duels)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda means, step: means | {"x": means["generator"]} if step % 2 else None, "step 1 .* differ in x; return"),
        (lambda means, step: {"generator": means["generator"]}, "Named: the means of a step lack discriminator"),  # noqa: ARG005
        (lambda means, step: means | {"x": 0.5}, "Named: the mean 'x' of a step is float; return a 0-d tensor"),  # noqa: ARG005
        (lambda means, step: means | {"x": torch.ones(2)}, r"'x' of a step is a tensor of shape \(2,\)"),  # noqa: ARG005
    ],
)
def test_means_of_a_rule_are_losses_and_the_same_at_every_step(change, complaint):
    register.update("own")(lambda: Named(change))
    with pytest.raises(SettingsError, match=complaint):
        engine_after(small("update=own", "game.conditional=false"), SOURCE, 3)


def test_a_rule_that_needs_no_batches_is_refused():
    register.update("twice")(Twice)
    for batches in (0, -1, 2.0, True):
        register.update("own")(lambda: Twice(batches))  # noqa: B023
        with pytest.raises(SettingsError, match=rf"Twice\.batches={batches}: must be a number of batches, 1 or more"):
            engine_on(small("update=own"), SOURCE)


def test_what_is_no_optimizer_and_no_rule_is_refused():
    with pytest.raises(UsageError, match="optimizer 'own': add a parameter named parameters"):
        register.optimizer("own")(lambda lr: lr)
    register.update("own")(lambda: 3)
    with pytest.raises(SettingsError, match=r"an update rule is an instance of ganarium\.UpdateRule; got int"):
        engine_on(small("update=own"), SOURCE)


def test_lazy_penalties_need_a_rule_that_says_that_its_updates_are_even():
    register.update("twice")(Twice)
    register.update("even", even_updates=True)(Twice)
    with pytest.raises(SettingsError, match=r"remedies\.r1\.every=2 skips discriminator updates"):
        resolved(small("update=twice", "remedies.r1.every=2", "game.conditional=false"), by_trial=False)
    resolved(small("update=even", "remedies.r1.every=2", "game.conditional=false"), by_trial=False)
