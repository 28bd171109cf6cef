"""Reject pickle files, which can run arbitrary code when they are opened."""

import os
import re
from contextlib import suppress
from pathlib import Path

from ganarium.core.errors import InputError
from ganarium.data.safe_io import descriptor

SUFFIXES = frozenset((".pkl", ".pickle", ".pt", ".pth", ".joblib"))
STARTS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
CIFAR = ("data_batch_1", "train")  # files of CIFAR's Python version, one of which is in the folder
CIFAR_FILE = re.compile(r"data_batch_\d|test_batch|train|test")
CIFAR_ARCHIVE = ("cifar-10-python.tar.gz", "cifar-100-python.tar.gz")


def refuse_pickled(path: Path) -> None:
    """Raise `InputError` when a file is a pickle or a folder contains CIFAR's pickled batches."""
    cifar = path.name.lower() in CIFAR_ARCHIVE or any(_is_pickled(path / name) for name in CIFAR)
    if cifar or (CIFAR_FILE.fullmatch(path.name) and _is_pickled(path)):
        raise InputError(
            f"{path}: contains pickled batches, which can run arbitrary code when opened and are never read; "
            "use the binary version (cifar-10-binary.tar.gz or cifar-100-binary.tar.gz) with data.cifar=PATH"
        )
    if path.suffix.lower() in SUFFIXES or _is_pickled(path):
        raise InputError(
            f"{path}: pickle files can run arbitrary code when opened and are never read; in Python, save the "
            'arrays with numpy.savez_compressed("x.npz", images=…, labels=…) and use data.array=x.npz'
        )


def _is_pickled(path: Path) -> bool:
    """Return whether a file starts like a pickle of protocol 2 to 5."""
    with suppress(OSError, ValueError), os.fdopen(descriptor(path), "rb") as file:
        return file.read(2) in STARTS
    return False
