"""A steered run is a run: what it did is in its log and its settings, and its settings alone make it again."""

import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any

import pytest
import torch

import ganarium
from ganarium.core.errors import RunError, UsageError
from ganarium.diagnosis.diagnose import diagnose
from ganarium.runs.checkpoint import read
from ganarium.runs.directory import Run
from ganarium.runs.events import Line, Steered, is_paused
from ganarium.runs.requests import LARGEST_FILE, MOST_FILES, Request, answer_to, write_request
from ganarium.training.create import begin
from ganarium.training.loop import fit

pytestmark = pytest.mark.slow

ENDLESS = (
    *("train.steps=100000000", "record.checkpoint_seconds=1000", "record.keep_every=0", "record.sample_every=0"),
    "engine.compile=no",  # which is else tried for so many steps
)
PATIENCE = 120.0  # seconds
NOBODY = 65534
Tensors = dict[str, torch.Tensor]


class Trained:
    """A run in training in a process of its own, which ends with the test."""

    def __init__(self, workshop: Any, folder: Path) -> None:
        self.workshop, self.folder, self.path = workshop, folder, folder / "run"

    def start(self, *words: object, **how: Any) -> None:
        self.sitting = self.workshop.start(*words, folder=self.folder, **how)
        began = sum(line.event.kind == "checkpoint" for line in self.lines)
        wait_until(lambda: len(self.lines) > began and self.lines[-1].event.step >= 0 and self.run.is_in_training())

    def train(self, *words: str, **how: Any) -> None:
        self.start("train", *words, *ENDLESS, "--out", "run", **how)
        wait_until(lambda: any(line.event.kind == "checkpoint" for line in self.lines))

    def resume(self) -> None:
        count = sum(line.event.kind == "resumed" for line in self.lines)
        self.start("resume", "run")
        wait_until(lambda: sum(line.event.kind == "resumed" for line in self.lines) > count)

    def kill(self) -> None:
        os.kill(self.sitting.pid, signal.SIGKILL)
        assert self.sitting.wait() == -signal.SIGKILL

    def steer(self, action: str, value: float | None = None) -> Steered:
        answer = ganarium.steer(self.path, action, value)
        assert answer is not None
        return answer

    def wait_until_paused(self) -> int:
        wait_until(lambda: is_paused(self.lines))
        return self.lines[-1].event.step

    def end(self) -> int:
        """Stop the run; return its last step."""
        step = self.steer("stop").step
        assert self.sitting.wait() == 130
        assert self.lines[-1].event.kind == "stopped"
        return step

    def answer(self, name: str) -> Steered:
        wait_until(lambda: answer_to(self.path, name, 0))
        answer = answer_to(self.path, name, 0)
        assert answer is not None
        return answer

    @property
    def run(self) -> Run:
        return Run.open(self.path)

    @property
    def lines(self) -> list[Line]:
        return self.run.events() if (self.path / "experiment.toml").exists() else []

    def tensors(self, step: int) -> Tensors:
        return dict(read(self.path / "checkpoints" / f"step-{step:08d}.safetensors").tensors)

    def assert_made_again(self) -> None:
        """Training with the settings of the run, without steering, gives the same log and the same tensors."""
        step = self.lines[-1].event.step
        words = (self.path / "experiment.toml", f"train.steps={step}", "--out", "again")
        status, sitting = self.workshop.run("train", *words, folder=self.folder)
        assert status == 0, sitting.stderr
        again = Run.open(self.folder / "again")
        mine, theirs = self.tensors(step), dict(again.checkpoint(step)[0].tensors)
        assert different(mine, theirs, "") == []
        assert spans(self.run, step) == spans(again, step)


def wait_until(true: Callable[[], object]) -> None:
    until = monotonic() + PATIENCE
    while not true():
        assert monotonic() < until
        sleep(0.02)


def spans(run: Run, step: int) -> list[dict[str, Any]]:
    """What the log says of whole intervals."""
    events = [line.event for line in run.events() if line.event.kind in ("span", "histogram", "layers")]
    return [asdict(event) for event in events if event.step % run.experiment.record.log_every == 0 < event.step <= step]


