"""The plug-in package of the examples, installed in an environment of its own."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import venv
from pathlib import Path

import pytest
import torch

from ganarium.runs.checkpoint import read

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "examples/plugin/README.md").read_text()
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
(STUDY,) = re.findall(r"```toml\n# example.toml\n(.*?)```", TEXT, re.DOTALL)
OWN = ("generator=residual-dense", "discriminator=residual-dense", "objective=tempered", "remedies.zero_penalty=true")
TRAIN = ("train", "plane", *OWN, "train.batch=16", "data.count=500", "engine.kernels=default")

pytestmark = pytest.mark.slow


class Installed:
    """An environment with ganarium's packages, in which the plug-in is installed."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder / "environment", with_pip=True)
        self.python, self.folder = folder / "environment/bin/python", folder
        (site,) = (folder / "environment").glob("lib/python*/site-packages")
        (site / "packages.pth").write_text(sysconfig.get_path("purelib"))
        shutil.copytree(ROOT / "examples/plugin", folder / "plugin")
        self.environment = {name: value for name, value in os.environ.items() if name != "GANARIUM_PLUGINS"}
        self.environment |= {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        self.run("-m", "pip", "install", "--quiet", "--no-deps", str(folder / "plugin"))

    def words(self, *words: str) -> tuple[str, ...]:
        return str(self.python), *words

    def run(self, *words: str) -> str:
        done = subprocess.run(self.words(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stderr}"
        return done.stdout

    def command(self, *words: str) -> str:
        return self.run("-m", "ganarium", *words)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"))


def test_every_command_of_its_page_works_in_order(installed: Installed):
    (installed.folder / "example.toml").write_text(STUDY.replace("steps = 2000", "steps = 20").replace("2000", "100"))
    for line in COMMANDS.splitlines():
        program, *words = shlex.split(line.replace("000", "00").replace("steps=200", "steps=20"))
        if program == "ganarium":
            assert installed.command(*words), line
    assert len(list((installed.folder / "example/cells").glob("penalty-seed[012]-*.json"))) == 3
    assert "zero_penalty" in installed.command("remedies")
    assert "example-parts" in (installed.folder / "runs/example/experiment.toml").read_text()


def test_a_killed_run_resumes_bit_for_bit(installed: Installed):
    steps = ("train.steps=800", "record.checkpoint_seconds=0.05", "record.monitor_every=0")
    installed.command(*TRAIN, *steps, "--out", "runs/whole")
    words = installed.words("-m", "ganarium", *TRAIN, *steps, "--out", "runs/killed")
    process = subprocess.Popen(words, cwd=installed.folder, env=installed.environment, stderr=subprocess.DEVNULL)
    checkpoints = installed.folder / "runs/killed/checkpoints"
    while not [file for file in checkpoints.glob("*.safetensors") if int(file.stem[5:]) > 0]:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    last = "checkpoints/step-00000800.safetensors"
    assert not (installed.folder / "runs/killed" / last).exists()
    installed.command("resume", "runs/killed")
    whole, resumed = (read(installed.folder / "runs" / name / last).tensors for name in ("whole", "killed"))
    assert whole.keys() == resumed.keys()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_its_parts_are_available_in_python_after_importing_ganarium_alone(installed: Installed):
    code = """
import ganarium
own = {"objective": {"kind": "tempered", "temperature": 0.5}, "remedies": {"zero_penalty": {}}}
run = ganarium.train("plane", steps=20, **own)
assert ganarium.diagnose(run) and ganarium.resume(run, steps=30).experiment.objective.temperature == 0.5
"""
    installed.run("-c", code)


def test_a_run_says_which_package_is_missing(installed: Installed):
    installed.command(*TRAIN, "train.steps=20", "--out", "runs/orphan")
    words = (sys.executable, "-m", "ganarium", "show", "runs/orphan")
    done = subprocess.run(words, cwd=installed.folder, env=installed.environment, capture_output=True, text=True)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "ganarium-example-parts" in line
