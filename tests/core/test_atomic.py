"""Files are whole or absent, whoever else writes them."""

import subprocess
import sys
from pathlib import Path

import pytest

from ganarium.core.atomic import write_whole

WRITING = """
import sys
from pathlib import Path
from ganarium.core.atomic import write_whole
for _ in range(150):
    write_whole(Path(sys.argv[1]), sys.argv[2].encode() * 300_000)
"""


@pytest.mark.slow
def test_two_processes_may_write_one_file(tmp_path: Path):
    file = tmp_path / "x"
    both = [subprocess.Popen([sys.executable, "-c", WRITING, file, letter]) for letter in "ab"]
    seen = set()
    while any(process.poll() is None for process in both):
        if file.exists():
            content = file.read_bytes()
            seen.add((len(content), len(set(content))))
    assert [process.returncode for process in both] == [0, 0]
    assert seen == {(300_000, 1)}
    assert list(tmp_path.iterdir()) == [file]


def test_pieces_are_written_one_after_another(tmp_path: Path):
    write_whole(tmp_path / "x", b"one", memoryview(b"two"))
    assert (tmp_path / "x").read_bytes() == b"onetwo"
