"""Law 2: killed anywhere and resumed is never interrupted, bit for bit."""

import os
import random
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import sleep

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow

AT_RANDOM = {"pictures": 6, "labels": 6, "plane": 4}
PLACES = ("write", "fsync", "replace", "replaced", "folder", "line", "torn line")
PASSAGES = (1, 2, 5)  # the first of all is the checkpoint of step 0, or the log's first line
STEPS = 200  # as in conftest.py
START = 0.4  # seconds or so before a process makes its first step, so that kills fall there too
KILLS = sum(AT_RANDOM.values()) + len(PLACES) * len(PASSAGES)

Same = Callable[[Run, Run], None]


def test_kills_are_many():
    assert sum(AT_RANDOM.values()) >= 14
    assert KILLS >= 20


@pytest.mark.parametrize("name", AT_RANDOM)
def test_killed_at_random_moments_is_never_interrupted(name, workshop, reference, words, same: Same, shell, tmp_path):
    untouched = reference(name)
    share = (START + untouched.events()[-1].time) / 4
    moments = random.Random(name)
    kills, copy = 0, tmp_path / "copy-0"
    while kills < AT_RANDOM[name]:
        sitting = workshop.start(*_next_words(copy, words[name]), folder=tmp_path)
        sleep(moments.uniform(0, share))
        os.kill(sitting.pid, signal.SIGKILL)
        status = sitting.wait()
        if status == -signal.SIGKILL:
            kills += 1
        else:  # it was done before the kill came; the next kills hit another copy
            _assert_done(status, sitting.stderr)
            same(Run.open(copy), untouched)
            copy = tmp_path / f"copy-{kills}-more"
    end: subprocess.CompletedProcess[str] = shell(*_next_words(copy, words[name]), folder=tmp_path)
    _assert_done(end.returncode, end.stderr)
    same(Run.open(copy), untouched)


@pytest.mark.parametrize("place", PLACES)
def test_killed_inside_a_write_is_never_interrupted(place, workshop, reference, words, same: Same, tmp_path):
    untouched = reference("pictures")
    copy = tmp_path / "copy"
    for passage in PASSAGES:
        trap = (place, passage, [signal.SIGKILL])
        status, sitting = workshop.run(*_next_words(copy, words["pictures"]), folder=tmp_path, trap=trap)
        assert status == -signal.SIGKILL, sitting.stderr
    status, sitting = workshop.run("resume", copy, folder=tmp_path)
    assert status == 0, sitting.stderr
    same(Run.open(copy), untouched)


def test_a_torn_line_is_passed_over_and_the_next_one_starts_afresh(workshop, words, tmp_path):
    trap = ("torn line", 9, [signal.SIGKILL])
    workshop.run("train", *words["pictures"], "--out", "torn", folder=tmp_path, trap=trap)
    run = Run.open(tmp_path / "torn")
    log = run.path / "events.jsonl"
    assert not log.read_bytes().endswith(b"\n")
    assert len(run.events()) == 8
    status, _ = workshop.run("resume", "torn", folder=tmp_path)
    assert status == 0
    assert log.read_bytes().endswith(b"\n")
    numbers = [line.seq for line in run.events()]
    assert numbers == sorted(set(numbers))
    assert run.events()[-1].phase == 1


def _next_words(copy: Path, words: tuple[str, ...]) -> tuple[object, ...]:
    born = (copy / "experiment.toml").exists()
    if not born and copy.exists():  # killed between the folder and its first file
        copy.rename(copy.with_name(copy.name + "-stillborn"))
    return ("resume", copy) if born else ("train", *words, "--out", copy)


def _assert_done(status: int, stderr: str) -> None:
    """Finished now, or killed earlier after its last checkpoint."""
    assert status == 0 or (status == 2 and f"is already complete ({STEPS} steps)" in stderr), stderr


def test_tensorboard_shows_no_step_of_a_killed_run_twice(workshop, words, reference, tmp_path):
    rarely = (*words["pictures"], "record.checkpoint_seconds=1000")  # so that much is superseded: back to step 100
    for n in (23, 8):
        trap = ("line", n, [signal.SIGKILL])
        status, sitting = workshop.run(*_next_words(tmp_path / "run", rarely), folder=tmp_path, trap=trap)
        assert status == -signal.SIGKILL, sitting.stderr
    status, sitting = workshop.run("resume", "run", folder=tmp_path)
    assert status == 0, sitting.stderr
    mine, theirs = (_board(run) for run in (Run.open(tmp_path / "run"), reference("pictures")))
    assert mine.keys() == theirs.keys()
    for name in theirs:
        steps = [step for step, _ in mine[name]]
        assert steps == sorted(set(steps)), name
        assert set(mine[name]) <= set(theirs[name]), name
        assert mine[name][-1] == theirs[name][-1], name


def _board(run: Run) -> dict[str, list[tuple[int, object]]]:
    """What TensorBoard shows of a run: scalars, and pictures as bytes."""
    board = EventAccumulator(str(run.tensorboard), size_guidance={"images": 0, "scalars": 0}).Reload()
    scalars = {tag: [(point.step, point.value) for point in board.Scalars(tag)] for tag in board.Tags()["scalars"]}
    images = {
        tag: [(point.step, point.encoded_image_string) for point in board.Images(tag)] for tag in board.Tags()["images"]
    }
    return scalars | images
