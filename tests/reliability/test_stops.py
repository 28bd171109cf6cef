"""Whatever stops a training, the run is saved and goes on bit for bit; whoever reads its progress cannot stop it."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import sleep
from typing import Any

import pytest

import ganarium
from ganarium.core.errors import RunError, UsageError
from ganarium.core.interrupts import caught_signals, interruptible
from ganarium.runs.directory import Run
from ganarium.runs.events import Event, Finding, Line
from ganarium.training.create import begin
from ganarium.training.loop import fit
from ganarium.training.sampler import Sampler

NAME = "pictures"
STARTING = 0.4  # seconds or so before a process makes its first step
COMMAND = (sys.executable, "-m", "ganarium")
Same = Callable[[Run, Run], None]


class BrokenError(Exception):
    """What a callback raises."""


def signalled(line: Line, number: int) -> None:
    del line
    signal.raise_signal(number)


def broken(line: Line, number: int) -> None:
    raise BrokenError(line, number)


def train_to_the_end(run: Path, words: Iterable[str], stop: Callable[[Line], None]) -> int:
    """Train, and go on after each `KeyboardInterrupt` and `BrokenError`; how many there were."""
    for stops in range(1000):
        try:
            if (run / "experiment.toml").exists():
                ganarium.resume(run, on_line=stop)
            else:
                ganarium.train(*words, out=run, on_line=stop)
        except (KeyboardInterrupt, BrokenError):
            continue
        return stops
    raise AssertionError("it never ends")


@pytest.mark.slow
@pytest.mark.parametrize("how", [signalled, broken])
def test_a_run_stopped_at_any_line_of_its_log_in_python_is_never_stopped(
    how: Callable[[Line, int], None], reference, words, same: Same, tmp_path, capfd
):
    seen: set[str] = set()

    def stop(line: Line) -> None:
        what = f"{line.event.kind} {line.event.step}"
        if line.event.step_bound and what not in seen:
            seen.add(what)
            how(line, signal.SIGINT)

    stops = train_to_the_end(tmp_path / "run", words[NAME], stop)
    assert stops > 15
    same(Run.open(tmp_path / "run"), reference(NAME))
    said = [line for line in capfd.readouterr().err.splitlines() if "to continue: ganarium.resume(" in line]
    assert len(said) == stops


@pytest.mark.slow
def test_a_callback_that_raises_at_the_last_line_leaves_a_finished_run(words, tmp_path):
    def stop(line: Line) -> None:
        if line.event.kind == "stopped":
            raise BrokenError

    with pytest.raises(BrokenError):
        ganarium.train(*words[NAME], out=tmp_path / "run", on_line=stop)
    run = Run.open(tmp_path / "run")
    assert [line.event.reason for line in run.events() if line.event.kind == "stopped"] == ["finished"]
    with pytest.raises(UsageError, match="is already complete"):
        ganarium.resume(run)


class Watcher(ganarium.Observer):
    """An observer that says something at each visit, and raises at some of them, before or after."""

    every, essential = 20, True

    def __init__(self, raising: list[int]) -> None:
        self.raising = raising

    def on_line(self, line: Line) -> None:
        if line.event.kind == "layers" and line.event.step in self.raising:
            self.raising.remove(line.event.step)
            raise BrokenError

    def observe(self, step: int, sampler: Sampler) -> Iterable[Event]:
        yield Finding(step, "first", f"{sampler.step}")
        if step in self.raising:
            self.raising.remove(step)
            raise RunError("no space left")
        yield Finding(step, "second", "")


WATCHED = ("train.steps=70", "record.log_every=10", "engine.threads=1", "engine.kernels=default")


@pytest.mark.slow
def test_observers_that_raise_between_and_within_visits_lose_nothing(tiny, tmp_path):
    runs = [begin(tiny(*WATCHED), tmp_path / name) for name in "ab"]
    list(fit(runs[0], [Watcher([])]))
    watcher, errors = Watcher([10, 40, 60, 70]), 0
    while watcher.raising:
        before = len(watcher.raising)
        with pytest.raises((BrokenError, RunError)):
            list(fit(runs[1], [watcher]))
        errors += 1
        assert len(watcher.raising) == before - 1
        assert runs[1].events()[-1].as_dict()["reason"] == "interrupted"
    list(fit(runs[1], [watcher]))
    whole, stopped = (
        [line.event for line in run.events() if line.event.step_bound and line.event.kind != "sample"] for run in runs
    )
    assert errors == 4
    assert stopped == whole


def test_a_caller_that_stops_listening_leaves_the_step_that_it_saw(tiny, tmp_path):
    run = begin(tiny("train.steps=50", "record.log_every=10", "record.checkpoint_seconds=1000"), tmp_path / "run")
    lines = fit(run)
    seen = next(line for line in lines if line.event.step == 30)
    lines.close()
    assert run.checkpoint_steps()[-1] == seen.event.step


@pytest.mark.slow
@pytest.mark.parametrize("count", [15, pytest.param(50, marks=pytest.mark.exhaustive)])
def test_ctrl_c_at_random_moments_is_never_interrupted(workshop, reference, words, same: Same, tmp_path, count: int):
    untouched, moments, hits, copies = reference(NAME), random.Random(NAME), 0, 0
    share = (STARTING + untouched.events()[-1].time) / 4
    run = tmp_path / "run-0"
    while hits < count:
        born = (run / "experiment.toml").exists()
        sitting = workshop.start(*(("resume", run) if born else ("train", *words[NAME], "--out", run)), folder=tmp_path)
        sleep(moments.uniform(0, share))
        os.kill(sitting.pid, signal.SIGINT)
        status = sitting.wait()
        complaints, text = sitting.complaints, sitting.stderr
        if status == 130:
            hits += 1
            assert ("to continue: ganarium resume" in text) != (complaints == ["ganarium: interrupted"]), text
            assert "to continue:" in text or born or not (run / "experiment.toml").exists()
        else:  # it was done before
            assert status == 0 or "is already complete" in text, text
            same(Run.open(run), untouched)
            copies += 1
            run = tmp_path / f"run-{copies}"
    if (run / "experiment.toml").exists():
        workshop.run("resume", run, folder=tmp_path)
        same(Run.open(run), untouched)


@pytest.mark.slow
@pytest.mark.parametrize(
    "output",
    [
        "2>&1 | head -n 1",
        ">&- 2>&-",
        *(pytest.param(output, marks=pytest.mark.exhaustive) for output in ("2>&1 >/dev/null | head -n 1", "2>&-")),
    ],
)
def test_a_training_whose_output_nobody_takes_goes_on_to_its_end(output: str, reference, words, same: Same, tmp_path):
    line = " ".join(f"'{word}'" for word in (*COMMAND, "train", *words[NAME], "--out", "run"))
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{line} {output}"], cwd=tmp_path, text=True, capture_output=True, check=False
    )
    assert "Traceback" not in done.stderr + done.stdout
    assert done.returncode == 0
    same(Run.open(tmp_path / "run"), reference(NAME))
    for file in (tmp_path / "run").rglob("*.jsonl"):  # nothing of what was said went into a file
        assert b"stopping" not in file.read_bytes()


EARLY = """
import os, signal, sys
from ganarium import __main__ as entry
first = entry.{first}
class Press:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
def begin(*arguments):
    if {module!r}:
        sys.meta_path.insert(0, Press())
    else:
        os.kill(os.getpid(), signal.SIGINT)
    first(*arguments)
