"""Detect pixel art, and transparent images hidden by their background, in a sample of the images of a data set."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

from ganarium.data.files.decode import Header, Target

Pixels = NDArray[np.uint8]

SAMPLE = 32  # number of images decoded for a test
HIDDEN_DIFFERENCE = 32  # mean difference in levels between an image and the background, below which the image is hidden
BACKGROUNDS = ("black", "white", "grey")
OPAQUE = 0.98  # mean alpha above which an image counts as opaque
FEW_COLOURS = 32  # maximum number of colours of pixel art
LARGEST = 512  # maximum side in pixels of images that are decoded at their own size
NEARLY_ALL = 0.9


@dataclass(frozen=True)
class ReadHeader:
    """The path of an image file within its folder, the digest of its bytes, and its header."""

    name: str
    digest: bytes
    header: Header


Decode = Callable[[Sequence[ReadHeader], Target], tuple[Pixels, Mapping[int, str]]]  # pixels, reasons for missing rows


def hidden_by_ground(scanned: Sequence[ReadHeader], target: Target, decoded: Decode) -> tuple[float, str]:
    """Return the fraction of transparent images hidden by the background, and a better background ("" if none).

    A sample of the images is decoded on black and on white, which separates their colours from the background: an
    image of colour c and alpha a is a·c on black and a·c + (1 − a)·255 on white.
    """
    some = _some([one for one in scanned if one.header.transparent])
    if not some:
        return 0.0, ""
    plain = replace(target, grey=False, invert=False)
    (black, faults), (white, _) = (decoded(some, replace(plain, ground=name)) for name in ("black", "white"))
    sound = [row for row in range(len(some)) if row not in faults]
    if not sound:
        return 0.0, ""
    shares = {name: _share_hidden(name, black[sound], white[sound]) for name in (target.ground, *BACKGROUNDS)}
    best = min(shares, key=lambda name: shares[name])
    return shares[target.ground], best if shares[best] < shares[target.ground] else ""


def _some(scanned: Sequence[ReadHeader]) -> Sequence[ReadHeader]:
    """Select at most `SAMPLE` evenly spaced images."""
    return scanned[:: max(1, -(-len(scanned) // SAMPLE))]


def _share_hidden(ground: str, black: Pixels, white: Pixels) -> float:
    """Return the fraction of images hidden by the background `ground`.

    black, white: the same images [n, 3, H, W] on two backgrounds
    """
    on_black = black.astype(np.float32)
    alpha = 1 - (white - on_black) / 255
    colour = np.array(ImageColor.getrgb(ground), np.float32)[:, None, None]
    differences = np.abs(on_black - alpha * colour).sum((1, 2, 3)) / np.maximum(alpha.sum((1, 2, 3)), 1)
    counted = (alpha.mean((1, 2, 3)) < OPAQUE) & alpha.any((1, 2, 3))
    return float((counted & (differences < HIDDEN_DIFFERENCE)).mean())


def is_pixel_art(scanned: Sequence[ReadHeader], target: Target, decoded: Decode) -> bool:
    """Return whether files of the most common size are pixel art that would be scaled smoothly by an integer factor.

    Pixel art is recognized by its few colours if it is enlarged, and by blocks of equal pixels if it is reduced.
    """
    if not scanned or target.resample == "nearest":
        return False
    size = Counter(one.header.size for one in scanned).most_common(1)[0][0]
    enlarged, shrunk = _times(target.size, size), _times(size, target.size)
    if max(size) > LARGEST or max(enlarged, shrunk) < 2:
        return False
    some = _some([one for one in scanned if one.header.size == size])
    pixels, faults = decoded(some, replace(target, size=size))
    sound = [picture for row, picture in enumerate(pixels) if row not in faults]
    drawn = [_has_few_colours(picture) if enlarged else _is_in_blocks(picture, shrunk) for picture in sound]
    return drawn.count(True) >= NEARLY_ALL * max(1, len(drawn))


def _times(large: tuple[int, int], small: tuple[int, int]) -> int:
    """Return the common integer ratio of two heights and two widths; 0 if there is none."""
    times = large[0] // small[0]
    return times if large == (times * small[0], times * small[1]) else 0


def _has_few_colours(picture: Pixels) -> bool:
    colours = np.unique(picture.reshape(len(picture), -1), axis=1)
    return bool(1 < colours.shape[1] <= FEW_COLOURS)


def _is_in_blocks(picture: Pixels, times: int) -> bool:
    small = picture[:, ::times, ::times]
    blocks = bool((small.repeat(times, 1).repeat(times, 2) == picture).all())
    return blocks and bool((small != small[:, :1, :1]).any())
