"""Observers on the command line: recorded in the run, changed when it is resumed, and their failures printed once."""

import json
from pathlib import Path

import pytest

from ganarium.runs.directory import Run

RING = (
    *("data.count=100", "train.batch=16", "record.log_every=10", "record.monitor_every=0", "engine.threads=1"),
    *("engine.kernels=default", "engine.device=cpu"),
)
PLUGIN = '''
import ganarium

@ganarium.register.observer("failing")
class Failing(ganarium.Observer):
    """Fail at each span."""

    def __init__(self, word: str = "") -> None:
        self.word = word

    def on_span(self, span):
        raise ValueError(f"[{self.word}]")
'''


def steps(table: Path) -> list[int]:
    return [int(row.partition(",")[0]) for row in table.read_text().splitlines()[1:]]


@pytest.mark.slow
def test_a_table_is_kept_by_resumed_and_forked_runs_until_it_is_left_out(ganarium, tmp_path):
    for words in (
        ("train", "ring", *RING, "train.steps=20", "observers.csv=true", "--out", "run"),
        ("resume", "run", "--steps", 30),
        ("fork", "run", "--at", 30, "train.steps=40", "--out", "child"),
        ("resume", "run", "--steps", 40, "observers.csv=false"),
    ):
        said = ganarium(*words, folder=tmp_path)
        assert said.status == 0, said.stderr
    assert steps(tmp_path / "run" / "losses.csv") == [10, 20, 30]
    assert steps(tmp_path / "child" / "losses.csv") == [40]
    assert Run.open(tmp_path / "run").experiment.observers == {}
    said = ganarium("resume", "run", "observers.cvs=true", "--steps", 50, folder=tmp_path)
    assert (said.status, "did you mean observers.csv?" in said.stderr) == (2, True)


@pytest.mark.slow
def test_a_failure_of_a_plugins_observer_is_printed_once_and_the_run_needs_no_plugin(real_command, tmp_path):
    (tmp_path / "own.py").write_text(PLUGIN)
    words = ("train", "ring", *RING, "train.steps=30", "observers.failing.word=red", "--out", "run", "--json")
    said = real_command("--plugin", "own.py", *words, folder=tmp_path)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["finished"]
    printed = [line for line in said.stderr.splitlines() if "Failing" in line]
    assert len(printed) == 1
    assert printed[0].startswith("observer: Failing.on_span raised ValueError: [red] (own.py:12); training continues")
    said = real_command("resume", "run", "--steps", "40", folder=tmp_path)
    assert said.returncode == 0, said.stderr
    assert "observers.failing is not registered here" in said.stderr
    assert "own.py" in said.stderr
    assert "Traceback" not in said.stderr
