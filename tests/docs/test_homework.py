"""The commands of the page on a homework: few enough, and each does at a small size what the page says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

TEXT = (Path(__file__).parents[2] / "docs/homework.md").read_text("utf-8")
(BLOCK,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = BLOCK.splitlines()
SMALL = {
    "train": [
        "train.steps=41",
        "record.log_every=10",
        "data=points",
        "data.count=100",
        "data.size=16",
        "engine.threads=1",
    ],
    "compare": ["-n", "100"],
}


def smaller(command: str) -> list[str]:
    """The words of a command, made small."""
    words = shlex.split(command.replace("--steps 4000", "--steps 6"))[1:]
    return [*words, *SMALL.get(words[0], [])]


@pytest.mark.slow
def test_a_homework_takes_at_most_ten_commands_and_gives_pictures_losses_and_remedies(ganarium, tmp_path: Path):
    assert len(COMMANDS) <= 10
    said = {}
    for command in COMMANDS:
        done = ganarium(*smaller(command), folder=tmp_path)
        assert done.status == 0, f"{command}\n{done.stderr}"
        said[command] = done.stdout
    for name in ("a", "b"):
        images = sorted((tmp_path / "images" / name).glob("*.png"))
        assert [file.name for file in images] == [f"{number}.png" for number in range(10)]
        with Image.open(tmp_path / f"losses/{name}.png") as curve:
            assert min(curve.size) > 300
    shown = [text for command, text in said.items() if command.startswith(("ganarium train", "ganarium show"))]
    assert len(shown) == 4
    for text in shown:
        assert re.search(r"^  final, step 41 +[\d.]+ +[\d.]+$", text, re.MULTILINE), text
        assert re.search(r"^  last tenth, steps 31 to 41 +[\d.]+ +[\d.]+$", text, re.MULTILINE), text
    tried = [text for command, text in said.items() if command.startswith("ganarium trial")]
    for text in tried:
        for remedy in ("baseline", "feature_matching", "label_smoothing", "historical_averaging", "update=adaptive"):
            assert f"\n{remedy} " in text
    assert (tmp_path / "compared.png").stat().st_size > 1000


@pytest.mark.slow
def test_the_losses_of_a_run_are_numbers_in_python(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    short = code.replace("steps=2000", "steps=2")
    assert short != code
    check = "assert [last for last, _, _ in curve] == [2]"
    run = subprocess.run([sys.executable, "-c", f"{short}\n{check}"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("steps 1 to 2") == 2
