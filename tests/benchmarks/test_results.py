"""scripts/results runs every stage, skips what is there, and goes on after a failure."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts/results"
TOOL = '#!/bin/sh\necho "$(basename $0) $*" >> calls\ncase "$*" in *{fails}*) exit 3;; esac\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The script, with tools that only note how they were called; the gallery and one study fail."""
    for name, fails in {
        ".venv/bin/python": "gallery",
        ".venv/bin/ganarium": "collapse-b.toml",
        "scripts/setup": "x",
        "scripts/bench": "x",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TOOL.format(fails=fails))
        (tmp_path / name).chmod(0o755)
    shutil.copy(SCRIPT, tmp_path / "scripts")
    (tmp_path / "results").mkdir()
    return tmp_path


def run(place: Path, *words: str) -> tuple[int, str, list[str]]:
    done = subprocess.run([place / "scripts/results", *words], capture_output=True, text=True)
    calls = place / "calls"
    return done.returncode, done.stderr, calls.read_text().splitlines() if calls.exists() else []


def test_every_module_and_study_that_the_script_names_exists():
    text = SCRIPT.read_text()
    modules = re.findall(r"-m (benchmarks[\w.]*)", text)
    assert len(modules) > 8
    assert not [module for module in modules if find_spec(module) is None]
    studies = {path.stem for path in (ROOT / "benchmarks/studies").glob("*.toml")}
    named = {"collapse-a-source", "collapse-b-source", "ring", "grid"}
    named |= {f"collapse-{name}" for name in ("a", "b", "ring", "grid")}
    named |= {f"data-or-network-{name}" for name in ("points", "lines", "polygons", "puzzles")}
    assert named == studies


def test_an_unknown_stage_is_refused_before_anything_runs(place: Path):
    status, told, calls = run(place, "reported", "galery")
    assert (status, calls) == (2, [])
    assert told.startswith("scripts/results: no stage galery; stages: gallery data-or-network")
    assert told.count("\n") == 1


def test_all_stages_run_with_their_number_and_a_failure_does_not_stop_the_others(place: Path):
    status, told, calls = run(place)
    assert status == 1
    stages = re.findall(r"^\[(\d+) of 10\] ([\w-]+)$", told, re.MULTILINE)
    assert [int(number) for number, _ in stages] == list(range(1, 11))
    assert calls[:3] == ["setup ", "python -m benchmarks.race", "python -m benchmarks.gallery"]
    assert sum(call.startswith("ganarium study ") for call in calls) == 12
    assert "python -m benchmarks.doctor.trials" in calls
    assert re.findall(r"^failed: (.*)$", told, re.MULTILINE) == [
        ".venv/bin/python -m benchmarks.gallery",
        ".venv/bin/ganarium study benchmarks/studies/collapse-b.toml --out results/studies/collapse-b",
    ]


def test_what_is_there_is_not_measured_again(place: Path):
    (place / "results/speed.json").touch()
    status, told, calls = run(place, "speed", "reported")
    assert (status, calls) == (0, ["setup ", "python -m benchmarks.reported"])
    assert "results/speed.json is there" in told
    (place / "results/speed.json").unlink()
    assert "bench " in run(place, "speed")[2]
