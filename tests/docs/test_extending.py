"""Every block of docs/extending.md is run, in order, and prints what the page says it prints."""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "extending.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(python|text|sh)\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]

pytestmark = pytest.mark.slow


@pytest.mark.usefixtures("own_registries")
def test_all_blocks_print_what_they_say(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # data from Python are saved under ./runs
    space: dict[str, object] = {}
    said = ""
    for kind, code in BLOCKS:
        if kind == "python":
            assert said == "", f"nothing on the page says: {said}"
            with redirect_stdout(io.StringIO()) as out:
                exec(code, space)
            said = out.getvalue()
        elif kind == "text":
            assert said == code
            said = ""


def test_the_commands_run_one_after_the_other(real_command, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in COMMANDS:
        name, *words = shlex.split(line)
        assert name == "ganarium"
        done = real_command(*words, folder=tmp_path)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "own.png").is_file()
