"""Plug-in files in this process: faults are named with their file and line."""

import re
from pathlib import Path

import pytest

from ganarium.config import plugins
from ganarium.config.objectives import OBJECTIVES
from ganarium.config.plugins import load_plugin
from ganarium.core.errors import InputError

LOSSES = """
import ganarium

@ganarium.register.objective("of-a-plug-in")
def losses():
    return (lambda real, fake: fake - real), (lambda real, fake: -fake)
"""


@pytest.fixture(autouse=True)
def _unloaded(monkeypatch, tmp_path):
    """Forget the plug-ins that a test loads."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugins, "LOADED", {})
    monkeypatch.setenv(plugins.VARIABLE, "")
    before = [*OBJECTIVES.values()]
    yield
    OBJECTIVES.restore(before)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("x = 1\ny = x / 0\n", "importing it failed: ZeroDivisionError: division by zero (broken.py:2)"),
        ("x = (\n", "importing it failed: SyntaxError: '(' was never closed (broken.py, line 1)"),
        ("raise ValueError\n", "importing it failed: ValueError (broken.py:1)"),
    ],
)
def test_a_plug_in_that_fails_is_named_with_the_line(content: str, sentence: str):
    Path("broken.py").write_text(content)
    with pytest.raises(InputError, match=f"^plug-in broken.py: {re.escape(sentence)}$"):
        load_plugin("broken.py")


def test_a_name_that_two_plug_ins_register_is_refused_with_the_file_of_the_first():
    for name in ("first.py", "second.py"):
        Path(name).write_text(LOSSES)
    load_plugin("first.py")
    with pytest.raises(InputError, match=r"second\.py: .* already registered by \S*first\.py: choose another name"):
        load_plugin("second.py")


def test_a_plug_in_without_parts_is_reported_in_one_line(caplog):
    Path("empty.py").write_text("x = 1\n")
    load_plugin("empty.py")
    load_plugin("empty.py")
    assert caplog.messages == ["plug-in empty.py: it registers no parts; see ganarium.register"]
