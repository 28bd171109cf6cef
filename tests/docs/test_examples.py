"""Every example runs, with fewer steps, and leaves what it says."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[2] / "examples"
FEWER = {
    "STEPS = 2000": "STEPS = 20",
    "STEPS, LATENT, CLASSES = 2000": "STEPS, LATENT, CLASSES = 4",
    "STEPS, LATENT, WIDTH = 4_000, 64, 16": "STEPS, LATENT, WIDTH = 2, 64, 8",
    '"steps": STEPS, "batch": 32}': '"steps": STEPS, "batch": 16}, "engine": {"kernels": "default"}',
    "EPOCH, EPOCHS = 500, 8": "EPOCH, EPOCHS = 20, 2",
    "steps=STEPS": "steps=STEPS, engine={'kernels': 'default'}, train={'batch': 16}",
    "evaluate(run)": "evaluate(run, n=100)",
    "n=2000": "n=100",
    "n=1000": "n=100",
}

pytestmark = pytest.mark.slow


def run(name: str, *words: str, folder: Path) -> str:
    """Run an example for fewer steps in a process of its own."""
    code = (EXAMPLES / name).read_text()
    for text, fewer in FEWER.items():
        code = code.replace(text, fewer)
    assert "STEPS" not in code or code != (EXAMPLES / name).read_text(), "shorten it"
    (folder / name).write_text(code)
    done = subprocess.run([sys.executable, name, *words], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_own_networks(tmp_path: Path):
    said = run("own_networks.py", folder=tmp_path)
    assert "torch.Size([10, 1, 28, 28])" in said
    assert "frechet" in said


def test_own_data(tmp_path: Path):
    assert "torch.Size([8, 1, 32, 32])" in run("own_data.py", folder=tmp_path)


def test_own_observer(tmp_path: Path):
    said = run("own_observer.py", folder=tmp_path).splitlines()
    assert sum("(best)" in line for line in said) >= 1
    assert any(line.endswith("step-00000020.png") for line in said)


def test_epochs(tmp_path: Path):
    assert "epoch 1: D loss" in run("epochs.py", folder=tmp_path)
    assert (tmp_path / "runs/epochs/checkpoints/step-00000040.safetensors").exists()


def test_seed_study(tmp_path: Path):
    assert re.search(r"B: r1, 3 seeds", run("seed_study.py", folder=tmp_path))


def test_score_arrays(tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 256, (200, 28, 28), dtype=np.uint8)
    np.save(tmp_path / "images.npy", noise)
    lines = run("score_arrays.py", "images.npy", folder=tmp_path).splitlines()
    (line,) = [line for line in lines if line.startswith("frechet/mnist")]
    value, floor = map(float, re.fullmatch(r"\S+: (\S+) ± \S+ \(real data: (\S+)\)", line).groups())
    assert value > 10 * floor


def test_two_classes_in_under_60_lines(tmp_path: Path):
    for name, brightness in (("dark", 40), ("light", 200)):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(300):
            colours = np.random.default_rng([brightness, i]).integers(0, 50, (64, 64, 3), dtype=np.uint8) + brightness
            Image.fromarray(colours.astype(np.uint8)).save(tmp_path / "pictures" / name / f"{i}.png")
    assert "seeds" in run("two_classes.py", "pictures", folder=tmp_path)
    assert len((EXAMPLES / "two_classes.py").read_text().splitlines()) < 60
