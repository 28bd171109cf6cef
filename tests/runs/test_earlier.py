"""Runs recorded by an earlier version resume as they would have with that version."""

import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor

import ganarium
from ganarium.runs.checkpoint import read

EARLIER = Path(__file__).with_name("earlier")
RECORDED_ON = {"vendor_id": "AuthenticAMD", "cpu family": "25", "model": "17"}
CLOSE = 0.05  # difference after 20 steps on a processor with other kernels, relative to the norm


def processor() -> dict[str, str]:
    """Vendor, family and model of this machine's processor."""
    file = Path("/proc/cpuinfo")
    pairs = [line.split(":") for line in file.read_text().splitlines() if ":" in line] if file.exists() else []
    fields = {name.strip(): value.strip() for name, value, *_ in reversed(pairs)}
    return {name: fields.get(name, "") for name in RECORDED_ON}


def same(mine: Tensor, theirs: Tensor) -> bool:
    """Whether two tensors are equal bit for bit, or close where the processor is another one."""
    if processor() == RECORDED_ON:
        return torch.equal(mine, theirs)
    return bool((mine.double() - theirs.double()).norm() <= CLOSE * (1e-3 + theirs.double().norm()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pictures", "labels", "plane"])
def test_a_run_of_an_earlier_version_resumes_as_it_would_have(name: str, tmp_path: Path):
    shutil.copytree(EARLIER / name, tmp_path / "run")
    (tmp_path / "run/samples").mkdir()
    ganarium.resume(tmp_path / "run", steps=40)
    mine = read(tmp_path / "run/checkpoints/step-00000040.safetensors").tensors
    theirs = read(EARLIER / f"{name}-at-40.safetensors").tensors
    assert mine.keys() == theirs.keys()
    assert [tensor for tensor, value in theirs.items() if not same(mine[tensor], value)] == []


@pytest.mark.parametrize("name", ["pictures", "labels", "plane"])
def test_the_log_of_an_earlier_version_is_read(name: str):
    run = ganarium.Run.open(EARLIER / name)
    spans = [line.event for line in run.events() if line.event.kind == "span"]
    assert [span.step for span in spans] == [10, 20]
    assert {"discriminator", "generator"} <= spans[-1].means.keys()
