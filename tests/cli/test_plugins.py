"""Plug-ins on the command line: real processes, a real kill, and one line for whatever is wrong."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ganarium.config.plugins import load_plugin
from ganarium.core.errors import InputError
from ganarium.runs.checkpoint import read

EXAMPLE = Path(__file__).parents[2] / "examples" / "own_parts.py"
TINY = ("data=points", "data.count=64", "data.size=16", "train.batch=8", "engine.threads=1", "engine.kernels=default")
OWN = ("generator=small", "generator.width=8", "discriminator=small", "objective=squared-hinge", "remedies.drift=true")
TRAIN = ("train", "dense-digits", *TINY, *OWN, "game.conditional=true")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, real_command) -> Path:
    """A folder with the plug-in `parts.py` and the run runs/own."""
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "parts.py").write_text(EXAMPLE.read_text())
    said = real_command("--plugin", "parts.py", *TRAIN, "train.steps=400", "--out", "runs/own", folder=folder)
    assert said.returncode == 0, said.stderr
    assert said.stderr.startswith("plug-in parts.py (sha256 ")
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ("show", "runs/own"),
        ("sample", "runs/own", "-n", "4", "--out", "x.npz", "--overwrite"),
        ("evaluate", "runs/own", "-n", "100"),
        ("diagnose", "runs/own"),
        ("fork", "runs/own", "--at", "0", "objective.margin=2", "train.steps=4"),
        ("resume", "runs/own", "--steps", "402"),
    ],
    ids=" ".join,
)
def test_a_run_of_a_plug_in_is_used_with_it_and_says_what_is_missing_without(words, folder, real_command):
    alone = real_command(*words, folder=folder)
    (line,) = alone.stderr.splitlines()
    assert alone.returncode == 2
    assert "the run was created with the plug-in parts.py (sha256 " in line
    assert "--plugin FILE" in line
    together = real_command(*words, "--plugin=parts.py", folder=folder)
    assert together.returncode == 0, together.stderr


def test_killed_and_resumed_is_never_interrupted(folder, real_command):
    steps = ("train.steps=1000", "record.checkpoint_seconds=0.05", "record.monitor_every=0")
    whole = real_command("--plugin", "parts.py", *TRAIN, *steps, "--out", "runs/whole", folder=folder)
    assert whole.returncode == 0, whole.stderr
    words = (sys.executable, "-m", "ganarium", "--plugin", "parts.py", *TRAIN, *steps, "--out", "runs/killed")
    process = subprocess.Popen(words, cwd=folder, stderr=subprocess.DEVNULL)
    checkpoints = folder / "runs/killed/checkpoints"
    while not [file for file in checkpoints.glob("*.safetensors") if int(file.stem[5:]) > 0]:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (checkpoints / "step-00001000.safetensors").exists()
    resumed = real_command("resume", "runs/killed", "--plugin", "parts.py", folder=folder)
    assert resumed.returncode == 0, resumed.stderr
    ends = [read(folder / f"runs/{name}/checkpoints/step-00001000.safetensors").tensors for name in ("whole", "killed")]
    assert ends[0].keys() == ends[1].keys()
    assert all(torch.equal(ends[0][name], ends[1][name]) for name in ends[0])


def test_the_parts_of_a_plug_in_are_listed_and_shown(folder, real_command):
    assert "drift" in real_command("--plugin", "parts.py", "remedies", folder=folder).stdout
    shown = real_command("show", "runs/own", "--json", "--plugin", "parts.py", folder=folder)
    assert "drift" in json.loads(shown.stdout)["settings"]["remedies"]


def test_a_study_trains_and_compares_variants_of_a_plug_in(folder, real_command):
    settings = ", ".join(f'"{word}"' for word in (*TINY, *OWN, "record.monitor_every=0", "record.sample_every=0"))
    (folder / "drifts.toml").write_text(
        f'recipe = "dense-digits"\nsettings = [{settings}]\nsteps = 20\nseeds = [0, 1, 2]\nn = 64\n'
        '[variants]\nplain = ["remedies.drift=none"]\ndrift = ["remedies.drift.weight=0.01"]\n'
    )
    said = real_command("study", "drifts.toml", "--plugin", "parts.py", folder=folder)
    assert said.returncode == 0, said.stderr
    assert "plain" in said.stdout
    assert "drift" in said.stdout


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "does not exist"),
        ("import nowhere\n", "importing it failed: ModuleNotFoundError: No module named 'nowhere' (parts.py:1)"),
        ("x = (\n", "importing it failed: SyntaxError: '(' was never closed (parts.py, line 1)"),
        (
            "import ganarium\n@ganarium.register.objective('hinge')\ndef f(): ...\n",
            "objective 'hinge' is already registered",
        ),
    ],
)
def test_a_plug_in_that_cannot_be_loaded_is_named_in_one_line(content, complaint, tmp_path, real_command):
    if content is not None:
        (tmp_path / "parts.py").write_text(content)
    said = real_command("--plugin", "parts.py", "recipes", folder=tmp_path)
    (line,) = said.stderr.splitlines()
    assert (said.returncode, "plug-in parts.py: " in line, complaint in line) == (2, True, True)


def test_a_file_that_is_no_python_is_refused(tmp_path, real_command):
    (tmp_path / "parts.toml").write_text("")
    said = real_command("--plugin", "parts.toml", "recipes", folder=tmp_path)
    assert (said.returncode, "is not a Python file" in said.stderr) == (2, True)


def test_a_plug_in_without_a_name_is_asked_for(tmp_path, real_command):
    for words in (("recipes", "--plugin"), ("--plugin=", "recipes")):
        said = real_command(*words, folder=tmp_path)
        assert (said.returncode, "--plugin: name a Python file" in said.stderr) == (2, True)


def test_a_plug_in_that_changed_is_said(folder, real_command, tmp_path):
    (tmp_path / "parts.py").write_text(EXAMPLE.read_text() + "# changed\n")
    said = real_command("--plugin", tmp_path / "parts.py", "show", "runs/own", folder=folder)
    assert said.returncode == 0, said.stderr
    assert "the run was created with the plug-in parts.py" in said.stderr


@pytest.mark.usefixtures("own_registries")
def test_a_plug_in_that_fails_halfway_leaves_nothing_registered(tmp_path, monkeypatch):
    monkeypatch.setenv("GANARIUM_PLUGINS", "")
    file = tmp_path / "half.py"
    part = "import ganarium\n@ganarium.register.objective('half')\ndef half():\n    'Half.'\n"
    file.write_text(part + "raise SystemExit(0)\n")
    with pytest.raises(InputError, match="importing it failed"):
        load_plugin(file)
    file.write_text(part)
    load_plugin(file)
