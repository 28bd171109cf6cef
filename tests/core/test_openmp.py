"""How OpenMP's threads wait is chosen before torch is loaded, unless the user has; it changes no bit."""

import os
import subprocess
import sys

import pytest
import torch

from ganarium.core.openmp import POLICIES, spins
from ganarium.runs.directory import Run
from ganarium.training.device import usable_cores

SHOW = f"; import os; print({{name: os.environ[name] for name in {POLICIES} if name in os.environ}})"


def environment(**added: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in POLICIES} | added


def said(code: str, **added: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=environment(**added), text=True, capture_output=True, check=True).stdout.strip()


def test_it_is_set_before_torch_is_loaded():
    assert said("import ganarium.core.errors" + SHOW) == str({"GOMP_SPINCOUNT": spins()})


@pytest.mark.parametrize("policy", [{"OMP_WAIT_POLICY": "PASSIVE"}, {"GOMP_SPINCOUNT": "7"}, {"KMP_BLOCKTIME": "1"}])
def test_what_the_user_has_chosen_stays(policy: dict[str, str]):
    assert said("import ganarium" + SHOW, **policy) == str(policy)


TRAIN = """
import logging, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
{before}
import ganarium
run = ganarium.train(
    *("dense-digits", "data=points", "data.count=64", "train.batch=256", "record.monitor_every=0"),
    *("record.sample_every=0", "record.evaluate_every=0", "engine.compile=no"),
    *("engine.threads=2", "engine.device=cpu", "engine.kernels=default"),
    steps=10, out=sys.argv[1], on_line=lambda line: None,
)
print(run.provenance.engine)
"""
WAYS = [("", {}), ("", {"OMP_WAIT_POLICY": "PASSIVE"}), ("import torch", {})]


@pytest.mark.slow
@pytest.mark.skipif(usable_cores() < 2, reason="one thread waits for nobody")
def test_no_bit_depends_on_it_and_a_run_says_what_it_was(tmp_path):
    found, states = [], []
    for number, (before, policy) in enumerate(WAYS):
        out = tmp_path / str(number)
        command = [sys.executable, "-c", TRAIN.format(before=before), str(out)]
        done = subprocess.run(command, env=environment(**policy), text=True, capture_output=True, check=True)
        found.append(done.stdout)
        states.append(Run.open(out).checkpoint()[0].tensors)
    assert f"wait policy of threads: GOMP_SPINCOUNT={spins()}" in found[0]
    assert "OMP_WAIT_POLICY=PASSIVE" in found[1]
    assert "OpenMP's default" in found[2]
    assert ["import ganarium first" in said for said in found] == [False, False, True]
    for state in states[1:]:
        assert all(torch.equal(tensor, state[name]) for name, tensor in states[0].items())
