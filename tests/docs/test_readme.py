"""Every command of the README is run as it stands."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")
COMMANDS = [
    line.split("  #")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("ganarium ")
]
GANARIUM = Path(sys.executable).with_name("ganarium")


def ganarium(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = [str(GANARIUM), *shlex.split(command)[1:]]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


@pytest.mark.slow
def test_every_command_of_the_tour_works_in_order(tmp_path: Path):
    assert len(COMMANDS) > 12
    shutil.copy(ROOT / "tests/data/emoji.zip", tmp_path / "pictures.zip")
    (study,) = re.findall(r"```toml\n(# cures.toml.*?)```", TEXT, re.DOTALL)
    (tmp_path / "cures.toml").write_text(study)
    first = ganarium("ganarium train digits train.steps=60 --out runs/digits", tmp_path)  # as scripts/run leaves it
    assert first.returncode == 0, first.stderr
    for command in COMMANDS:
        done = ganarium(command, tmp_path)
        assert done.returncode == 0, f"{command}\n{done.stderr}"
        assert done.stdout, command
        for word in shlex.split(command):
            if word.endswith((".png", ".npz", ".gif")):
                assert (tmp_path / word).stat().st_size > 100, command


@pytest.mark.slow
def test_the_python_example_works(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    check = "assert pictures.shape == (64, 1, 28, 28) and 0 <= pictures.min() and pictures.max() <= 1"
    short = code.replace("steps=2000", "steps=2")
    assert short != code
    done = subprocess.run([sys.executable, "-c", f"{short}\n{check}"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_file_that_the_readme_links_to_is_there_and_not_empty():
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links
    for link in links:
        assert (ROOT / link).stat().st_size > 100, link
    assert "@@" not in TEXT
