"""Noto's colour emoji, bundled with the package."""

from importlib.resources import files

import numpy as np
import torch

from ganarium.config.datasets import EmojiConfig
from ganarium.core.errors import InputError, brief
from ganarium.data.datasets import Card, ImageSet, Split
from ganarium.data.files.content_splits import limited

SHAPE = (64, 64, 3)
CARD = Card(
    title="Noto Emoji 2.048",
    authors="Google LLC and the Noto Emoji authors; pictures of 64×64 pixels from emoji-datasource-google 16.0.0",
    licence="Apache License 2.0",
    text="3,786 colour pictures of 64×64 pixels on white: 2,943 for training, 395 for validation, 448 for testing. The "
    "skin tones of one emoji are all in the same split. No labels.",
)


def load(settings: EmojiConfig, split: Split = "train") -> ImageSet:
    """Load one split of the emoji; `settings.count` limits only the training split."""
    images = torch.from_numpy(_read(f"{split}.xz")).permute(0, 3, 1, 2)
    rows = limited(range(len(images)), settings.count if split == "train" else None, "random")
    return ImageSet("emoji", images[list(rows)].contiguous(), None, (), CARD)


def _read(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Read the pictures in one of the bundled files, uint8 [n, 64, 64, 3]."""
    try:
        import lzma
    except ImportError:
        raise InputError("data=emoji: this Python lacks the module lzma; install Python with liblzma") from None
    packed = (files("ganarium.data") / "bundled" / "emoji" / name).read_bytes()
    try:
        pixels = lzma.decompress(packed, lzma.FORMAT_XZ)
    except (lzma.LZMAError, EOFError) as error:
        raise InputError(f"data=emoji: {name} is damaged ({brief(error)}); install ganarium again") from None
    return np.frombuffer(bytearray(pixels), np.uint8).reshape(-1, *SHAPE)
