"""What a new user does first, in an empty environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
CLEAN |= {"PIP_NO_COMPILE": "1"}  # which takes half of the time and changes nothing else


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, env=CLEAN)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_a_clean_clone_trains_with_one_command_and_its_wheel_needs_nothing_else(tmp_path: Path):
    """The wheel goes into the environment that the clone made for itself, in place of the clone."""
    files = run("git", "ls-files", cwd=ROOT).splitlines()
    clone = tmp_path / "clone"
    for name in files:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name)
    out = run("scripts/run", "train.steps=3", "engine.threads=1", cwd=clone)
    assert "frechet/mnist-" in out
    assert "next:" in out
    assert (clone / "runs/digits/samples/step-00000003.png").is_file()

    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, clone, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    installed = clone / ".venv/bin"
    run(installed / "pip", "uninstall", "-q", "-y", "ganarium", cwd=tmp_path)
    shutil.rmtree(clone / "src")
    run(installed / "pip", "install", "-q", "--no-index", wheel, cwd=tmp_path)
    out = run(installed / "ganarium", "train", "digits", "train.steps=2", "--out", "digits", cwd=tmp_path)
    assert "frechet/mnist-" in out
    assert "Apache" in run(installed / "ganarium", "data", "show", "emoji", cwd=tmp_path)
