"""A checkpoint comes back as it was, or its damage is noticed; a file is whole or absent."""

import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from safetensors.torch import save

from ganarium.core.atomic import write_whole
from ganarium.core.errors import CheckpointError, NewerFormatError, RunError
from ganarium.runs.checkpoint import Checkpoint, Progress, below, read, write

PROGRESS = Progress(step=1200, seconds=3.25, seq=17, phase=2, span_steps=40)
TENSORS = {
    "generator/weights.generator.out.weight": torch.linspace(-1, 1, 12).view(3, 4),
    "generator/moments.0.step": torch.tensor(1200.0),
    "remedies/image_pool/pool": torch.arange(6, dtype=torch.float64).view(2, 1, 3),
    "remedies/empty": torch.zeros(0, 5),
    "means/nan": torch.tensor([float("nan"), float("inf")]),
    "counts": torch.tensor([1, 2, 3]),
    "flags": torch.tensor([True, False]),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoints") / "step-00001200.safetensors"
    write(path, Checkpoint(PROGRESS, TENSORS))
    return path


@pytest.fixture(scope="module")
def whole(path: Path) -> bytes:
    return path.read_bytes()


@pytest.fixture
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damaged") / "a.safetensors"


def test_a_checkpoint_comes_back_as_it_was(path: Path):
    found = read(path)
    assert found.progress == PROGRESS
    assert found.tensors.keys() == TENSORS.keys()
    for name, tensor in TENSORS.items():
        assert found.tensors[name].dtype == tensor.dtype
        assert torch.equal(found.tensors[name].nan_to_num(nan=7), tensor.nan_to_num(nan=7))
        assert found.tensors[name].shape == tensor.shape


def test_tensors_that_share_memory_or_are_strided_come_back_too(tmp_path: Path):
    base = torch.arange(12.0).view(3, 4)
    tensors = {"whole": base, "column": base[:, 1], "turned": base.T, "learned": base.clone().requires_grad_()}
    write(tmp_path / "a", Checkpoint(PROGRESS, tensors))
    assert all(torch.equal(read(tmp_path / "a").tensors[name], tensor) for name, tensor in tensors.items())


PLACES = st.integers(0, 10**9)


@pytest.mark.parametrize("part", ["length", "header", "tensors"])
@given(place=PLACES, change=st.integers(1, 255))
def test_every_flipped_byte_is_noticed(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, part: str, place: int, change: int
):
    begin = 8 + struct.unpack("<Q", whole[:8])[0]
    low, high = {"length": (0, 8), "header": (8, begin), "tensors": (begin, len(whole))}[part]
    flipped = bytearray(whole)
    flipped[low + place % (high - low)] ^= change
    file = tmp_path_factory.getbasetemp() / "flipped.safetensors"
    file.write_bytes(flipped)
    with pytest.raises((CheckpointError, NewerFormatError)) as refusal:
        read(file)
    assert "\n" not in str(refusal.value)


def test_another_blank_at_the_end_of_the_header_changes_nothing_that_is_read(whole: bytes, damaged: Path):
    begin = 8 + struct.unpack("<Q", whole[:8])[0]
    damaged.write_bytes(whole)
    before = read(damaged)
    for place in (place for place in range(8, begin) if whole[place:begin].strip(b" ") == b""):
        damaged.write_bytes(whole[:place] + b"\t" + whole[place + 1 :])
        after = read(damaged)
        assert after.progress == before.progress
        torch.testing.assert_close(after.tensors, before.tensors, rtol=0, atol=0, equal_nan=True)


def test_every_truncation_is_noticed(whole: bytes, damaged: Path):
    for end in range(len(whole)):
        damaged.write_bytes(whole[:end])
        with pytest.raises(CheckpointError):
            read(damaged)


@given(st.binary(min_size=1, max_size=9))
@example(b"\x00")
def test_what_is_added_at_the_end_is_noticed(whole: bytes, tmp_path_factory: pytest.TempPathFactory, more: bytes):
    file = tmp_path_factory.getbasetemp() / "longer.safetensors"
    file.write_bytes(whole + more)
    with pytest.raises(CheckpointError):
        read(file)


@pytest.mark.parametrize("content", [b"", b"\x80\x04N.", b"{}", b"\xff" * 64], ids=["empty", "pickle", "json", "ones"])
def test_what_is_not_a_checkpoint_is_refused_in_one_line(damaged: Path, content: bytes):
    damaged.write_bytes(content)
    with pytest.raises(CheckpointError, match="is damaged") as refusal:
        read(damaged)
    assert "\n" not in str(refusal.value)


def test_a_foreign_safetensors_file_and_an_absent_one_are_refused(damaged: Path):
    with pytest.raises(CheckpointError):
        read(damaged)
    damaged.write_bytes(save(TENSORS))
    with pytest.raises(CheckpointError):
        read(damaged)
    damaged.write_bytes(save(TENSORS, {"format": "1", "progress": "[]", "sha256": ""}))
    with pytest.raises(CheckpointError):
        read(damaged)


def test_a_newer_format_is_refused_as_such(damaged: Path):
    damaged.write_bytes(save(TENSORS, {"format": "2", "vision": "all of it changed"}))
    with pytest.raises(NewerFormatError, match="has format 2, but this version reads formats up to 1; install a newer"):
        read(damaged)


def test_below_takes_one_owners_tensors_without_its_name():
    found = below(TENSORS, "generator/")
    assert found.keys() == {"weights.generator.out.weight", "moments.0.step"}


KILLED = """
import os, sys
from pathlib import Path
from ganarium.core import atomic
calls, real = [], getattr(os, sys.argv[2])
def killed(*arguments):
    calls.append(arguments)
    if len(calls) == int(sys.argv[3]):
        os.kill(os.getpid(), 9)
    return real(*arguments)
setattr(os, sys.argv[2], killed)
atomic.write_whole(Path(sys.argv[1]), b"new" * 100_000)
"""


@pytest.mark.parametrize(
    ("function", "call", "holds"),
    [("fsync", 1, b"old"), ("replace", 1, b"old"), ("fsync", 2, b"new" * 100_000)],
    ids=["in-first-fsync", "in-replace", "after-replace"],
)
@pytest.mark.parametrize("before", [b"old", None], ids=["over-old", "anew"])
def test_a_file_is_whole_or_as_before_wherever_its_writer_is_killed(
    tmp_path: Path, function: str, call: int, holds: bytes, before: bytes | None
):
    file = tmp_path / "a.bin"
    if before is not None:
        file.write_bytes(before)
    died = subprocess.run([sys.executable, "-c", KILLED, str(file), function, str(call)])
    assert died.returncode == -signal.SIGKILL
    expected = before if holds == b"old" else holds
    assert (file.read_bytes() if file.exists() else None) == expected
    write_whole(file, b"later")
    assert file.read_bytes() == b"later"
    assert [path for path in tmp_path.iterdir() if path.suffix != ".part"] == [file]


def test_a_write_that_is_refused_leaves_nothing_behind(tmp_path: Path):
    folder = tmp_path / "a"
    folder.mkdir()
    with pytest.raises(RunError, match="cannot write"):
        write_whole(folder, b"data")
    with pytest.raises(RunError, match="cannot write"):
        write_whole(tmp_path / "nowhere" / "a", b"data")
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_run_error_and_the_old_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "a"
    file.write_bytes(b"old")
    monkeypatch.setattr("ganarium.core.atomic.part_of", lambda path: path.with_name(f".0.{path.name}.part"))
    (tmp_path / ".0.a.part").symlink_to("/dev/full")
    with pytest.raises(RunError, match="No space left"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]
