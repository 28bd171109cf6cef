"""The complete MNIST data set, bundled with the package."""

from importlib.resources import as_file, files
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ganarium.config.datasets import MnistConfig
from ganarium.data.datasets import Card, ImageSet, Split
from ganarium.data.idx import read_idx

CARD = Card(
    title="MNIST handwritten digits",
    authors="Yann LeCun and Corinna Cortes",
    licence="CC BY-SA 3.0",
    text="70,000 centred grey digits of 28×28 pixels, white on a black background. train = the first 50,000 of the "
    "training file, validation = its last 10,000, test = the 10,000 of the test file.",
)
VALIDATION_START = 50_000


def load(settings: MnistConfig, split: Split = "train") -> ImageSet:
    """Load one split of MNIST; `settings.count` limits only the training split."""
    prefix = "t10k" if split == "test" else "train"
    images, labels = _read(f"{prefix}-images-idx3-ubyte.gz"), _read(f"{prefix}-labels-idx1-ubyte.gz")
    rows = {
        "train": slice(0, settings.count),
        "validation": slice(VALIDATION_START, None),
        "test": slice(None),
    }[split]
    return ImageSet(
        name="mnist",
        images=torch.from_numpy(images[rows, None].copy()),
        labels=torch.from_numpy(labels[rows].astype(np.int64)),
        classes=tuple("0123456789"),
        card=CARD,
    )


def _read(name: str) -> NDArray[Any]:
    with as_file(files("ganarium.data") / "bundled" / "mnist" / name) as path:
        return read_idx(path)
