"""Pictures of samples and checkpoints in a run directory, read without following links."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ganarium.runs.directory import CHECKPOINTS, SAMPLES
from ganarium.web.errors import PageError
from ganarium.web.safe_files import UnsafeFileError, read_bytes

MOST_BYTES = 64 << 20
SIGNATURE = b"\x89PNG\r\n\x1a\n"
SAMPLE = re.compile(r"step-(\d{1,15})\.png")
CHECKPOINT = re.compile(r"step-(\d{1,15})\.safetensors")


def sample_steps(run: Path) -> list[int]:
    """Return the steps of the pictures of samples, ascending."""
    return sorted(_steps(run / SAMPLES, SAMPLE))


def checkpoint_steps(run: Path) -> list[int]:
    """Return the steps of the checkpoints, ascending."""
    return sorted(_steps(run / CHECKPOINTS, CHECKPOINT))


def sample_picture(run: Path, step: int | None) -> bytes:
    """Return the picture of the samples at a step, or of the data for None. Raises `PageError` if it is missing."""
    name = "data.png" if step is None else f"step-{step:08d}.png"
    try:
        content = read_bytes(run, SAMPLES, name, most=MOST_BYTES)
    except UnsafeFileError as error:
        raise PageError(404, f"the picture {name} is not shown: {error}") from None
    except OSError:
        raise PageError(404, f"the picture {name} is missing") from None
    if not content.startswith(SIGNATURE):
        raise PageError(404, f"the picture {name} is damaged: it is not a PNG file")
    return content


def _steps(folder: Path, pattern: re.Pattern[str]) -> Iterator[int]:
    with suppress(OSError):
        if folder.is_symlink():
            return
        with os.scandir(folder) as entries:
            for entry in entries:
                found = pattern.fullmatch(entry.name)
                if found and entry.is_file(follow_symlinks=False):
                    yield int(found[1])
