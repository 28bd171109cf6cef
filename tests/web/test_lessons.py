"""The runs of the page's tour, trained for real with the settings that the page sends."""

import json
from pathlib import Path
from typing import Any

import pytest

import ganarium
from ganarium.runs.directory import Run
from ganarium.web.forms import check

LESSONS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "frontend/src/lib/lessons.json").read_text(encoding="utf-8")
)


def words(lesson: str) -> list[str]:
    """The settings of a lesson, without its length."""
    shared = LESSONS["base"] if lesson in ("points", "collapse") else []
    return [*shared, *LESSONS[lesson]["words"]]


def problems(run: Run) -> set[str]:
    """The names of the findings of a run that are problems."""
    return {finding.name for finding in ganarium.diagnose(run).findings} - {"healthy", "plateau", "still-improving"}


@pytest.mark.parametrize("lesson", ["points", "collapse", "digits"])
def test_the_server_accepts_the_settings_of_each_lesson(lesson: str):
    unit = "seconds" if lesson == "digits" else "steps"
    length = LESSONS[lesson]["length"]
    assert check(LESSONS[lesson]["recipe"], [*words(lesson), f"train.{unit}={length}"])["ok"]


@pytest.mark.slow
def test_the_provoked_collapse_loses_modes_and_the_cure_brings_them_back(tmp_path: Path):
    steps, more = LESSONS["collapse"]["length"], LESSONS["cure"]["length"]
    lost = ganarium.train("ring", *words("collapse"), steps=steps, out=tmp_path / "collapse")
    assert "collapse" in problems(lost)
    assert ganarium.evaluate(lost)["modes/law"].value <= 4
    at = lost.checkpoint_steps()[-1]
    cured = ganarium.fork(lost, at, *words("cure"), steps=at + more, out=tmp_path / "cure")
    assert problems(cured) == set()
    assert ganarium.evaluate(cured)["modes/law"].value == 8


@pytest.mark.slow
def test_the_first_run_reaches_all_modes(tmp_path: Path):
    run = ganarium.train("ring", *words("points"), steps=2000, out=tmp_path / "points")
    assert problems(run) == set()
    assert ganarium.evaluate(run)["modes/law"].value == 8
