"""The verbs of the doctor: diagnose, on runs however they ended, and trial, however often it is killed."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import pytest
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from ganarium.diagnosis.advice import commands_for
from ganarium.diagnosis.diagnose import STILL_IMPROVING, DiagnosedFinding
from ganarium.runs.directory import EVENTS, Run
from ganarium.runs.events import Finding

pytestmark = pytest.mark.slow

WILD = ("ring", "data.count=100", "generator.hidden=[8]", "discriminator.hidden=[8]", "train.batch=8")
WILD += ("engine.device=cpu", "engine.threads=1", "optim.lr=3", "optim.schedule=constant", "train.steps=500")
WILD += ("record.log_every=10", "record.monitor_every=20", "remedies.ema=none", "record.sample_every=0")


@pytest.fixture(scope="module")
def sick(ganarium, tmp_path_factory) -> Path:
    """A folder with runs/wild, whose learning rate is absurd."""
    folder = tmp_path_factory.mktemp("sick")
    assert ganarium("train", *WILD, "--out", "runs/wild", folder=folder).status == 0
    return folder


@pytest.fixture
def copy(sick: Path, tmp_path: Path) -> Path:
    shutil.copytree(sick / "runs", tmp_path / "runs")
    return tmp_path


def diagnosed(ganarium, folder: Path, name: str = "wild") -> dict:
    said = ganarium("diagnose", name, "--json", folder=folder)
    assert said.status == 0, said.stderr
    return json.loads(said.stdout)


def test_a_diagnosis_names_its_number_its_threshold_and_commands(sick, ganarium):
    values = diagnosed(ganarium, sick)
    severe = [one for one in values["findings"] if one["severe"]]
    assert severe
    for one in severe:
        assert {"name", "text", "meaning", "value", "threshold", "since", "remedies"} <= one.keys()
        assert one["remedies"]
    text = ganarium("diagnose", "wild", folder=sick).stdout
    assert f"WARNING: {severe[0]['title']}" in text
    assert all(command in text for command in severe[0]["remedies"])


def test_the_first_command_that_is_advised_can_be_typed(copy, ganarium):
    command = diagnosed(ganarium, copy)["findings"][0]["remedies"][0]
    words = shlex.split(command)[1:]
    said = ganarium(*words, "--out", "runs/cured", folder=copy)
    assert said.status == 0, said.stderr
    assert Run.open(copy / "runs/cured").provenance.parent.startswith("wild at step")


def test_where_nothing_was_kept_from_before_the_fault_the_advice_is_to_begin_anew(copy, ganarium):
    found = diagnosed(ganarium, copy)["findings"][0]
    for kept in (copy / "runs/wild/checkpoints").iterdir():
        if int(kept.stem.partition("-")[2]) < found["since"]:
            kept.unlink()
    command = diagnosed(ganarium, copy)["findings"][0]["remedies"][0]
    said = ganarium(*shlex.split(command)[1:], "train.steps=3", "--out", "runs/anew", folder=copy)
    assert said.status == 0, said.stderr
    assert Run.open(copy / "runs/anew").provenance.parent == ""


def test_a_run_that_still_improves_is_told_how_to_go_on(ganarium, tmp_path):
    """From nothing towards the ring: more of the same where the rate is constant, and anew where it has fallen."""
    words = ("ring", "data.count=100", "optim.lr=2e-3", "train.batch=16", "engine.device=cpu", "engine.threads=1")
    words += (
        "train.steps=60",
        "record.log_every=10",
        "record.monitor_every=30",
        "generator.hidden=[64]",
        "remedies.r1.gamma=0.3",
    )
    for name, word, verb in (
        ("a b", "optim.schedule=constant", "resume"),
        ("falling", "optim.schedule=linear", "train"),
    ):
        said = ganarium("train", *words, word, "--out", f"runs/{name}", folder=tmp_path)
        assert said.status == 0, said.stderr
        run = Run.open(tmp_path / "runs" / name)
        (command,) = commands_for(DiagnosedFinding(STILL_IMPROVING, "", "", "", severe=False), run)
        assert command.startswith(verb)
        assert (
            ganarium(
                *shlex.split(command), *(("--out", "runs/anew") if verb == "train" else ()), folder=tmp_path
            ).status
            == 0
        )
    assert Run.open(tmp_path / "runs/a b").checkpoint()[0].progress.step == 120
    assert Run.open(tmp_path / "runs/anew").experiment.horizon == 120


def test_the_log_tensorboard_and_the_end_of_training_say_what_was_found(sick, ganarium):
    run = Run.open(sick / "runs/wild")
    found = {line.event.name for line in run.events() if isinstance(line.event, Finding)}
    assert found
    board = EventAccumulator(str(run.tensorboard)).Reload()
    assert {f"findings/{name}/text_summary" for name in found} <= set(board.Tags()["tensors"])
    said = ganarium("train", *WILD, "--out", "runs/again", "--overwrite", folder=sick)
    assert "WARNING at step" in said.stderr
    assert "diagnose runs/again" in said.stdout


def test_a_log_is_all_that_is_read(copy, ganarium):
    before = diagnosed(ganarium, copy)
    for folder in ("checkpoints", "samples", "tensorboard"):
        shutil.rmtree(copy / "runs/wild" / folder)
    after = diagnosed(ganarium, copy)
    assert [one["text"] for one in after["findings"]] == [one["text"] for one in before["findings"]]
    assert after["signals"] == before["signals"]


def test_a_torn_log_is_read_as_far_as_it_goes(copy, ganarium):
    log = copy / "runs/wild" / EVENTS
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    assert diagnosed(ganarium, copy)["step"] < 500


def test_a_run_that_has_not_begun_is_too_early_to_say(copy, ganarium):
    (copy / "runs/wild" / EVENTS).unlink()
    shutil.rmtree(copy / "runs/wild/checkpoints")
    assert "too early" in ganarium("diagnose", "wild", folder=copy).stdout
    assert diagnosed(ganarium, copy)["findings"] == []


@pytest.mark.parametrize("content", [b"", b"\x00\xff" * 999, b"null\n" * 50, b"a diary\n", None])
def test_a_log_of_which_nothing_can_be_read_is_named_and_no_diagnosis_made_up(content, copy, ganarium):
    log = copy / "runs/wild" / EVENTS
    if content is None:
        log.unlink()
    else:
        log.write_bytes(content)
    said = ganarium("diagnose", "wild", folder=copy)
    assert (said.status, said.stdout) == (2, "")
    assert str(Path("runs/wild") / EVENTS) in said.stderr
    assert "ganarium evaluate runs/wild" in said.stderr


def test_damaged_lines_of_a_log_are_counted(copy, ganarium, caplog):
    log = copy / "runs/wild" / EVENTS
    lines = log.read_bytes().splitlines(keepends=True)
    half = lines[-1][: len(lines[-1]) // 2]
    log.write_bytes(b"".join([*lines[:9], b"#!\n", lines[9][::-1].strip() + b"\n", *lines[10:-1], half]))
    said = ganarium("diagnose", "wild", folder=copy)
    assert said.status == 0
    assert "skipped 2 lines" in caplog.text


def test_a_diagnosis_does_not_wait_for_torch(sick):
    code = "import sys; sys.argv = ['ganarium', 'diagnose', 'wild']\nfrom ganarium.cli.main import main\n"
    code += "try: main()\nexcept SystemExit as ended: assert not ended.code\nsys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=sick, stdout=subprocess.DEVNULL).returncode == 0


TRIAL = ("trial", "wild", "--at", 0, "--steps", 40, "--remedies", "r2,optim.lr=1e-3+spectral_norm")


def test_a_trial_trains_the_run_as_it_was_and_with_each_remedy_and_says_which_helped(copy, ganarium):
    said = ganarium(*TRIAL, "--json", folder=copy)
    assert said.status == 0, said.stderr
    values = json.loads(said.stdout)
    assert [one["name"] for one in values["outcomes"]] == ["baseline", "r2", "optim.lr=1e-3+spectral_norm"]
    assert values["outcomes"][0]["verdict"] == ""
    assert values["outcomes"][2]["verdict"] == "helped"
    assert {one["score"]["name"] for one in values["outcomes"]} == {"sliced/law"}
    with Image.open(copy / values["picture"]) as picture:
        assert picture.width > 600
    text = ganarium(*TRIAL, folder=copy).stdout
    assert "helped: " in text
    assert "one seed" in text


def test_without_advice_a_trial_says_that_it_tries_what_is_usual(copy, ganarium, caplog):
    (copy / "runs/wild" / EVENTS).write_bytes(b"")
    for kept in (copy / "runs/wild/checkpoints").glob("step-*[1-9]*"):
        kept.unlink()
    said = ganarium("trial", "wild", "--at", 0, "--steps", 10, folder=copy)
    assert said.status == 0
    assert "suggests nothing" in caplog.text
    assert "remedies.spectral_norm=true" in said.stdout


def test_as_it_was_is_the_run_itself_bit_for_bit(copy, ganarium):
    assert ganarium("trial", "wild", "--at", 0, "--steps", 500, "--remedies", "r2", folder=copy).status == 0
    run, repeated = Run.open(copy / "runs/wild"), Run.open(copy / "runs/wild-trial-0/baseline")
    one, other = (each.checkpoint(500)[0].tensors for each in (run, repeated))
    assert all(one[name].equal(other[name]) for name in one if not name.startswith("means/"))


def test_what_saves_a_run_that_breaks_has_helped(ganarium, tmp_path):
    words = [word for word in WILD if not word.startswith("optim")]
    train = (
        "train",
        *words,
        "optim=sgd",
        "optim.lr=1e9",
        "record.log_every=5",
        "record.keep_every=0",
        "--out",
        "runs/wild",
    )
    assert ganarium(*train, folder=tmp_path).status == 1
    tried = ("trial", "wild", "--at", 0, "--steps", 60, "--remedies", "optim.lr=1e-3", "--json")
    values = json.loads(ganarium(*tried, folder=tmp_path).stdout)
    assert [one["verdict"] for one in values["outcomes"]] == ["diverged", "helped"]


def test_a_trial_beyond_the_horizon_of_a_schedule_still_moves(ganarium, tmp_path):
    words = [word for word in WILD if "lr" not in word and "schedule" not in word]
    assert ganarium("train", *words, "optim.schedule=cosine", "--out", "runs/done", folder=tmp_path).status == 0
    said = ganarium("trial", "done", "--at", 500, "--steps", 40, "--remedies", "r2", "--json", folder=tmp_path)
    assert said.status == 0, said.stderr
    before, after = (
        Run.open(tmp_path / name).checkpoint()[0].tensors for name in ("runs/done", "runs/done-trial-500/r2")
    )
    assert not all(before[name].equal(after[name]) for name in before if "weights" in name)


def test_a_run_that_ends_by_the_clock_can_be_tried_twice(ganarium, tmp_path):
    words = [word for word in WILD if "steps" not in word]
    assert ganarium("train", *words, "train.seconds=0.5", "--out", "runs/clock", folder=tmp_path).status == 0
    for _ in range(2):
        said = ganarium("trial", "clock", "--at", 0, "--steps", 20, "--remedies", "r2", folder=tmp_path)
        assert said.status == 0, said.stderr


def test_a_fork_that_was_killed_while_it_was_made_is_made_anew(copy, ganarium):
    assert ganarium(*TRIAL, folder=copy).status == 0
    shutil.rmtree(copy / "runs/wild-trial-0/r2/checkpoints")
    assert ganarium(*TRIAL, folder=copy).status == 0


def test_a_trial_of_its_own_choice_tries_what_the_doctor_advises(copy, ganarium):
    values = json.loads(ganarium("trial", "wild", "--at", 0, "--steps", 20, "--json", folder=copy).stdout)
    advised = diagnosed(ganarium, copy)["findings"][0]["remedies"]
    tried = [one["name"] for one in values["outcomes"][1:]]
    assert tried
    assert all(any(words in command for command in advised) for words in tried)


def test_a_trial_that_is_killed_goes_on_with_what_is_left(copy, ganarium):
    words = [str(word) for word in (*TRIAL[:4], "--steps", 1000, *TRIAL[6:])]
    killed = subprocess.Popen([sys.executable, "-m", "ganarium", *words], cwd=copy, stderr=subprocess.DEVNULL)
    log, until = copy / "runs/wild-trial-0/r2" / EVENTS, monotonic() + 120
    while not log.exists() and monotonic() < until:
        sleep(0.05)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    whole = (copy / "runs/wild-trial-0/baseline" / EVENTS).read_bytes()
    said = ganarium(*words, folder=copy)
    assert said.status == 0, said.stderr
    assert (copy / "runs/wild-trial-0/baseline" / EVENTS).read_bytes() == whole


WRONG = [
    (("diagnose",), "RUN"),
    (("diagnose", "wlid"), "wlid", "wild"),
    (("diagnose", "wild", "--jsn"), "--jsn", "--json"),
    (("trial", "wild", "--remedies", "r11"), "r11", "r1"),
    (("trial", "wild", "--remedies", "r1+"), "''"),
    (("trial", "wild", "--remedies", "r2,r2"), "r2 and r2 are the same", "only once"),
    (("trial", "wild", "--remedies", "r2,remedies.r2=true"), "r2 and remedies.r2=true are the same"),
    (("trial", "wild", "--remedies", ""), "''"),
    (("trial", "wild", "--remedies", "r2,"), "''"),
    (("trial", "wild", "--remedies", "seed=1"), "seed=1", "share"),
    (("trial", "wild", "--remedies", "r2+train.steps=7"), "train.steps=7", "share"),
    (("trial", "wild", "--remedies", "r2.gama=1"), "remedies.r2.gama", "gamma"),
    (("trial", "wild", "--remedies", "r2", "--out", "runs/wild"), "runs/wild", "choose a folder"),
    (("trial", "wild", "--remedies", "r2", "--out", "runs/wild/experiment.toml"), "experiment.toml", "choose a"),
    (("trial", "wild", "--remedies", "r2,generator.hidden=[8,8]"), "generator.hidden", "keeps the shape"),
    (("trial", "wild", "--remedies", "optim.lr=3"), "already has this setting"),
    (("trial", "wild", "--remedies", "optim.lr=fast"), "optim.lr"),
    (("trial", "wild", "--remedies", "packing"), "keeps the shape"),
    (("trial", "wild", "--steps", "0"), "--steps"),
    (("trial", "wild", "--at", "-1"), "--at"),
    (("trial", "nowhere"), "nowhere"),
]


@pytest.mark.parametrize(("words", "needles"), [(words, needles) for words, *needles in WRONG])
def test_a_wrong_word_is_named_and_nothing_is_trained(words, needles, sick, ganarium, tree):
    before = tree(sick)
    said = ganarium(*words, folder=sick)
    assert said.status == 2
    assert all(needle in said.stderr for needle in needles), said.stderr
    assert tree(sick) == before


def test_a_folder_that_holds_another_trial_is_left_alone(copy, ganarium, tree):
    assert ganarium(*TRIAL, folder=copy).status == 0
    before = tree(copy)
    said = ganarium("trial", "wild", "--at", 0, "--steps", 60, "--remedies", "r2", folder=copy)
    assert said.status == 2
    assert "another trial" in said.stderr
    assert tree(copy) == before
