"""Objects stay as they were passed, and a changed one that is passed again changes no other run."""

import logging
import re
from itertools import pairwise

import pytest
import torch
from torch import Tensor, nn

import ganarium
from ganarium.config.given import GIVEN, STAND_INS
from ganarium.core.errors import CheckpointError, SettingsError
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run

SIDE = 16
TINY = ("data=points", "data.count=64", "data.size=16", "train.batch=8", "engine.threads=1", "engine.kernels=default")
TINY += ("discriminator.hidden=[8]", "record.monitor_every=0")


@pytest.fixture(autouse=True)
def _forgotten():
    forget()
    yield
    forget()


def forget() -> None:
    """As in another process: nothing is there that was not passed."""
    GIVEN.clear()
    STAND_INS.clear()


class Images(nn.Module):
    """A generator of dense layers with noise."""

    def __init__(self, noise: float = 0.0, hidden: tuple[int, ...] = ()) -> None:
        super().__init__()
        torch.manual_seed(0)
        sizes = [6, *hidden, SIDE**2]
        self.layers = nn.Sequential(*(nn.Linear(a, b) for a, b in pairwise(sizes)))
        self.noise = noise

    def forward(self, latents: Tensor) -> Tensor:
        return (self.layers(latents) + self.noise).sigmoid().reshape(-1, 1, SIDE, SIDE)


class Penalty(ganarium.Remedy):
    """Small logits."""

    def __init__(self, weight: float) -> None:
        self.weight = weight

    def discriminator_term(self, duel: ganarium.Duel) -> Tensor:
        return self.weight * duel.real_logits**2


def ignore(line: object) -> None:
    """No progress on stderr."""


def end_of(run: Run) -> dict[str, Tensor]:
    return read(run.path / "checkpoints" / f"step-{run.checkpoint_steps()[-1]:08d}.safetensors").tensors


def same(one: Run, two: Run) -> bool:
    return all(torch.equal(end_of(one)[name], tensor) for name, tensor in end_of(two).items())


@pytest.fixture
def train(tmp_path):
    def train(name: str, *arguments: object, **settings: object) -> Run:
        first = arguments or ("dense-digits", *TINY)
        return ganarium.train(*first, out=tmp_path / name, steps=3, on_line=ignore, **settings)

    return train


def test_modules_that_differ_in_a_plain_attribute_are_other_parts():
    one, two, again = (ganarium.experiment("digits", generator=Images(x)).generator for x in (0.1, 9.0, 0.1))
    assert one == again
    assert one.source == two.source
    assert one.state != two.state


@pytest.mark.slow
def test_an_object_that_is_changed_after_it_was_passed_changes_no_training_of_its_experiment(train):
    mine, penalty = Images(), Penalty(0.1)
    experiment = ganarium.experiment("dense-digits", *TINY, generator=mine, remedies={"penalty": penalty})
    first = train("first", experiment)
    nn.init.ones_(mine.layers[0].weight)
    penalty.weight = 100.0
    assert same(first, train("second", experiment))


@pytest.mark.slow
def test_a_changed_part_takes_the_place_of_the_recorded_one_for_one_call_alone(train, caplog):
    experiment = ganarium.experiment("dense-digits", *TINY, remedies={"penalty": Penalty(0.1)})
    whole, run = train("whole", experiment), train("run", experiment)
    ganarium.resume(run, steps=6, on_line=ignore, remedies={"penalty": Penalty(50.0)})
    assert "remedies.penalty: the values of" in caplog.text
    assert same(whole, train("again", experiment))
    ganarium.resume(whole, steps=6, on_line=ignore)
    assert not same(whole, run)


@pytest.mark.slow
def test_a_changed_part_without_the_recorded_one_warns_at_each_use_and_is_no_part_of_new_runs(train, caplog):
    run = train("run", remedies={"penalty": Penalty(0.1)})
    forget()
    ganarium.resume(run, steps=6, on_line=ignore, remedies={"penalty": Penalty(50.0)})
    caplog.clear()
    ganarium.resume(run, steps=8, on_line=ignore)
    assert "remedies.penalty: the values of" in caplog.text
    with pytest.raises(SettingsError, match=r"remedies\.penalty: the settings identify other objects"):
        train("new", run.experiment)
    train("new", run.experiment, remedies={"penalty": Penalty(0.1)})
    caplog.clear()
    ganarium.resume(run, steps=10, on_line=ignore)
    assert not caplog.text


@pytest.mark.slow
@pytest.mark.parametrize("layers", [(8,), (SIDE**2, 8), ()])
def test_a_module_with_other_layers_is_one_line(layers, train):
    run = train("run", generator=Images(hidden=(SIDE**2,)))
    complaint = r"run: its weights do not fit the given parts: .*; pass the class with which the run was created"
    for use in (
        lambda **parts: ganarium.resume(run, steps=6, on_line=ignore, **parts),
        lambda **p: ganarium.load(run, **p),
    ):
        with pytest.raises(CheckpointError, match=complaint) as caught:
            use(generator=Images(hidden=layers))
        assert "\n" not in str(caught.value)
    assert run.checkpoint_steps()[-1] == 3
    ganarium.resume(run, steps=6, on_line=ignore)


@pytest.mark.slow
def test_an_interrupted_run_says_how_to_pass_its_parts_again(tmp_path, capsys):
    def stop(line: object) -> None:  # noqa: ARG001
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ganarium.train(
            "dense-digits",
            *TINY,
            generator=Images(),
            remedies={"mine": Penalty(0.1), "ema": True},
            out=tmp_path / "n1",
            steps=3,
            on_line=stop,
        )
    said = capsys.readouterr().err
    assert re.search(r"to continue: ganarium\.resume\('.*n1', generator=…, remedies={'mine': …}\)", said)


@pytest.mark.slow
def test_parts_that_were_passed_to_load_are_found_by_evaluate_and_fork(tmp_path):
    small = {"data": {"count": 500}, "discriminator": {"hidden": [8]}, "steps": 3, "on_line": ignore}
    run = ganarium.train("ring", generator=nn.Linear(6, 2), out=tmp_path / "run", **small)
    forget()
    ganarium.load(run.path, generator=nn.Linear(6, 2))
    assert ganarium.evaluate(run.path, n=100)
    assert ganarium.fork(run.path, 0, out=tmp_path / "fork", on_line=ignore).checkpoint_steps()[-1] == 3


@pytest.mark.slow
def test_show_needs_no_part_that_was_passed_as_an_object(train, capsys, caplog):
    from ganarium.api.description import describe
    from ganarium.cli.show import show

    run = train("run", generator=Images())
    assert describe(str(run.path)).parameters
    forget()
    with caplog.at_level(logging.WARNING):
        show(str(run.path))
    said = capsys.readouterr().out
    assert "layers are not shown, because" in said
    assert "Images" in said
    assert "final, steps 1 to 3" in said
    assert "generator: " not in said
