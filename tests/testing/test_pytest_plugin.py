"""`pytest --ganarium` in a process of its own, on a plug-in with planted faults."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

PLUGIN = "pytest_ganarium"
PARTS = '''
import torch, ganarium


@ganarium.register.objective("fine")
def fine():
    """A loss without a fault."""
    return (lambda real, fake: (1 - real).relu() + (1 + fake).relu()), (lambda real, fake: -fake)


@ganarium.register.objective("swapped")
def swapped():
    """A loss with its arguments in the wrong order."""
    return (lambda fake, real: (1 - real).relu() + (1 + fake).relu()), (lambda real, fake: -fake)


@ganarium.register.objective("demanding")
def demanding(margin: float):
    """A loss with a required setting."""


@ganarium.register.remedy("forgetful", neutral={"weight": 0.0})
class Forgetful(ganarium.Remedy):
    """A remedy that forgets a number."""

    def __init__(self, weight: float = 0.1):
        self.weight, self.steps = weight, 0

    def discriminator_term(self, duel):
        self.steps += 1
        return self.weight * self.steps * duel.real_logits**2


@ganarium.register.generator("flat")
class Flat(torch.nn.Module):
    """A generator of vectors."""

    def __init__(self, latent):
        super().__init__()
        self.layer = torch.nn.Linear(latent, 9)

    def forward(self, latents):
        return self.layer(latents)
'''

pytestmark = pytest.mark.slow
Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run_pytest(tmp_path: Path) -> Pytest:
    """Run pytest in a folder with the plug-in `parts.py`, with warnings as errors."""
    (tmp_path / "parts.py").write_text(PARTS)
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider", *words]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return run


def test_every_faulty_part_of_a_plug_in_fails_with_its_faults_and_the_others_pass(run_pytest: Pytest):
    said = run_pytest("--ganarium-plugin", "parts.py", "-rs")
    assert said.returncode == 1
    assert "3 failed, 1 passed, 1 skipped" in said.stdout
    assert "check it in a test: check_objective('demanding', margin=…)" in said.stdout
    assert "objective 'swapped' lacks 1 of 12 properties:" in said.stdout
    assert "its arguments are (real_logits, fake_logits), in this order" in said.stdout
    assert "(attributes that changed and are not in it: steps)" in said.stdout
    assert (
        "generator 'flat' lacks 1 of 1 properties:\n- can be built: generator=flat: returned shape (4, 9)"
        in said.stdout
    )
    assert "Traceback" not in said.stdout + said.stderr


def test_parts_that_collected_tests_register_are_checked_and_can_be_selected(run_pytest: Pytest, tmp_path: Path):
    (tmp_path / "test_own.py").write_text("import parts\ndef test_nothing(): pass\n")
    said = run_pytest("--ganarium", "-o", "pythonpath=.")
    assert "3 failed, 2 passed, 1 skipped" in said.stdout
    said = run_pytest("-o", "pythonpath=.")
    assert "1 passed" in said.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--ganarium",), "--ganarium: no part is registered; name a file with --ganarium-plugin FILE"),
        (("--ganarium-plugin", "other.py"), "other.py: does not exist"),
    ],
)
def test_without_parts_it_says_how_to_name_them(run_pytest: Pytest, words: tuple[str, ...], complaint: str):
    said = run_pytest(*words)
    assert (said.returncode, complaint in said.stderr) == (4, True), said


def test_without_its_options_it_imports_nothing_of_ganarium(run_pytest: Pytest, tmp_path: Path):
    code = "import sys\ndef test_light(): assert not {'ganarium', 'torch', 'pydantic', 'numpy'} & sys.modules.keys()\n"
    (tmp_path / "test_light.py").write_text(code)
    assert "1 passed" in run_pytest().stdout


def test_the_package_announces_the_plug_in():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"ganarium": PLUGIN}
    assert callable(import_module(PLUGIN).pytest_addoption)
