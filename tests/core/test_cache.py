"""A cache that cannot be written is said once, and costs nothing but time."""

import logging
from pathlib import Path

from ganarium.core import cache


def test_a_folder_that_cannot_be_written_is_said_once(tmp_path: Path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING, "ganarium"):
        for name in ("a.pixels", "b.pixels"):
            cache.keep(tmp_path / "file" / "cache" / name, b"pixels")
    (record,) = caplog.records
    assert "is not writable" in record.message
    cache.keep(tmp_path / "cache" / "a.pixels", b"pixels")
    assert (tmp_path / "cache" / "a.pixels").read_bytes() == b"pixels"
