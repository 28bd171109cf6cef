"""Every command of the README is run, for fewer steps."""

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
# the tour as a small experiment: a twentieth of the steps, a tenth of the samples, one thread
STEPS = re.compile(r"(steps=|steps = |--steps |--at )(\d+)")
FEWER = {
    "ganarium train digits": "ganarium train digits train.steps=60",
    "train.seconds=20": "train.seconds=1",
    "-n 1000": "-n 100",
    "-n 2000": "-n 200",
    "n = 1000": "n = 100",
    "seeds = [0, 1]": "seeds = [0]",
    "data=polygons": "data=polygons data.size=32 data.count=200",
}
MORE = {"ganarium train ": "engine.threads=1", "ganarium evaluate runs/": "-n 100"}


def smaller(text: str) -> str:
    text = STEPS.sub(lambda found: found[1] + str(int(found[2]) // 20), text)
    for words, fewer in FEWER.items():
        text = text.replace(words, fewer)
    return " ".join([text, *(more for start, more in MORE.items() if text.startswith(start))])


@pytest.mark.slow
def test_every_command_of_the_tour_works_in_order(ganarium, tmp_path: Path):
    assert len(COMMANDS) > 12
    shutil.copy(ROOT / "tests/data/emoji.zip", tmp_path / "images.zip")
    (study,) = re.findall(r"```toml\n(# cures.toml.*?)```", TEXT, re.DOTALL)
    (tmp_path / "cures.toml").write_text(smaller(study))
    for command in COMMANDS:
        words = shlex.split(smaller(command))[1:]
        done = ganarium(*words, folder=tmp_path)
        assert done.status == 0, f"{command}\n{done.stderr}"
        assert done.stdout, command
        for word in words:
            if word.endswith((".png", ".npz", ".gif")):
                assert (tmp_path / word).stat().st_size > 100, command


@pytest.mark.slow
def test_the_python_example_works(tmp_path: Path):
    code = "\n".join(re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
    check = "assert images.shape == (2000, 1, 28, 28) and 0 <= images.min() and images.max() <= 1"
    short = (
        re.sub(r"steps=\d+", "steps=2", code)
        .replace("n=1000", "n=100")
        .replace("evaluate(run)", "evaluate(run, n=100)")
    )
    done = subprocess.run([sys.executable, "-c", f"{short}\n{check}"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_file_that_the_readme_links_to_is_there_and_not_empty():
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert links
    for link in links:
        assert (ROOT / link).stat().st_size > 100, link
    assert "@@" not in TEXT
