# ruff: noqa: ARG002
"""Observers of users: which hooks are called, that they never change training, and what happens when they fail."""

import re
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

import ganarium
from ganarium.core.errors import DivergedError, RunError, UsageError
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line, Scored, Span, Stopped, stop_reason
from ganarium.training.attached_observer import AttachedObserver
from ganarium.training.create import begin
from ganarium.training.loop import fit

WORDS = (
    *("train.steps=12", "record.log_every=4", "record.sample_every=4", "record.monitor_every=0"),
    *("engine.threads=1", "engine.kernels=default", "engine.device=cpu"),
)
HOOKS = ("on_start", "on_line", "on_span", "on_sample", "on_score", "on_finding", "on_checkpoint", "on_end", "observe")


class Diary(ganarium.Observer):
    """Writes down each call."""

    every = 6

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []

    def on_start(self, run: Run, step: int) -> None:
        self.run = run
        self.calls.append(("start", step))

    def on_span(self, span: Span) -> None:
        assert {"discriminator", "generator"} <= span.means.keys()
        self.calls.append(("span", span.step))

    def on_sample(self, sample: Any, path: Path) -> None:
        assert path.read_bytes()[1:4] == b"PNG"
        self.calls.append((sample.what, sample.step))

    def on_score(self, score: Scored) -> None:
        self.calls.append((score.name, score.step))

    def on_finding(self, finding: Finding) -> None:
        self.calls.append((finding.name, finding.step))

    def on_checkpoint(self, checkpoint: Any, path: Path) -> None:
        assert path.is_file()
        self.calls.append(("checkpoint", checkpoint.step))

    def on_end(self, end: Stopped) -> None:
        self.calls.append((end.reason, end.step))

    def observe(self, step: int, sampler: Any) -> Iterable[Event]:
        assert sampler.step == step
        brightness = float(sampler.sample(4, seed=step).mean())
        yield Scored(step, "brightness", brightness, floor=None, n=4)


def tensors(run: Run) -> dict[str, Tensor]:
    return dict(read(run.path / "checkpoints" / "step-00000012.safetensors").tensors)


def trained(experiment: ganarium.Experiment, folder: Path, *observers: ganarium.Observer) -> Run:
    run = begin(experiment, folder)
    list(fit(run, observers))
    return run


def findings(run: Run) -> list[Finding]:
    return [line.event for line in run.events() if isinstance(line.event, Finding)]


def test_each_hook_is_called_once_for_each_event_in_order(tiny, tmp_path):
    diary = Diary()
    run = trained(tiny(*WORDS), tmp_path / "run", diary)
    assert diary.run is run
    assert [call for call in diary.calls if call[0] != "data"] == [
        ("start", 0),
        ("generated", 0),
        ("checkpoint", 0),
        ("span", 4),
        ("generated", 4),
        ("brightness", 6),
        ("checkpoint", 6),  # which is kept as the best one
        ("span", 8),
        ("generated", 8),
        ("span", 12),
        ("generated", 12),
        ("brightness", 12),
        ("checkpoint", 12),
        ("finished", 12),
    ]
    assert [line.event.name for line in run.events() if isinstance(line.event, Scored)] == ["brightness"] * 2


class Meddler(ganarium.Observer):
    """Draws from every global generator, and changes whatever it can reach."""

    every = 5

    def on_start(self, run: Run, step: int) -> None:
        self._meddle()

    def on_span(self, span: Span) -> None:
        span.means.clear()  # type: ignore[attr-defined]
        self._meddle()

    def on_end(self, end: Stopped) -> None:
        raise ValueError

    def observe(self, step: int, sampler: Any) -> None:
        self._meddle()
        with torch.no_grad():
            for weights in sampler.generator.parameters():
                weights.zero_()
        sampler.generator.train()

    def _meddle(self) -> None:
        torch.manual_seed(int(np.random.default_rng(0).integers(100)))
        torch.rand(3)
        np.random.seed(1)  # noqa: NPY002
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_num_threads(2)
        torch.set_default_device("meta")
        torch.use_deterministic_algorithms(True)
        torch.set_float32_matmul_precision("medium")
        torch.backends.mkldnn.conv.fp32_precision = "bf16"  # type: ignore[attr-defined]
        torch.set_flush_denormal(True)


class EssentialMeddler(Meddler):
    """Changes settings, also between two events."""

    essential = True

    def on_end(self, end: Stopped) -> None:
        self._meddle()

    def observe(self, step: int, sampler: Any) -> Iterable[Event]:
        self._meddle()
        yield Finding(step, "first", "a finding")
        self._meddle()


