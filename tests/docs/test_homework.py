"""The commands of the page on a homework: few enough, and each does at a small size what the page says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs/homework.md").read_text("utf-8")
(BLOCK,) = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = BLOCK.splitlines()
SMALL = [
    "train.steps=41",
    "record.log_every=10",
    "data=points",
    "data.count=1000",
    "data.size=16",
    "engine.threads=1",
]
REMEDIES = ("feature_matching", "label_smoothing", "historical_averaging", "update=adaptive", "r1")


def smaller(command: str) -> list[str]:
    """The words of a command, made small."""
    words = shlex.split(command.replace("--steps 2000", "--steps 6"))[1:]
    return [*words, *(SMALL if words[0] == "train" else [])]


@pytest.mark.slow
def test_a_homework_takes_at_most_six_commands_and_gives_a_report_in_two_languages(ganarium, tmp_path: Path):
    assert len(COMMANDS) <= 6
    said = {}
    for command in COMMANDS:
        done = ganarium(*smaller(command), folder=tmp_path)
        assert done.status == 0, f"{command}\n{done.stderr}"
        said[command] = done.stdout
    trained = [text for command, text in said.items() if command.startswith("ganarium train")]
    assert len(trained) == 2
    for text in trained:
        assert re.search(r"^  final, step 41 +[\d.]+ +[\d.]+$", text, re.MULTILINE), text
        assert re.search(r"^  last tenth, steps 31 to 41 +[\d.]+ +[\d.]+$", text, re.MULTILINE), text
    tried = [text for command, text in said.items() if command.startswith("ganarium trial")]
    assert len(tried) == 2
    for text in tried:
        for remedy in ("baseline", *REMEDIES):
            assert f"\n{remedy} " in text
    for name, language in (("homework.en.html", "en"), ("homework.zh.html", "zh")):
        report = (tmp_path / name).read_text("utf-8")
        assert f'lang="{language}' in report
        assert all(remedy in report for remedy in REMEDIES)


@pytest.mark.slow
def test_the_losses_of_a_run_are_numbers_in_python(tmp_path: Path):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    short = code.replace("steps=2000", "steps=2")
    assert short != code
    check = "assert [last for last, _, _ in curve] == [2]"
    run = subprocess.run([sys.executable, "-c", f"{short}\n{check}"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert run.stdout.count("steps 1 to 2") == 2
