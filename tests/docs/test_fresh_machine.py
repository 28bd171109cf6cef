"""What a new user does first, in an empty environment."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CLEAN = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}


def run(*words: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, env=CLEAN)
    assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.slow
def test_a_clean_clone_trains_with_one_command(tmp_path: Path):
    files = run("git", "ls-files", cwd=ROOT).splitlines()
    clone = tmp_path / "clone"
    for name in files:
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name)
    out = run("scripts/run", "train.steps=30", "engine.threads=1", cwd=clone)
    assert "frechet/mnist-" in out
    assert "next:" in out
    assert (clone / "runs/digits/samples/step-00000030.png").is_file()


@pytest.mark.slow
def test_the_wheel_runs_in_an_empty_environment(tmp_path: Path):
    run(sys.executable, "-m", "build", "--wheel", "--outdir", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv/bin/python"
    constraints = ROOT / "constraints.txt"
    (torch,) = [line for line in constraints.read_text().splitlines() if line.startswith("torch==")]
    run(python, "-m", "pip", "install", "-q", torch, cwd=tmp_path)
    run(python, "-m", "pip", "install", "-q", "-c", constraints, wheel, cwd=tmp_path)
    out = run(tmp_path / "venv/bin/ganarium", "train", "digits", "train.steps=20", "--out", "digits", cwd=tmp_path)
    assert "frechet/mnist-" in out
