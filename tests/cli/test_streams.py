"""Commands end without a traceback whatever the process that starts them left behind: streams, variables, paths."""

import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from ganarium.runs.directory import Run

GANARIUM = f"{shlex.quote(sys.executable)} -m ganarium"


def shell(command: str, folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | variables
    return subprocess.run(["sh", "-c", command], cwd=folder, env=environment, text=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["module://matplotlib_inline.backend_inline", "nonsense"])
def test_a_backend_inherited_from_a_notebook_does_not_matter(backend: str, tmp_path: Path):
    done = shell(f"{GANARIUM} theory bilinear --steps 5 --out x.png", tmp_path, MPLBACKEND=backend)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "x.png").stat().st_size > 100


@pytest.mark.slow
def test_a_backend_that_is_there_stays_the_notebooks_own():
    code = "from ganarium.plotting.figures import new_figure; new_figure(); import matplotlib, os; "
    code += "print(matplotlib.rcParams['backend'], os.environ['MPLBACKEND'])"
    done = shell(f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}", Path.cwd(), MPLBACKEND="svg")
    assert done.stdout.split() == ["svg", "svg"], done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("closed", [">&-", ">&- 2>&- <&-"])
def test_closed_streams_are_nobody_elses(closed: str, place: Path, ganarium, tmp_path: Path):
    words = ("sample", f"{place}/runs/plane", "-n", "9", "--seed", "3", "--out")
    done = shell(f"{GANARIUM} {shlex.join(words)} x.npz {closed}", tmp_path)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert ganarium(*words, "y.npz", folder=tmp_path).status == 0
    assert (tmp_path / "x.npz").read_bytes() == (tmp_path / "y.npz").read_bytes()


@pytest.mark.slow
def test_a_run_trains_without_streams(settings, tmp_path: Path):
    done = shell(f"{GANARIUM} train {shlex.join(settings['plane'])} --out run >&- 2>&- <&-", tmp_path)
    assert done.returncode == 0
    assert Run.open(tmp_path / "run").checkpoint()[0].progress.step == 4


def test_the_version_is_printed(ganarium, tmp_path: Path):
    said = ganarium("--version", folder=tmp_path)
    assert (said.status, said.stdout, said.stderr) == (0, f"ganarium {version('ganarium')}\n", "")


def test_settings_with_a_byte_order_mark_are_read(ganarium, settings, tmp_path: Path):
    said = ganarium("train", *settings["plane"], "--dry-run", folder=tmp_path)
    (tmp_path / "mine.TOML").write_bytes(b"\xef\xbb\xbf" + said.stdout.encode())
    again = ganarium("train", "mine.TOML", "--dry-run", folder=tmp_path)
    assert (again.status, again.stdout) == (0, said.stdout)


@pytest.mark.slow
def test_commands_to_go_on_with_are_quoted_for_the_shell(ganarium, settings, tmp_path: Path):
    run = "my runs/it's $HOME"
    said = ganarium("train", *settings["plane"], "--out", run, folder=tmp_path)
    commands = [shlex.split(line) for line in said.stdout.partition("next:\n")[2].splitlines()]
    assert [words[1] for words in commands] == ["sample", "evaluate", "show", "report", "watch", "--logdir"]
    *others, watch, board = commands
    assert all(any(word.startswith(run) for word in words) for words in (*others, board))
    assert watch[2] == "my runs"
    for words in others:
        said = ganarium(*words[1:], *(["-n", 100] if words[1] == "evaluate" else []), folder=tmp_path)
        assert said.status == 0, said.stderr
    said = ganarium("resume", run, "optim.lr=1", folder=tmp_path)
    assert shlex.split(said.stderr.partition("ganarium fork")[2])[0] == run
    said = ganarium("diagnose", run, "--json", folder=tmp_path)
    assert said.status == 0


@pytest.mark.slow
def test_data_with_a_blank_in_its_path_are_trained_on_by_the_command_that_is_suggested(ganarium, tmp_path: Path):
    assert ganarium("data", "export", "points", "count=300", "--out", "my data", folder=tmp_path).status == 0
    said = ganarium("data", "check", "my data", folder=tmp_path)
    (line,) = (line for line in said.stdout.splitlines() if line.startswith("next: "))
    words = shlex.split(line.partition("ganarium ")[2])
    assert ganarium(*words, "--dry-run", "engine.kernels=default", folder=tmp_path).status == 0
