"""What goes wrong around a run: damage, company, signals, closed folders, full disks, newer files, wild numbers."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ganarium.runs.directory import Run

pytestmark = pytest.mark.slow
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount, and become another user")

NAME, NOBODY = "pictures", 65534
NEW = ("dense-digits", "data=points", "data.count=64", "train.steps=5", "engine.device=cpu", "engine.threads=1")
Same = Callable[[Run, Run], None]


@pytest.fixture(scope="module")
def dead(workshop, words, tmp_path_factory) -> Path:
    """A run that was killed before its end, with several checkpoints."""
    folder = tmp_path_factory.mktemp("dead")
    trap = ("replaced", 7, [signal.SIGKILL])
    status, sitting = workshop.run("train", *words[NAME], "--out", "run", folder=folder, trap=trap)
    assert status == -signal.SIGKILL, sitting.stderr
    return folder / "run"


@pytest.fixture
def copy(dead: Path, tmp_path: Path) -> Run:
    """A copy of the dead run, to be hurt."""
    return Run.open(shutil.copytree(dead, tmp_path / "copy"))


def cut(data: bytearray) -> bytearray:
    return data[: len(data) // 2]


def empty(data: bytearray) -> bytearray:
    return data[:0]


def zero_the_end(data: bytearray) -> bytearray:
    return data[:-600] + bytes(600)


def flip_a_weight(data: bytearray) -> bytearray:
    data[-300] ^= 0b100
    return data


def flip_the_header(data: bytearray) -> bytearray:
    data[data.index(b"generator/weights") + 4] ^= 1
    return data


def flip_the_progress(data: bytearray) -> bytearray:
    data[data.index(b"step", data.index(b"progress")) + 8] ^= 1
    return data


DAMAGES = (cut, empty, zero_the_end, flip_a_weight, flip_the_header, flip_the_progress)


def checkpoints(run: Run) -> list[Path]:
    """From the newest to the oldest."""
    return sorted((run.path / "checkpoints").iterdir(), reverse=True)


def damage(path: Path, how: Callable[[bytearray], bytearray]) -> None:
    before = path.read_bytes()
    path.write_bytes(how(bytearray(before)))
    assert path.read_bytes() != before


def last(run: Run, kind: str) -> dict:
    return [line for line in run.events() if line.event.kind == kind][-1].as_dict()


@pytest.fixture
def paused(workshop, words, tmp_path):
    """A process in the middle of training `run`, stopped while it holds it, and the run."""
    sitting = workshop.start(
        "train", *words[NAME], "--out", "run", folder=tmp_path, trap=("line", 12, [signal.SIGSTOP])
    )
    sitting.wait_until_stopped()
    return sitting, Run.open(tmp_path / "run")


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_checkpoint_is_passed_over_aloud(how, copy: Run, workshop, reference, same: Same):
    newest, before, *_ = checkpoints(copy)
    damage(newest, how)
    status, sitting = workshop.run("resume", copy.path, folder=copy.path)
    assert status == 0, sitting.stderr
    step = int(before.stem.removeprefix("step-"))
    (resumed,) = [line for line in copy.events() if line.event.kind == "resumed"]
    assert resumed.event.step == step
    assert newest.name in resumed.event.note
    assert "damaged" in resumed.event.note
    assert f"resuming from step {step}" in sitting.stderr
    assert newest.name in sitting.stderr
    same(copy, reference(NAME))


def test_damage_to_all_checkpoints_ends_with_one_line(copy: Run, workshop):
    for path in checkpoints(copy):
        damage(path, cut)
    for words in (("resume", copy.path), ("sample", copy.path, "--out", "x.png")):
        before = tree(copy.path)
        status, sitting = workshop.run(*words, folder=copy.path)
        assert status == 1
        (line,) = sitting.complaints
        assert "damaged" in line
        assert "no intact checkpoint" in line
        assert tree(copy.path) == before


def test_checkpoints_after_damage_survive_older_damaged_ones(copy: Run, workshop):
    for path in checkpoints(copy)[:2]:
        damage(path, flip_a_weight)
    workshop.run("resume", copy.path, folder=copy.path, trap=("line", 4, [signal.SIGKILL]))
    made = last(copy, "checkpoint")["step"]
    status, _ = workshop.run("resume", copy.path, folder=copy.path)
    assert status == 0
    assert last(copy, "resumed")["step"] >= made


def test_a_second_process_is_turned_away_and_the_first_is_unharmed(
    paused, workshop, reference, words, same: Same, tmp_path
):
    first, run = paused
    before = tree(run.path)
    intruders = {
        "resume": ("resume", run.path),
        "longer": ("resume", run.path, "--steps", "999"),
        "overwrite": ("train", *words[NAME], "--out", run.path, "--overwrite"),
    }
    for what, intruder in intruders.items():
        status, sitting = workshop.run(*intruder, folder=tmp_path)
        assert status == 1, what
        (line,) = sitting.complaints
        assert "another process" in line, what
        assert tree(run.path) == before, what
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait() == 0, first.stderr
    same(run, reference(NAME))


def test_a_run_in_training_can_be_sampled_and_shown(paused, workshop, tmp_path):
    first, _ = paused
    for verb in (("sample", "run", "-n", 4, "--out", "x.npz"), ("show", "run")):
        status, sitting = workshop.run(*verb, folder=tmp_path)
        assert status == 0, sitting.stderr
    os.kill(first.pid, signal.SIGCONT)
    assert first.wait() == 0, first.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_stops_and_a_resumed_run_is_as_if_never_stopped(
    number, times, workshop, reference, words, same: Same, tmp_path
):
    trap = ("line", 11, [number] * times)
    status, sitting = workshop.run("train", *words[NAME], "--out", "run", folder=tmp_path, trap=trap)
    run = Run.open(tmp_path / "run")
    if times == 1:
        assert status == 128 + number
        assert "ganarium resume run" in sitting.stderr
        stopped = last(run, "stopped")
        assert stopped["reason"] == "interrupted"
        assert run.checkpoint_steps()[-1] == stopped["step"]
    else:  # the second one takes effect at once
        assert status == (130 if number == signal.SIGINT else -number)
    assert "Traceback" not in sitting.stderr
    assert sitting.stdout == ""
    status, sitting = workshop.run("resume", "run", folder=tmp_path)
    assert status == 0, sitting.stderr
    same(run, reference(NAME))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder of root's that anybody can look into; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


CLOSED = [
    ("train", *NEW, "--out", "FOLDER/new"),
    ("train", *NEW),
    ("resume", "run"),
    ("resume", "run", "--steps", "500"),
    ("fork", "run", "--at", "0", "--out", "new"),
    ("sample", "run", "--out", "x.png"),
    ("data", "show", "ring"),
    ("data", "export", "points", "--out", "pictures"),
]


@needs_root
@pytest.mark.parametrize("verb", CLOSED, ids=str)
def test_a_folder_that_cannot_be_written_ends_with_one_line(verb, workshop, dead, open_folder):
    shutil.copytree(dead, open_folder / "run")
    before = tree(open_folder)
    words = [word.replace("FOLDER", str(open_folder)) for word in verb]
    status, sitting = workshop.run(*words, folder=open_folder, user=NOBODY)
    assert status == 1
    (line,) = sitting.complaints
    assert "cannot write" in line
    assert "Permission denied" in line
    assert tree(open_folder) == before


@needs_root
@pytest.mark.parametrize("verb", [("show", "run"), ("resume", "run"), ("sample", "run", "--out", "x.png")], ids=str)
def test_a_run_that_may_not_be_read_ends_with_one_line(verb, workshop, dead, open_folder):
    run = shutil.copytree(dead, open_folder / "run")
    run.chmod(0o700)
    status, sitting = workshop.run(*verb, folder=open_folder, user=NOBODY)
    assert status in (1, 2)
    (line,) = sitting.complaints
    assert "run" in line


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """A small disk in memory; call it with mount options, again to change them."""
    folder = Path(tempfile.mkdtemp(prefix="ganarium-disk-"))  # apart, since pytest clears its own folders
    (tmp_path / "disk").symlink_to(folder)
    mounted = False

    def mount(options: str) -> Path:
        nonlocal mounted
        how = f"remount,{options}" if mounted else options
        command = ["mount", "-t", "tmpfs", "-o", how, "none", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        mounted = True
        return folder

    yield mount
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@needs_root
@pytest.mark.parametrize("size", ["40k", "300k", "700k"])  # before the first checkpoint, and later
def test_a_full_disk_ends_with_one_line_and_space_heals(size, disk, workshop, reference, words, same: Same, tmp_path):
    folder = disk(f"size={size}")
    status, sitting = workshop.run("train", *words[NAME], "--out", folder / "run", folder=tmp_path)
    assert status == 1
    (line,) = sitting.complaints
    assert "No space left" in line
    assert "free some space" in line
    disk("size=50m")
    status, sitting = workshop.run("resume", folder / "run", folder=tmp_path)
    assert status == 0, sitting.stderr
    same(Run.open(folder / "run"), reference(NAME))


READ_ONLY = [("train", *NEW, "--out", "disk/new"), ("resume", "disk/run")]


@needs_root
@pytest.mark.parametrize("verb", READ_ONLY, ids=str)
def test_a_disk_that_is_read_only_ends_with_one_line(verb, disk, workshop, dead, tmp_path):
    shutil.copytree(dead, disk("size=50m") / "run")
    disk("ro")
    status, sitting = workshop.run(*verb, folder=tmp_path)
    assert status == 1
    (line,) = sitting.complaints
    assert "Read-only" in line


def test_a_checkpoint_of_a_newer_format_is_refused(copy: Run, workshop):
    newest = checkpoints(copy)[0]
    with safe_open(newest, framework="pt") as file:
        head = file.metadata()
    save_file(load_file(newest), newest, head | {"format": "2"})
    for words in (("resume", copy.path), ("sample", copy.path, "--out", "x.png")):
        status, sitting = workshop.run(*words, folder=copy.path)
        (line,) = sitting.complaints
        assert (status, "newer" in line, newest.name in line) == (1, True, True)


def test_settings_of_a_newer_format_are_refused(copy: Run, workshop):
    settings = copy.path / "experiment.toml"
    newer = settings.read_text().replace("format = 1", "format = 2", 1) + "\n[from_the_future]\nkey = 1\n"
    settings.write_text(newer)
    for words in (("resume", copy.path), ("show", copy.path), ("sample", copy.path, "--out", "x.png")):
        status, sitting = workshop.run(*words, folder=copy.path)
        (line,) = sitting.complaints
        assert (status, "newer" in line, "experiment.toml" in line) == (1, True, True)
    assert settings.read_text() == newer


def test_a_log_of_a_newer_format_is_refused(copy: Run, workshop):
    log = copy.path / "events.jsonl"
    log.write_text(log.read_text() + json.dumps({"format": 2, "seq": 99, "kind": "span", "step": 9}) + "\n")
    before = log.read_bytes()
    status, sitting = workshop.run("resume", copy.path, folder=copy.path)
    (line,) = sitting.complaints
    assert (status, log.read_bytes()) == (1, before)
    assert "newer" in line
    assert log.name in line


def test_a_checkpoint_that_is_kept_holds_numbers(workshop, words, tmp_path):
    wild = ("optim.lr=1e38", "record.checkpoint_seconds=1e-9")
    status, _ = workshop.run("train", *words[NAME], *wild, "--out", "wild", folder=tmp_path)
    assert status == 1
    for path in checkpoints(Run.open(tmp_path / "wild")):
        assert [name for name, tensor in load_file(path).items() if not tensor.isfinite().all()] == [], path.name


@pytest.mark.parametrize("name", ["pictures", "plane"])
def test_a_loss_that_is_no_number_ends_the_run_and_leaves_it_sound(name, workshop, words, tmp_path):
    wild = ("optim=sgd", "optim.lr=1e30", "record.checkpoint_seconds=1000", "record.keep_every=0")
    out = tmp_path / "wild"
    status, sitting = workshop.run("train", *words[name], *wild, "--out", out, folder=tmp_path)
    assert status == 1
    (line,) = sitting.complaints
    assert "discriminator." in line or "generator." in line
    assert "not finite" in line
    assert "optim.lr" in line
    assert "fork" in line
    assert sitting.stdout == ""
    run = Run.open(out)
    stopped = last(run, "stopped")
    assert (stopped["reason"], bool(stopped["note"])) == ("diverged", True)
    status, sitting = workshop.run("sample", out, "-n", 4, "--out", "x.npz", folder=tmp_path)
    assert status == 0, sitting.stderr
    tame = ("optim.lr=1e-3", "record.checkpoint_seconds=1000", "--out", "tame")
    status, sitting = workshop.run("fork", out, "--at", 0, *tame, folder=tmp_path)
    assert status == 0, sitting.stderr


def test_nothing_of_a_users_is_overwritten_unasked(workshop, words, dead, tmp_path):
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work")
    run = Run.open(shutil.copytree(dead, tmp_path / "run"))
    before = tree(tmp_path)
    for target, overwrite in ((thesis, []), (thesis, ["--overwrite"]), (run.path, [])):
        for verb in (("train", *words[NAME]), ("fork", run.path, "--at", 0)):
            status, sitting = workshop.run(*verb, "--out", target, *overwrite, folder=tmp_path)
            assert status == 2, verb
            (line,) = sitting.complaints
            assert str(target) in line
            assert tree(tmp_path) == before
    status, sitting = workshop.run("train", *words[NAME], "--out", run.path, "--overwrite", folder=tmp_path)
    assert status == 0, sitting.stderr
    assert Run.open(run.path).events()[-1].phase == 0


@pytest.mark.parametrize(
    ("before", "after", "named"),
    [("lr = 0.0002", "lr = 0.5", "optim.lr was 0.0002, is 0.5"), ("hidden = [16]", "hidden = [5]", "generator.hidden")],
)
def test_a_run_whose_settings_were_edited_is_not_resumed(copy: Run, workshop, before: str, after: str, named: str):
    file = copy.path / "experiment.toml"
    text = file.read_text()
    assert before in text, text
    file.write_text(text.replace(before, after))
    status, sitting = workshop.run("resume", copy.path, folder=copy.path)
    (line,) = sitting.complaints
    assert status == 1
    assert named in line
    assert "fork" in line


def test_a_fork_that_was_killed_before_it_had_weights_does_not_begin_anew(copy: Run, workshop):
    child = copy.path / "child"
    trap = ("replace", 1, [signal.SIGKILL])  # experiment.toml is whole, the first checkpoint is not
    status, _ = workshop.run("fork", copy.path, "--at", "40", "--out", child, folder=copy.path, trap=trap)
    assert status == -signal.SIGKILL
    status, sitting = workshop.run("resume", child, folder=copy.path)
    assert status == 1
    assert "fork" in sitting.complaints[0]


def test_runs_that_begin_together_get_a_folder_each(workshop, words, tmp_path):
    for _ in range(3):
        workshop.run("train", *words[NAME], "train.steps=2", folder=tmp_path)
    assert len(list(tmp_path.glob("runs/*/experiment.toml"))) == 3
