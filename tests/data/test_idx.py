"""An IDX file is read as its header says, or named in one line; its header's word costs no memory."""

import gzip
import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from ganarium.core.errors import InputError
from ganarium.data.idx import MOST_BYTES, read_idx

MB = 1 << 20
MANY_ZEROS = gzip.compress(bytes(MB)) * 300  # 300 MB in 300 kB
PACKS = pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["raw", "gzip"])
Pack = Callable[[bytes], bytes]


def head(*sizes: int) -> bytes:
    return bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)


def noise(n: int) -> bytes:
    return np.random.default_rng(0).bytes(n)


@contextmanager
def at_most(megabytes: float) -> Iterator[None]:
    """Memory taken inside stays below so much."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MB
    finally:
        tracemalloc.stop()


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as error:
        read_idx(file)
    message = str(error.value)
    assert str(file) in message
    assert "\n" not in message
    return message


@PACKS
def test_an_idx_file_is_read_packed_or_not(tmp_path: Path, pack: Pack):
    file = tmp_path / "x"
    file.write_bytes(pack(head(2, 3) + bytes(range(6))))
    array = read_idx(file)
    assert array.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert array.dtype == np.uint8
    assert array.flags.writeable


@PACKS
def test_bytes_come_back_as_they_were_written_over_many_chunks(tmp_path: Path, pack: Pack):
    file, pictures = tmp_path / "x", np.frombuffer(noise(3000 * 784), np.uint8).reshape(3000, 28, 28)
    file.write_bytes(pack(head(*pictures.shape) + pictures.tobytes()))
    assert np.array_equal(read_idx(file), pictures)


def test_a_gzip_file_of_several_members_is_one(tmp_path: Path):
    file = tmp_path / "x"
    file.write_bytes(gzip.compress(head(2, 3)) + gzip.compress(bytes(4)) + gzip.compress(b"ab"))
    assert read_idx(file).tolist() == [[0, 0, 0], [0, 97, 98]]


def test_the_largest_known_file_is_within_the_bound():
    assert 697_932 * 28 * 28 <= MOST_BYTES <= 700_000_000


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not an IDX file"),
        (b"\0", "not an IDX file"),
        (b"PNG" + head(2, 3), "not an IDX file"),
        (bytes([0, 0, 0x0D, 2]) + head(2, 3)[4:], "type is 0x0d"),
        (head(2, 3) + bytes(5), "declares 6 bytes of data, but the file contains 5"),
        (head(2, 3) + bytes(7), "declares 6 bytes of data, but the file contains 7"),
        (head(2, 3)[:9], "the header is truncated"),
        (head() + bytes(1), "0 dimensions"),
        (head(*[1] * 255) + bytes(1), "255 dimensions"),
        (head(*[2**32 - 1] * 4), "declares more than 10.18 bytes of data, but the file contains 0"),
        (head(0, 28, 28), "shape 0×28×28"),
        (head(2**32 - 1, 0), "contains no values"),
        (gzip.compress(head(2, 3) + bytes(6))[:-9], "gzip stream is damaged"),
        (gzip.compress(head(2, 3))[:12], "gzip stream is damaged"),
        (gzip.compress(head(2, 3))[:10] + b"\xff" * 40, "gzip stream is damaged"),
        (gzip.compress(head(2, 3) + bytes(6))[:-8] + bytes(4) + (18).to_bytes(4, "little"), "damaged .*CRC"),
        (gzip.compress(head(2, 3) + bytes(6)) + b"more", "gzip stream is damaged"),
        (gzip.compress(head(2, 3) + bytes(5)), "declares 6 bytes of data, but the file contains 5"),
        (gzip.compress(head(2, 3) + bytes(7)), "declares 6 bytes of data, but the file contains more"),
        (gzip.compress(b""), "not an IDX file"),
        (gzip.compress(head(2, 3)[:9]), "the header is truncated"),
        (gzip.compress(gzip.compress(head(1) + b"a")), "not an IDX file"),
    ],
    ids=[
        *("empty", "one byte", "png", "floats", "short", "long", "headless", "no dimensions", "255 dimensions"),
        *("endless", "no images", "no rows", "cut gzip", "cut gzip header", "other gzip", "wrong CRC"),
        *("gzip and more", "short gzip", "long gzip", "empty gzip", "headless gzip", "packed twice"),
    ],
)
def test_a_damaged_idx_file_is_named(tmp_path: Path, data: bytes, said: str):
    file = tmp_path / "broken-idx"
    file.write_bytes(data)
    with pytest.raises(InputError, match=said):
        read_idx(file)
    with at_most(2):
        refusal(file)


def test_what_is_no_file_or_cannot_be_opened_is_named(tmp_path: Path):
    assert "not a file" in refusal(tmp_path)
    assert "No such file" in refusal(tmp_path / "absent")
    os.mkfifo(tmp_path / "pipe")
    assert "not a file" in refusal(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    assert "symbolic links" in refusal(tmp_path / "loop")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs /proc, for a file that cannot be read")
def test_what_the_system_refuses_while_reading_is_named():
    assert "Input/output error" in refusal(Path("/proc/self/mem"))


def test_a_file_that_grows_or_shrinks_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "x"
    for now, said in ((bytes(5), "the file contains 5"), (bytes(8), "the file contains more")):
        file.write_bytes(head(2, 3) + now)
        monkeypatch.setattr(os, "fstat", lambda _: os.stat_result([0o100644, *[0] * 5, len(head(2, 3)) + 6, 0, 0, 0]))
        assert said in refusal(file)


# ---- what costs memory


def test_a_gzip_bomb_is_left_when_its_promise_is_kept(tmp_path: Path):
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(head(10, 28, 28)) + MANY_ZEROS)
    with at_most(4):
        assert "declares 7,840 bytes of data, but the file contains more" in refusal(file)


def test_a_gzip_file_that_promises_absurdly_much_is_not_unpacked(tmp_path: Path):
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(head(300, 1024, 1024)) + MANY_ZEROS)
    with at_most(2):
        assert "more than 200 times" in refusal(file)


def test_zeros_that_pack_very_well_are_read_when_they_are_few(tmp_path: Path):
    file = tmp_path / "blank.gz"
    file.write_bytes(gzip.compress(head(4 * 1024, 32, 32) + bytes(4 * MB)))
    assert file.stat().st_size * 200 < 4 * MB
    assert not read_idx(file).any()


@pytest.mark.parametrize("promised", [60, 590], ids=["60 MB", "590 MB"])
def test_a_promise_takes_no_memory_before_it_is_kept(tmp_path: Path, promised: int):
    file = tmp_path / "lie.gz"
    file.write_bytes(gzip.compress(head(promised * 10**6) + noise(3 * MB), compresslevel=0))
    with at_most(8):
        assert f"declares {promised},000,000 bytes of data, but the file contains 3,145,728" in refusal(file)


def test_more_than_the_bound_is_refused_even_if_it_is_there(tmp_path: Path):
    raw, packed = tmp_path / "raw", tmp_path / "packed.gz"
    with raw.open("wb") as file:
        file.write(head(700_000_000))
        file.truncate(len(head(1)) + 700_000_000)  # a hole, which takes no room
    with packed.open("wb") as file:
        file.write(gzip.compress(head(700_000_000)))
        file.truncate(4 * MB)
    for each in (raw, packed):
        with at_most(2):
            assert "declares 700,000,000 bytes, more than the maximum of 600,000,000" in refusal(each)