def settings() -> tuple[object, ...]:
    kernels = torch.backends.mkldnn.matmul, torch.backends.mkldnn.conv  # type: ignore[attr-defined]
    precision = torch.get_float32_matmul_precision(), *(kernel.fp32_precision for kernel in kernels)
    modes = torch.are_deterministic_algorithms_enabled(), torch.is_grad_enabled(), sys.float_info.min / 2 == 0.0
    return *modes, *precision, torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()


@pytest.mark.slow
@pytest.mark.parametrize("observer", [Meddler, EssentialMeddler])
def test_settings_of_torch_are_restored_after_each_hook(observer, tiny, tmp_path):
    attached, before = AttachedObserver(observer(), begin(tiny(*WORDS), tmp_path / "run")), settings()
    [*attached.start(0)]
    assert settings() == before
    [*attached.receive(Line(Span(4, {"generator": 1.0}), 0, 0, 0.0))]
    assert settings() == before
    for _ in attached.observe(12, None):
        assert settings() == before
    assert settings() == before
    [*attached.end(Stopped(12, "finished"))]
    assert settings() == before


@pytest.mark.slow
def test_a_run_is_the_same_bit_for_bit_with_and_without_observers(tiny, tmp_path):
    words = (*WORDS, "discriminator.dropout=0.5", "remedies.ema=true", "remedies.instance_noise=true")
    alone = trained(tiny(*words), tmp_path / "alone")
    watched = trained(tiny(*words), tmp_path / "watched", Meddler(), Diary())
    expected, found = tensors(alone), tensors(watched)
    assert expected.keys() == found.keys()
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert [line.event for line in alone.events() if isinstance(line.event, Span)] == [
        line.event for line in watched.events() if isinstance(line.event, Span)
    ]


class Broken(ganarium.Observer):
    """Fails in one hook, each time."""

    every = 4

    def __init__(self, hook: str, error: BaseException) -> None:
        self.times, self.ended = 0, 0

        def fail(*_: object) -> None:
            self.times += 1
            raise error

        setattr(self, hook, fail)

    def observe(self, step: int, sampler: Any) -> Iterable[Event]:
        return [Scored(step, "one", 1.0, None, 4), Finding(step, "mine", "a finding")]

    def on_end(self, end: Stopped) -> None:
        self.ended += 1


@pytest.mark.slow
@pytest.mark.parametrize("hook", HOOKS)
def test_an_observer_that_raises_is_logged_once_and_the_run_goes_on(hook, tiny, tmp_path):
    broken, diary = Broken(hook, ValueError("no such\ncolumn")), Diary()
    run = trained(tiny(*WORDS), tmp_path / "run", broken, diary)
    assert broken.times >= 1
    assert broken.ended == (hook != "on_end")
    (said,) = (finding.text for finding in findings(run) if finding.name == "observer")
    assert re.match(rf"Broken\.{hook} raised ValueError: no such column \(test_observers\.py:\d+\); training", said)
    assert stop_reason(run.events()) == "finished"
    assert ("finished", 12) in diary.calls
    assert ("observer" in dict(diary.calls)) == (hook != "on_end")  # which is the last call


@pytest.mark.slow
def test_the_error_is_printed_once_with_the_name_of_the_observer(tiny, tmp_path, capfd):
    broken = Broken("on_span", KeyError("frechet"))
    ganarium.train(tiny(*WORDS), observers=[broken], out=tmp_path / "run")
    assert broken.times == 3
    lines = [line for line in capfd.readouterr().err.splitlines() if "Broken" in line]
    assert len(lines) == 1
    assert lines[0].startswith("observer: Broken.on_span raised KeyError: 'frechet'")