def different(first: Tensors, second: Tensors, start: str) -> list[str]:
    names = {name for name in {*first, *second} if name.startswith(start)}
    return sorted(n for n in names if n not in first or n not in second or not torch.equal(first[n], second[n]))


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers come late where many processes compute."""
    monkeypatch.setattr("ganarium.api.steering.PATIENCE", PATIENCE)


@pytest.fixture
def trained(workshop: Any, tmp_path: Path) -> Iterator[Trained]:
    made = Trained(workshop, tmp_path)
    yield made
    if made.path.exists() and made.run.is_in_training():
        made.kill()


def test_a_paused_run_makes_no_steps_and_only_the_named_player_moves(trained: Trained, words):
    trained.train(*words["pictures"])
    first = trained.steer("pause").step
    log, began, clock = (trained.path / "events.jsonl").read_bytes(), monotonic(), trained.lines[-1].time
    sleep(0.7)
    assert (trained.path / "events.jsonl").read_bytes() == log
    assert trained.steer("save").step == first
    assert trained.lines[-1].time - clock < (monotonic() - began) / 2  # the training clock stood still

    before = trained.tensors(first)
    assert trained.steer("discriminator", 3).step == first
    assert trained.wait_until_paused() == first + 3
    between = trained.tensors(first + 3)
    assert different(before, between, "generator/") == different(before, between, "remedies/ema/") == []
    assert different(before, between, "discriminator/weights")
    trained.steer("generator", 2)
    assert trained.wait_until_paused() == first + 5
    after = trained.tensors(first + 5)
    assert different(between, after, "discriminator/") == different(between, after, "remedies/spectral_norm/") == []
    assert different(between, after, "generator/weights")
    assert different(between, after, "remedies/ema/")
    assert trained.run.experiment.train.discriminator_only == (first, first + 1, first + 2)
    assert trained.run.experiment.train.generator_only == (first + 3, first + 4)

    trained.steer("continue")
    wait_until(lambda: trained.lines[-1].event.step > first + 60)
    with_requests, without = trained.lines, [line for line in trained.lines if not isinstance(line.event, Steered)]
    assert diagnose(with_requests).findings == diagnose(without).findings
    assert trained.end() > first + 60
    assert list((trained.path / "requests").iterdir()) == []
    for part in (
        f"step {first:,}: paused by ",
        " (ganarium steer run continue)",
        f"step {first:,}: 3 updates of only the discriminator by ",
        "; to continue: ",
    ):
        assert part in trained.sitting.stderr
    trained.assert_made_again()


def test_killed_while_paused_and_after_updates_of_one_player_is_made_again_by_its_settings(trained: Trained, words):
    trained.train(*words["labels"])
    trained.steer("pause")
    trained.steer("discriminator", 2)
    trained.wait_until_paused()
    trained.kill()
    trained.resume()  # not paused
    wait_until(lambda: any(isinstance(line.event, Steered) for line in trained.lines))
    moving = trained.steer("save").step
    wait_until(lambda: trained.steer("save").step > moving)

    trained.steer("slow", 20)
    start = trained.steer("discriminator", 10_000 - 2).step
    planned = trained.steer("generator", 4)
    assert trained.run.experiment.train.generator_only == tuple(range(start + 9_998, start + 10_002))
    assert planned.note == ""
    with pytest.raises(RunError, match="a run can have 10,000 such updates of each player, and has 10,000"):
        trained.steer("discriminator")
    trained.steer("save")
    trained.kill()
    trained.resume()  # makes the rest of the updates
    assert not is_paused(trained.lines)
    cut = trained.steer("pause").step
    assert start < cut < start + 9_998
    train = trained.run.experiment.train
    assert (train.discriminator_only[-1], train.generator_only) == (cut - 1, ())
    trained.steer("continue")
    wait_until(lambda: trained.lines[-1].event.step >= cut + 20)
    trained.end()
    trained.assert_made_again()


def test_several_requests_are_carried_out_in_order_and_continue_leaves_out_the_pause(trained: Trained, words):
    trained.train(*words["plane"], "train.discriminator_only=[100000]")
    first = trained.steer("pause").step
    asked = [("generator", 2), ("discriminator", 1), ("generator", 1), ("continue", None)]
    names = [write_request(trained.path, Request(action, value, "anna")) for action, value in asked]
    answers = [trained.answer(name) for name in names]
    assert [(one.action, one.value, one.by, one.note) for one in answers] == [(*each, "anna", "") for each in asked]
    wait_until(lambda: trained.steer("save").step > first + 4)
    train = trained.run.experiment.train
    assert (train.generator_only, train.discriminator_only) == ((first, first + 1, first + 3), (first + 2, 100_000))
    trained.end()
    trained.assert_made_again()


def test_of_two_people_the_second_is_told_what_the_first_did(trained: Trained, words):
    trained.train(*words["plane"])

    def ask(by: str, action: str, seen: int | None) -> Steered:
        return trained.answer(write_request(trained.path, Request(action, None, by, seen)))

    assert ask("anna", "pause", -1).note == ""
    (newest,) = (line for line in trained.lines if isinstance(line.event, Steered))
    refused = ask("<b>bo</b>", "continue", -1)
    assert refused.note == f"anna paused at step {newest.event.step:,}; look again before you steer"
    assert is_paused(trained.lines)
    assert ask("anna", "save", -1).note == ""  # her own request is no surprise to her
    assert "anna saved at step" in ask("bo", "continue", newest.seq).note
    assert ask("bo", "continue", trained.lines[-1].seq).note == ""
    assert ask("carl", "pause", None).note == ""  # does not check
    trained.kill()
    trained.resume()
    assert "carl paused at step" in ask("bo", "pause", 0).note
    trained.end()


def test_files_that_are_no_requests_are_refused_in_the_log_and_do_not_disturb(trained: Trained, words):
    trained.train(*words["plane"])
    folder = trained.path / "requests"
    folder.mkdir(exist_ok=True)
    secret = trained.folder / "secret.json"
    secret.write_text(json.dumps({"action": "stop"}))
    good = {"action": "pause", "value": None, "by": "", "seen": None}
    (folder / named(1)).write_bytes(b"{" * 100)
    (folder / named(2)).write_bytes(b" " * (1 << 20))
    (folder / named(3)).symlink_to(secret)
    os.mkfifo(folder / named(4))
    (folder / named(5)).write_text(json.dumps({**good, "action": "rm -rf \x1b[31m" + "x" * 99}))
    (folder / named(6)).write_text(json.dumps({**good, "value": 3}))
    (folder / named(7)).mkdir()
    (folder / "notes.txt").write_text("not a request")
    (folder / f"{named(8)}.part").write_bytes(b" " * (LARGEST_FILE + 1))
    wait_until(lambda: len(steered(trained)) == 9)
    sleep(0.3)
    found = steered(trained)
    assert len(found) == 9  # each once
    assert all(event.note for event in found)
    assert all(event.action == "" or event.action.isprintable() for event in found)
    assert "no action named" in found[4].note
    assert "pause takes no value" in found[5].note
    left = {named(7), "notes.txt", f"{named(8)}.part"}
    assert {file.name for file in folder.iterdir()} == left
    assert secret.exists()

    for number in range(MOST_FILES + 1):
        (folder / named(number + 100)).write_text(json.dumps(good))
    wait_until(lambda: {file.name for file in folder.iterdir()} == left)
    assert "at once; at most 100 can wait" in steered(trained)[9].note
    assert trained.steer("save").note == ""
    trained.end()


def named(number: int) -> str:
    return f"{number:020d}-0123456789ab.json"


def steered(trained: Trained) -> list[Steered]:
    return [line.event for line in trained.lines if isinstance(line.event, Steered)]


def test_requests_to_an_earlier_process_are_refused_and_a_run_at_rest_says_how_to_go_on(trained: Trained, words):
    trained.train(*words["plane"])
    trained.steer("pause")
    os.kill(trained.sitting.pid, signal.SIGINT)  # stops a paused run, too
    assert trained.sitting.wait() == 130
    assert trained.lines[-1].event.kind == "stopped"
    with pytest.raises(
        UsageError, match=r"is not in training, so it cannot be steered; to continue it: ganarium resume"
    ):
        trained.steer("pause")
    name = write_request(trained.path, Request("stop"))
    trained.resume()
    answer = trained.answer(name)
    assert (answer.action, answer.note) == (
        "stop",
        "the request is older than the process that trains the run; make it again",
    )
    wait_until(lambda: not list((trained.path / "requests").iterdir()))
    trained.end()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user, who may not write")
def test_where_requests_cannot_be_deleted_each_is_carried_out_once(workshop, words):
    with tempfile.TemporaryDirectory(dir="/tmp") as name:  # pytest's own folders are closed to others
        folder = Path(name)
        folder.chmod(0o777)
        trained = Trained(workshop, folder)
        trained.train(*words["plane"], user=NOBODY)
        (trained.path / "requests").mkdir()
        first = trained.steer("pause").step
        sleep(0.3)
        assert trained.steer("continue").step == first
        wait_until(lambda: trained.steer("save").step > first)
        assert [event.action for event in steered(trained)][:2] == ["pause", "continue"]
        assert len(list((trained.path / "requests").iterdir())) == len(steered(trained))
        trained.end()
        shutil.rmtree(trained.path / "requests")


def test_a_full_disk_refuses_updates_of_one_player_and_training_goes_on(trained: Trained, words):
    trained.train(*words["plane"])
    step = trained.steer("pause").step
    experiment = trained.path / "experiment.toml"
    content = experiment.read_bytes()
    experiment.unlink()
    experiment.mkdir()  # so that it cannot be replaced
    name = write_request(trained.path, Request("discriminator", 3))
    wait_until(lambda: answer_to(trained.path, name, 0))
    experiment.rmdir()
    experiment.write_bytes(content)
    assert "cannot write" in trained.answer(name).note
    assert trained.steer("save").step == step  # still paused
    trained.steer("continue")
    trained.end()
    trained.assert_made_again()


def test_while_one_run_is_paused_another_of_the_same_process_trains_to_its_end(tiny, tmp_path):
    words = ("record.monitor_every=0", "engine.kernels=default", "engine.device=cpu", "engine.compile=no")
    paused = begin(tiny(*words, "train.steps=100000000"), tmp_path / "paused")
    other = begin(tiny(*words, "train.steps=300"), tmp_path / "other")
    thread = Thread(target=lambda: list(fit(paused)))
    thread.start()
    try:
        wait_until(lambda: (paused.path / "events.jsonl").exists() and paused.events())
        answer = ganarium.steer(paused, "pause")
        assert answer is not None
        list(fit(other))
        assert other.events()[-1].event.step == 300
        assert paused.events()[-1].event.step == answer.step
    finally:
        ganarium.steer(paused, "stop")
        thread.join()
