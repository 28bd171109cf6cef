"""Every block of docs/theory.md is run, and prints what the page says it prints."""

import io
import re
import shlex
from contextlib import chdir, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import pytest
from PIL import Image

from ganarium.cli.main import main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "theory.md"
TEXT = PAGE.read_text("utf-8")
BLOCK = re.compile(r"^```(python|text|sh)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = [(match[1], match[2]) for match in BLOCK.finditer(TEXT)]


def outputs() -> list[str]:
    """What each Python block prints, run one after the other."""
    space: dict[str, object] = {}
    printed = []
    for kind, code in BLOCKS:
        if kind == "python":
            with redirect_stdout(io.StringIO()) as said:
                exec(code, space)
            printed.append(said.getvalue())
    return printed


def test_each_python_block_is_followed_by_what_it_prints():
    kinds = [kind for kind, _ in BLOCKS if kind != "sh"]
    assert kinds == ["python", "text"] * (len(kinds) // 2)
    assert len(kinds) > 30


@pytest.mark.slow
def test_the_page_prints_what_it_says():
    shown = [text for kind, text in BLOCKS if kind == "text"]
    for said, written in zip(outputs(), shown, strict=True):
        assert said == written


COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
def test_the_pictures_are_those_that_the_commands_make(command: str, tmp_path: Path):
    words = shlex.split(command)
    with chdir(tmp_path), patch("sys.argv", words), redirect_stdout(io.StringIO()), pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    with Image.open(tmp_path / words[-1]) as made:
        assert made.size[0] > 600
        kept = ROOT / "docs" / "images" / words[-1]
        if kept.exists():
            with Image.open(kept) as shown:
                assert shown.size == made.size


def test_every_picture_of_the_page_is_there_and_small():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", TEXT)
    assert len(pictures) == 2
    for picture in pictures:
        assert 5_000 < (PAGE.parent / picture).stat().st_size < 60_000
        assert Path(picture).name in " ".join(COMMANDS)