@pytest.mark.parametrize(
    ("returned", "complaint"),
    [
        ("a text", "observe must return findings and scores, not str"),
        (3, "observe must return findings and scores, not int"),
        ([Stopped(12, "finished")], "observe must return findings and scores, not Stopped"),
        ([Scored(7, "x", 1.0, None, 1)], "observe returned an event of step 7 at step 12"),
        ([Scored(12, "x", float("nan"), None, 1)], "Out of range float values are not JSON compliant"),
        ([Scored(12, "x", np.float32(1), None, 1)], "not JSON serializable"),
        ([Finding(12, "x", 3)], "finding.text: input should be a valid string"),
    ],
)
def test_what_observe_returns_is_written_only_if_it_can_be_read_again(returned, complaint, tiny, tmp_path):
    class Odd(ganarium.Observer):
        """Returns something else."""

        def observe(self, step: int, sampler: Any) -> Any:
            return returned

    observer = AttachedObserver(Odd(), begin(tiny(*WORDS), tmp_path / "run"))
    (finding,) = observer.observe(12, None)
    assert isinstance(finding, Finding)
    assert complaint in finding.text
    assert list(observer.observe(12, None)) == []


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["on_start", "on_span", "observe", "on_end"])
def test_an_interruption_in_a_hook_stops_the_run_which_is_then_resumed_exactly(hook, tiny, tmp_path):
    whole = trained(tiny(*WORDS), tmp_path / "whole", Diary())
    run = begin(tiny(*WORDS), tmp_path / "run")
    broken = Broken(hook, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        list(fit(run, [broken]))
    assert broken.ended == (hook != "on_end")
    list(fit(Run.open(run.path), [Diary()]))
    expected, found = tensors(whole), tensors(run)
    assert [n for n in expected if not torch.equal(expected[n], found[n])] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "interruption", "reason"),
    [(("optim=sgd", "optim.lr=1e30"), None, "diverged"), ((), RuntimeError, "interrupted"), ((), None, "finished")],
)
def test_the_end_is_told_once_with_its_reason(words, interruption, reason, tiny, tmp_path):
    diary = Diary()
    run = begin(tiny(*WORDS, *words), tmp_path / "run")
    lines = fit(run, [diary])
    with suppress(DivergedError, RuntimeError):
        for line in lines:
            if interruption and line.event.step == 8:
                lines.throw(interruption)
    assert stop_reason(run.events()) == reason
    assert [call for call in diary.calls if call[0] in ("finished", "interrupted", "diverged")] == [
        (reason, run.events()[-1].event.step)
    ]


def test_an_essential_observer_that_raises_stops_the_run(tiny, tmp_path):
    class Strict(ganarium.Observer):
        """Needs disk space."""

        essential = True

        def on_span(self, span: Span) -> None:
            if span.step == 8:
                raise RunError("no space left")

    run = begin(tiny(*WORDS), tmp_path / "run")
    with pytest.raises(RunError, match="no space left"):
        list(fit(run, [Strict()]))
    assert stop_reason(run.events()) == "interrupted"
    assert run.checkpoint_steps()[-1] == 8


class Frequent(ganarium.Observer):
    """Has an interval that is none."""

    def __init__(self, every: Any) -> None:
        self.every = every


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (Diary, r"Diary is not an instance of ganarium\.Observer; create it: Diary\(\)"),
        (print, r"builtin_function_or_method is not an instance of ganarium\.Observer"),
        (None, r"NoneType is not an instance of ganarium\.Observer"),
        (object(), r"object is not an instance of ganarium\.Observer"),
        (Frequent(-1), r"Frequent\.every=-1: must be a number of steps, 0 or more"),
        (Frequent(2.5), r"Frequent\.every=2\.5: must be a number of steps, 0 or more"),
        (Frequent(True), r"Frequent\.every=True: must be"),
    ],
)
def test_what_is_no_observer_is_refused_before_anything_is_written(given, complaint, tiny, tmp_path):
    for call in (
        lambda: ganarium.train(tiny(*WORDS), observers=[given], out=tmp_path / "run"),
        lambda: ganarium.train(tiny(*WORDS), observers=[Diary(), given], out=tmp_path / "run"),
    ):
        with pytest.raises(UsageError, match=complaint):
            call()
    assert not (tmp_path / "run").exists()


def test_observers_that_are_no_list_or_listed_twice_are_refused(tiny, tmp_path):
    diary = Diary()
    for given, complaint in (
        (diary, r"observers=.*: pass a list"),
        ("csv", r"observers='csv': pass a list"),
        ([diary, diary], "Diary is listed twice"),
    ):
        with pytest.raises(UsageError, match=complaint):
            ganarium.train(tiny(*WORDS), observers=given, out=tmp_path / "run")
    with pytest.raises(UsageError, match=r"an experiment has no objects; pass them to ganarium\.train"):
        ganarium.experiment(tiny(), observers=[diary])


@pytest.mark.slow
def test_objects_observe_training_resuming_and_forking_only_when_they_are_passed(tiny, tmp_path):
    def quiet(line: Line) -> None: ...

    first, second, third = Diary(), Diary(), Diary()
    run = ganarium.train(tiny(*WORDS), observers=[first], out=tmp_path / "run", on_line=quiet)
    assert "observers" not in dict(run.experiment.observers)
    ganarium.resume(run, steps=16, observers=None, on_line=quiet)
    ganarium.resume(run, steps=20, observers=[second], on_line=quiet)
    ganarium.fork(run, 20, "train.steps=24", observers=[third], out=tmp_path / "fork", on_line=quiet)
    starts: Callable[[Diary], Any] = lambda diary: (diary.calls[0], diary.calls[-1])  # noqa: E731
    assert starts(first) == (("start", 0), ("finished", 12))
    assert starts(second) == (("start", 16), ("finished", 20))
    assert starts(third) == (("start", 20), ("finished", 24))
