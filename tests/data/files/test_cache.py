"""Decoded pictures are kept, and whatever happens to them is no harm."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganarium.config.data_files import FolderConfig
from ganarium.core.errors import InputError
from ganarium.data.files import cache, image_folders
from ganarium.data.files.image_folders import load


def of(folder: Path, **settings: object) -> FolderConfig:
    return FolderConfig.model_validate({"folder": str(folder), "held_out": 0.0} | settings)


def test_pictures_are_decoded_once(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = load(of(folder, size=18))

    def fail(*_: object) -> None:
        raise AssertionError("decoded again")

    with monkeypatch.context() as patch:
        patch.setattr(image_folders, "decode", fail)
        assert load(of(folder, size=18)).hash == first.hash
    Image.new("L", (20, 20), 200).save(folder / "a" / "00.png")
    assert load(of(folder, size=18)).hash != first.hash


@pytest.mark.parametrize("damage", ["cut", "longer", "flipped", "no note", "odd note", "deep note", "no text"])
def test_a_damaged_cache_is_made_again(own_cache: Path, folder: Path, damage: str):
    first = load(of(folder))
    (file,) = own_cache.iterdir()
    content = file.read_bytes()
    note, _, pixels = content.partition(b"\n")
    damaged = {
        "cut": content[:-100],
        "longer": content + b"1",
        "flipped": content[:-100] + bytes([content[-100] ^ 1]) + content[-99:],
        "no note": pixels,
        "odd note": b'{"digest": 3}\n' + pixels,
        "deep note": b"[" * 100_000 + b"\n" + pixels,
        "no text": note[:-9] + b"\xff\n" + pixels,
    }
    file.write_bytes(damaged[damage])
    assert load(of(folder)).hash == first.hash
    assert file.read_bytes() == content


@pytest.mark.parametrize("n", range(0, 300, 7))
def test_no_flipped_byte_of_a_cache_gets_through(own_cache: Path, n: int):
    made = np.arange(200, dtype=np.uint8).reshape(2, 100)

    def fill(array: cache.Bytes) -> tuple[cache.Reasons, bool]:
        array[:] = made
        return {1: "cut"}, True

    cache.cached("x", made.shape, fill)
    (file,) = own_cache.iterdir()
    content = bytearray(file.read_bytes())
    content[n % len(content)] ^= 4
    file.write_bytes(content)
    array, reasons = cache.cached("x", made.shape, fill)
    assert (array == made).all()
    assert set(reasons) == {1}


def test_without_a_place_for_the_cache_all_is_done_in_memory(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("no folder")
    expected = load(of(folder)).hash
    monkeypatch.setenv("GANARIUM_CACHE", str(tmp_path / "file"))
    assert load(of(folder)).hash == expected


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_keeps_nothing_and_harms_nothing(own_cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    expected = load(of(folder)).hash
    (file,) = own_cache.iterdir()
    file.unlink()
    monkeypatch.setattr("ganarium.core.atomic.part_of", lambda path: path.with_name(f".0.{path.name}.part"))
    (own_cache / f".0.{file.name}.part").symlink_to("/dev/full")
    assert load(of(folder)).hash == expected
    assert not list(own_cache.iterdir())


def test_the_cache_forgets_what_is_oldest(own_cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("ganarium.core.cache.MOST_BYTES", 3 * 40 * 400)
    left = []
    for size in (20, 20, 19, 18, 17):
        before = set(own_cache.glob("*"))
        load(of(folder, size=size))
        for file in own_cache.iterdir():
            os.utime(file, ns=(file.stat().st_mtime_ns - 10**9,) * 2)
        left.append(len(set(own_cache.iterdir()) - before))
    assert left == [1, 0, 1, 1, 1]
    assert sorted(len(file.read_bytes().partition(b"\n")[2]) for file in own_cache.iterdir()) == [
        40 * side**2 for side in (17, 18, 19)
    ]


def test_what_killed_processes_left_in_the_cache_is_swept(own_cache: Path, folder: Path):
    own_cache.mkdir()
    old, new = own_cache / ".1.x.pixels.part", own_cache / ".2.x.pixels.part"
    for part in (old, new):
        part.write_bytes(b"1")
    os.utime(old, ns=(0, 0))
    load(of(folder))
    assert not old.exists()
    assert new.exists()


def test_another_pillow_decodes_again(own_cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
    load(of(folder))
    monkeypatch.setattr(cache, "pillow", "0")
    load(of(folder))
    assert len(list(own_cache.iterdir())) == 2


@pytest.mark.parametrize("failure", [InputError("Input/output error"), MemoryError()], ids=["reading", "memory"])
def test_what_may_be_otherwise_another_time_is_not_kept(
    own_cache: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
):
    digest = image_folders.digest
    calls = []

    def fail_once(content: bytes) -> bytes:
        calls.append(content)
        if len(calls) == 60:  # of 40 looks and 40 decodings
            raise failure
        return digest(content)

    with monkeypatch.context() as patch:
        patch.setattr(image_folders, "digest", fail_once)
        assert len(load(of(folder, unreadable="skip"))) == 39
    assert not own_cache.exists()
    assert len(load(of(folder, unreadable="skip"))) == 40


LOADING = """
import sys
from ganarium.config.data_files import FolderConfig
from ganarium.data.files.image_folders import load
for _ in range(12):
    print(load(FolderConfig(folder=sys.argv[1], held_out=0)).hash)
"""


@pytest.mark.slow
def test_two_processes_share_one_cache(own_cache: Path, folder: Path):
    """Each forgets at once what the other has just written."""
    program = f"from ganarium.data.files import cache\ncache.MOST_BYTES = 1\n{LOADING}"
    both = [
        subprocess.Popen([sys.executable, "-c", program, folder], text=True, stdout=subprocess.PIPE) for _ in range(2)
    ]
    said = {line for process in both for line in process.communicate()[0].splitlines()}
    assert [process.returncode for process in both] == [0, 0]
    assert said == {load(of(folder)).hash}
    assert not list(own_cache.glob("*.part"))


def test_a_place_is_looked_at_once_for_all_splits_and_again_when_it_changed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
):
    looks: list[Path] = []
    look = image_folders._read_headers
    monkeypatch.setattr(image_folders, "_read_headers", lambda path, *rest: looks.append(path) or look(path, *rest))
    settings = of(folder, held_out=0.5)
    both = [load(settings, "train"), load(settings, "test")]
    assert len(looks) == 1
    assert both[0].hash != both[1].hash
    Image.new("L", (20, 20), 3).save(folder / "a" / "new.png")
    load(settings)
    assert len(looks) == 2
    (folder / "a" / "bad.png").write_bytes(b"no image")
    for _ in range(2):
        load(of(folder, held_out=0.5, unreadable="skip"))
    assert len(looks) == 4, "what cannot be read may be readable another time"
