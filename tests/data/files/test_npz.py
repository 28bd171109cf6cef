"""NumPy's files are read as they are, or named in one line; what they say of themselves costs no memory."""

import os
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from ganarium.config.data_files import ArrayConfig
from ganarium.core.errors import InputError
from ganarium.data.datasets import ImageSet
from ganarium.data.files.arrays import load

MB = 1 << 20


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """Memory taken inside stays below so much."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MB
    finally:
        tracemalloc.stop()


def whole(file: Path) -> ImageSet:
    return load(ArrayConfig(array=str(file), held_out=0))


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as error:
        whole(file)
    message = str(error.value)
    assert message.startswith(str(file))
    assert "\n" not in message
    assert len(message) < 400
    return message


def npy_bytes(descr: str = "'|u1'", shape: str = "(3, 16, 16)", body: int = 768, version: int = 1) -> bytes:
    """An .npy file with a header of any words, and so many zeros."""
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return (
        b"\x93NUMPY" + bytes([version, 0]) + len(text).to_bytes(2 if version == 1 else 4, "little") + text + bytes(body)
    )


def zipped(members: dict[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_bytes(content: bytes, mark: bytes, offset: int, new: bytes) -> bytes:
    """Bytes exchanged so far behind every mark."""
    changed, at = bytearray(content), content.find(mark)
    while at >= 0:
        changed[at + offset : at + offset + len(new)] = new
        at = content.find(mark, at + 1)
    return bytes(changed)


SOUND = zipped({"x.npy": npy_bytes()})
LONG_DIRECTORY = bytes(5 * MB) + b"PK\5\6" + bytes(8) + (5 * MB).to_bytes(4, "little") + bytes(6)
HOSTILE = {
    "empty.npy": (b"", "no valid .npy header"),
    "empty.npz": (b"", "not a valid .npz file"),
    "text.npy": (b"hello world" * 99, "no valid .npy header"),
    "text.npz": (b"hello world" * 99, "not a valid .npz file"),
    "zip.npy": (SOUND, "is an .npz file; change the suffix"),
    "npy.npz": (npy_bytes(), "is an .npy file; change the suffix"),
    "terabytes.npy": (
        npy_bytes(shape=f"({10**12}, 16, 16)"),
        "declares 256,000,000,000,000 bytes, more than the maximum of 2,000,000,000",
    ),
    "endless.npy": (npy_bytes(shape=f"({'9' * 4000}, {'9' * 4000}, 16)"), "declares more than 10^18 bytes"),
    "overlong.npy": (npy_bytes(shape=f"({'9' * 5000}, 16, 16)"), "no valid .npy header"),
    "early.npy": (npy_bytes(body=700), "declares 768 bytes, but the array has 700"),
    "late.npy": (npy_bytes(body=769), "declares 768 bytes, but the array has 769"),
    "headless.npy": (npy_bytes()[:40], "no valid .npy header"),
    "negative.npy": (npy_bytes(shape="(-3, -16, 16)"), "no valid .npy header"),
    "boolean.npy": (npy_bytes(shape="(True, 16, 48)"), "no valid .npy header"),
    "dimensions.npy": (npy_bytes(shape=f"({'1,' * 70})", body=1), "no valid .npy header"),
    "nothing.npy": (npy_bytes(shape=f"(0, {10**30})", body=0), "is empty"),
    "brackets.npy": (npy_bytes(shape="(" * 5000), "no valid .npy header"),
    "minus.npy": (npy_bytes(shape="-" * 6000 + "1"), "no valid .npy header"),
    "call.npy": (npy_bytes(shape="__import__('os').getpid()"), "no valid .npy header"),
    "longhead.npy": (b"\x93NUMPY\2\0\xff\xff\xff\xff" + b" " * 10**6, "no valid .npy header"),
    "objects.npy": (npy_bytes("'|O'"), "Python objects, which are never unpickled"),
    "records.npy": (npy_bytes("[('a', '|u1')]"), "records"),
    "hidden.npy": (npy_bytes("[('a', '|O')]"), "records"),
    "nested.npy": (npy_bytes("('|u1', (16, 16))", "(3,)"), "records"),
    "complex.npy": (npy_bytes("'<c8'", body=8 * 768), "is not supported"),
    "version.npy": (npy_bytes(version=9), "no valid .npy header"),
    "objects.npz": (zipped({"x.npy": npy_bytes("'|O'")}), "Python objects, which are never unpickled"),
    "terabytes.npz": (zipped({"x.npy": npy_bytes(shape=f"({10**12}, 16, 16)")}), "declares 256,000,000,000,000 bytes"),
    "early.npz": (zipped({"x.npy": npy_bytes(body=700)}), "declares 768 bytes, but the array has 700"),
    "late.npz": (zipped({"x.npy": npy_bytes(body=800)}), "declares 768 bytes, but the array has 800"),
    "cut.npz": (SOUND[:-30], "not a valid .npz file"),
    "damaged.npz": (with_bytes(SOUND, b"PK\3\4", 35, b"\xff" * 9), "x: the array is damaged"),
    "crc.npz": (with_bytes(SOUND, b"PK\1\2", 16, b"abcd"), "x: the array is damaged"),
    "other name.npz": (with_bytes(SOUND, b"PK\3\4", 30, b"y"), "x: the array is damaged"),
    "smaller.npz": (with_bytes(SOUND, b"PK\1\2", 24, (500).to_bytes(4, "little")), "x: the array is damaged"),
    "encrypted.npz": (with_bytes(with_bytes(SOUND, b"PK\1\2", 8, b"\1"), b"PK\3\4", 6, b"\1"), "array is encrypted"),
    "bzip2.npz": (zipped({"x.npy": npy_bytes()}, zipfile.ZIP_BZIP2), "NumPy does not use the array's compression"),
    "lzma.npz": (zipped({"x.npy": npy_bytes()}, zipfile.ZIP_LZMA), "NumPy does not use the array's compression"),
    "unknown.npz": (with_bytes(SOUND, b"PK\1\2", 10, b"\x63"), "NumPy does not use the array's compression"),
    "text inside.npz": (zipped({"x.npy": b"hello"}), "x: no valid .npy header"),
    "zip inside.npz": (zipped({"x.npy": SOUND}), "x: this is an .npz file"),
    "names.npz": (zipped({"a\nb.npy": npy_bytes()}), r"found: 'a\nb'"),
    "directory.npz": (LONG_DIRECTORY, "list of members is longer"),
    "own.png": (b"", "not named .npz or .npy"),
    "own": (SOUND, "not named .npz or .npy"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_and_costs_little(tmp_path: Path, name: str):
    content, said = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    with at_most(8):
        assert said in refusal(tmp_path / name)


def test_two_members_of_one_name_are_refused(tmp_path: Path):
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(tmp_path / "own.npz", "w") as archive:
        archive.writestr("x.npy", npy_bytes())
        archive.writestr("x.npy", npy_bytes())
    assert "2 arrays are named x" in refusal(tmp_path / "own.npz")


def test_a_member_beside_an_array_is_passed_over(tmp_path: Path):
    (tmp_path / "own.npz").write_bytes(
        zipped({"x.npy": npy_bytes(shape="(2, 16, 24)"), "x": b"hello", "readme.txt": b"hello"})
    )
    assert len(whole(tmp_path / "own.npz")) == 2


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path):
    zeros = bytes(MB)
    with zipfile.ZipFile(tmp_path / "own.npz", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:  # noqa: SIM117
        with archive.open("x.npy", "w", force_zip64=True) as member:
            member.write(npy_bytes(shape=f"({66 * 1024}, 32, 32)", body=0))
            for _ in range(66):
                member.write(zeros)
    assert (tmp_path / "own.npz").stat().st_size < MB
    with at_most(8):
        assert "more than 200 times as many" in refusal(tmp_path / "own.npz")


def test_a_zip_that_lies_about_both_sizes_costs_what_it_holds(tmp_path: Path):
    promised = 60 * 1024 * 1024
    head = npy_bytes(shape=f"({promised // 1024}, 32, 32)", body=0)
    content = zipped({"x.npy": head + bytes(MB)})
    lie = (len(head) + promised).to_bytes(4, "little")
    (tmp_path / "own.npz").write_bytes(with_bytes(content, b"PK\1\2", 24, lie))
    with at_most(8):
        assert "bytes, but the array has fewer" in refusal(tmp_path / "own.npz")


def test_a_sparse_file_larger_than_the_bound_is_refused(tmp_path: Path):
    header = npy_bytes(shape=f"({3 * 10**6}, 32, 32)", body=0)
    with (tmp_path / "own.npy").open("wb") as file:
        file.write(header)
        file.truncate(len(header) + 3072 * 10**6)  # a hole, which takes no room
    with at_most(1):
        assert "declares 3,072,000,000 bytes, more than the maximum of 2,000,000,000" in refusal(tmp_path / "own.npy")


def test_what_is_no_file_is_named(tmp_path: Path):
    for name in ("folder.npz", "folder.npy"):
        (tmp_path / name).mkdir()
        assert "not a file" in refusal(tmp_path / name)
        assert "No such file" in refusal(tmp_path / f"absent-{name}")
    os.mkfifo(tmp_path / "pipe.npz")
    assert "not a file" in refusal(tmp_path / "pipe.npz")


def test_an_array_that_goes_away_between_two_looks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "own.npz"
    np.savez(file, other=np.zeros(3))
    monkeypatch.setattr("ganarium.data.files.arrays.keys_of", lambda _: ("x",))
    assert "x disappeared while the file was read" in refusal(file)


def test_the_words_of_a_python_2_header_are_read_without_a_warning(tmp_path: Path):
    (tmp_path / "own.npy").write_bytes(npy_bytes(shape="(2L, 16L, 24L)"))
    assert len(whole(tmp_path / "own.npy")) == 2