entry.{first} = begin
sys.argv = ["ganarium", *{words}]
entry.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "module", "words"),
    [
        ("_record_ctrl_c", "", ["train", "digits", "--dry-run"]),
        ("_open_closed_streams", "", ["train", "digits", "--dry-run"]),
        ("_open_closed_streams", "typer", ["data", "check", "mnist"]),
        ("_open_closed_streams", "pydantic", ["train", "digits"]),
        ("_open_closed_streams", "numpy", ["train", "digits"]),
        ("_open_closed_streams", "torch", ["train", "digits"]),
        ("_open_closed_streams", "torch.nn", ["train", "digits"]),
        ("_open_closed_streams", "torch.optim", ["train", "digits"]),
    ],
)
def test_ctrl_c_before_anything_is_written_is_one_line(first: str, module: str, words: list[str], tmp_path):
    code = EARLY.format(first=first, module=module, words=words)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, text=True, capture_output=True, check=False)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert (done.returncode, lines, done.stdout) == (130, ["ganarium: interrupted"], "")
    assert list(tmp_path.iterdir()) == []


SWALLOWED = """
import os, signal, sys, types
from ganarium.__main__ import main
def run():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        while True: pass
    except BaseException:
        pass
    while True: pass
sys.modules["ganarium.cli.main"] = types.SimpleNamespace(main=run)
main()
"""


@pytest.mark.slow
def test_a_ctrl_c_that_a_library_swallows_is_repeated():
    done = subprocess.run([sys.executable, "-c", SWALLOWED], text=True, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (130, "ganarium: interrupted\n")


def test_a_hangup_that_is_ignored_as_under_nohup_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with caught_signals() as caught:
            signal.raise_signal(signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        assert caught == []
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_work_that_loses_nothing_is_left_at_once_and_other_work_is_not(number: int):
    steps: list[Any] = []
    with caught_signals() as caught:
        signal.raise_signal(number)
        steps.append("goes on")
        with pytest.raises(KeyboardInterrupt), interruptible():
            steps.append("never")
    assert (caught, steps) == ([number], ["goes on"])
    with caught_signals(), pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(number)


class Departing:
    """Asks to stop while it is deleted, where Python raises nothing."""

    def __del__(self) -> None:
        signal.raise_signal(signal.SIGINT)


def test_a_stop_that_nothing_can_be_raised_for_is_raised_at_the_next_entrance_without_a_report(monkeypatch):
    reported: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", reported.append)
    with caught_signals() as caught:
        with interruptible():
            Departing()
        with pytest.raises(KeyboardInterrupt), interruptible():
            pass
    assert caught == [signal.SIGINT]
    assert reported == []
    assert sys.unraisablehook == reported.append
