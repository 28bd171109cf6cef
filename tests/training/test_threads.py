"""Trainings and samplers in threads of one process: each is bit for bit what it is alone."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Thread, get_ident
from time import sleep

import pytest
import torch
from torch import Tensor

import ganarium
from ganarium.config.experiment import EngineConfig
from ganarium.runs.directory import Run
from ganarium.training.create import begin, resolved
from ganarium.training.device import resolve, threads, usable_cores
from ganarium.training.fair_lock import FairLock
from ganarium.training.loop import fit
from ganarium.training.sampler import load

ENGINES = (
    ("engine.threads=1", "engine.kernels=default"),
    ("engine.threads=1", "engine.kernels=onednn"),
    ("engine.threads=1", "engine.precision=bf16", "engine.kernels=default"),
)
WIDE = ("generator.hidden=[96, 96]", "discriminator.hidden=[96, 96]", "train.batch=64", "train.steps=20")


def state(run: Run) -> dict[str, Tensor]:
    return dict(run.checkpoint()[0].tensors)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return all(torch.equal(tensor, other[name]) for name, tensor in one.items())


@pytest.mark.slow
def test_trainings_and_samples_in_threads_are_what_they_are_alone(tiny, tmp_path: Path):
    def trained(name: str, engine: tuple[str, ...]) -> Run:
        run = begin(tiny(*WIDE, *engine, "engine.device=cpu", "record.log_every=10"), tmp_path / name)
        barrier.wait()
        list(fit(run))
        return run

    barrier = Barrier(1)
    alone = [trained(f"alone-{i}", engine) for i, engine in enumerate(ENGINES)]
    samples = load(alone[0]).sample(64, seed=1)
    barrier = Barrier(len(ENGINES) + 1)
    with ThreadPoolExecutor(len(ENGINES)) as pool:
        together = [pool.submit(trained, f"together-{i}", engine) for i, engine in enumerate(ENGINES)]
        barrier.wait()
        while not all(one.done() for one in together):
            assert torch.equal(load(alone[0]).sample(64, seed=1), samples)
    for one, other in zip(alone, together, strict=True):
        assert same(state(one), state(other.result()))


@pytest.mark.slow
def test_trainings_that_alternate_within_one_thread_leave_the_callers_threads_alone(tiny, tmp_path: Path):
    words = ("train.steps=20", "record.log_every=5", "engine.kernels=default", "engine.compile=no")
    runs = [begin(tiny(*words, f"engine.threads={n}"), tmp_path / str(n)) for n in (1, usable_cores())]
    before = torch.get_num_threads()
    first, second = (fit(run) for run in runs)
    for _ in zip(first, second, strict=False):
        assert torch.get_num_threads() == before
    first.close()
    second.close()


def test_the_lock_is_granted_in_the_order_of_requests_and_to_its_holder_again():
    lock, order = FairLock(), []

    def take(name: int) -> None:
        with lock.held(), lock.held():
            order.append(name)
            sleep(0.001)

    with lock.held():
        askers = [Thread(target=take, args=(name,)) for name in range(5)]
        for asker in askers:
            asker.start()
            sleep(0.02)  # until it waits
        order.append(get_ident())
    for asker in askers:
        asker.join()
    assert order == [get_ident(), 0, 1, 2, 3, 4]


def test_a_request_whose_wait_was_interrupted_is_withdrawn():
    lock = FairLock()

    def wait(_: object) -> bool:
        raise KeyboardInterrupt

    def interrupted() -> None:
        lock._changed.wait_for = wait  # type: ignore[method-assign, assignment]
        with pytest.raises(KeyboardInterrupt), lock.held():
            pass
        del lock._changed.wait_for

    with lock.held():
        one = Thread(target=interrupted)
        one.start()
        one.join()
    with lock.held():
        pass


def test_more_threads_than_cores_are_not_started_and_it_is_said(caplog):
    assert resolve(EngineConfig(device="cpu", threads=5000)).threads == usable_cores()
    assert "engine.threads=5000" in caplog.text
    assert f"using {usable_cores()}" in caplog.text


def test_a_recorded_number_of_threads_is_used_again_even_beyond_the_cores(tiny, tmp_path: Path):
    run = begin(tiny("engine.threads=1", "train.steps=4"), tmp_path / "run")
    many = usable_cores() + 1
    run.rewrite(
        run.experiment.model_copy(update={"engine": run.experiment.engine.model_copy(update={"threads": many})})
    )
    seen = {}

    class Watcher(ganarium.Observer):
        def on_line(self, line):  # noqa: ARG002
            seen["threads"] = torch.get_num_threads()

    list(fit(Run.open(run.path), [Watcher()]))
    assert seen == {"threads": many}
    assert Run.open(run.path).experiment.engine.threads == many


def test_threads_are_put_back():
    before = torch.get_num_threads()
    with threads(before + 1):
        assert torch.get_num_threads() == before + 1
    assert torch.get_num_threads() == before


def test_a_dry_run_tries_nothing(tiny):
    settled, why = resolved(tiny("engine.threads=1"), by_trial=False)
    assert (settled.engine.kernels, settled.engine.compile, why) == ("auto", "auto", "")
    assert settled.engine.device != "auto"
    assert ganarium.plan(settled) == settled
