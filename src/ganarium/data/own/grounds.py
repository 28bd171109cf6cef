"""How well transparent pictures show on a ground."""

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

Pixels = NDArray[np.uint8]

HARDLY = 32  # levels by which a picture's own colours differ from the ground in the mean, below which it is hidden
CANDIDATES = ("black", "white", "grey")
OPAQUE = 0.98  # mean alpha above which a picture has no ground to speak of


def hidden_by(ground: str, black: Pixels, white: Pixels) -> tuple[float, str]:
    """The share of pictures that are hidden by a ground, and the ground that hides the fewest, "" if it is that one.

    black, white: the same pictures [n, 3, H, W], composited on black and on white

    A picture with colour c and alpha a is a·c on black and a·c + (1 − a)·255 on white.
    """
    shares = {name: _share_hidden(name, black, white) for name in (ground, *CANDIDATES)}
    best = min(shares, key=lambda name: shares[name])
    return shares[ground], best if shares[best] < shares[ground] else ""


def _share_hidden(ground: str, black: Pixels, white: Pixels) -> float:
    on_black = black.astype(np.float32)
    alpha = 1 - (white - on_black) / 255
    colour = np.array(ImageColor.getrgb(ground), np.float32)[:, None, None]
    differences = np.abs(on_black - alpha * colour).sum((1, 2, 3)) / np.maximum(alpha.sum((1, 2, 3)), 1)
    counted = (alpha.mean((1, 2, 3)) < OPAQUE) & alpha.any((1, 2, 3))
    return float((counted & (differences < HARDLY)).mean()) if len(black) else 0.0
