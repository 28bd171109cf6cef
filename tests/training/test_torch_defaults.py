"""Training and sampling compute the same bits whatever state torch is in, and leave that state as it was."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import pytest
import torch

import ganarium
from ganarium.core.errors import UsageError

pytestmark = pytest.mark.slow


@contextmanager
def default_dtype(dtype: torch.dtype) -> Iterator[None]:
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def default_device(device: str) -> Iterator[None]:
    torch.set_default_device(device)
    try:
        yield
    finally:
        torch.set_default_device(None)


STATES: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "float64": partial(default_dtype, torch.float64),
    "bfloat16": partial(default_dtype, torch.bfloat16),
    "set_default_device": partial(default_device, "meta"),
    "device": partial(torch.device, "meta"),
    "autocast": partial(torch.autocast, "cpu"),
}


@pytest.fixture(scope="module")
def experiment(tiny):
    words = ("game.conditional=true", "remedies.ema=true", "generator.norm=batch", "engine.kernels=default")
    return tiny(*words, "train.steps=6", "record.log_every=3", "engine.threads=1", "engine.device=cpu")


@pytest.fixture(scope="module")
def usual(experiment, tmp_path_factory) -> ganarium.Run:
    return ganarium.train(experiment, out=tmp_path_factory.mktemp("usual") / "run", on_line=str)


def state() -> tuple[object, ...]:
    modes = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.is_autocast_enabled("cpu")
    return *modes, torch.get_default_dtype(), torch.get_default_device()


@pytest.mark.parametrize("name", STATES)
def test_training_and_resuming_are_bit_for_bit_those_outside(name, experiment, usual, tmp_path):
    with STATES[name]():
        before = state()
        run = ganarium.train(experiment, steps=3, out=tmp_path / "run", on_line=str)
        run = ganarium.resume(run, steps=6, on_line=str)
        assert state() == before
    mine, theirs = (one.checkpoint()[0].tensors for one in (run, usual))
    assert mine.keys() == theirs.keys()
    assert all(torch.equal(mine[key], theirs[key]) for key in mine)
    assert run.losses().spans[-1] == usual.losses().spans[-1]


@pytest.mark.parametrize("name", STATES)
def test_samples_are_bit_for_bit_those_outside(name, usual):
    sampler = ganarium.load(usual)
    pictures, latents, walk = (
        sampler.sample(5, truncation=0.7),
        sampler.latents(5),
        sampler.interpolate_seeds([1, 2], 3),
    )
    with STATES[name]():
        before = state()
        inside = ganarium.load(usual)
        made = [inside.sample(5, truncation=0.7), inside.latents(5), inside.interpolate_seeds([1, 2], 3)]
        made.append(inside.generate(latents.double()))
        assert state() == before
    assert all(torch.equal(*pair) for pair in zip(made, [pictures, latents, walk, sampler.sample(5)], strict=True))
    assert all(one.dtype == torch.float32 and one.device.type == "cpu" and not one.is_inference() for one in made)


def test_data_first_read_inside_inference_mode_train_a_run_outside_it(tiny, tmp_path):
    with torch.inference_mode():
        ganarium.check("points", "count=61", "size=16")
    assert ganarium.train(tiny("data.count=61"), steps=2, out=tmp_path / "run", on_line=str).checkpoint_steps()[-1] == 2


def test_the_state_is_restored_when_something_is_refused(usual):
    sampler = ganarium.load(usual)
    with default_dtype(torch.float64), torch.no_grad():
        before = state()
        with pytest.raises(UsageError):
            sampler.sample(-1)
        assert state() == before
