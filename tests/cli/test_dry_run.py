"""A dry run checks: it neither times kernels nor compiles, however long training would take."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

MOST = 20  # seconds of processor time: twice what a busy machine takes


def processor_time() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["dcgan", "r3gan"])
def test_a_dry_run_of_a_large_recipe_takes_seconds(recipe: str, tmp_path: Path):
    before = processor_time()
    command = [sys.executable, "-m", "ganarium", "train", recipe, "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path, text=True, capture_output=True, check=True, timeout=120)
    assert processor_time() - before < MOST
    assert 'kernels = "auto"' in done.stdout
    assert not list(tmp_path.iterdir())
