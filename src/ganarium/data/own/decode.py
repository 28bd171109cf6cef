"""One picture file's bytes as uint8 pixels of a given size."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageColor, ImageOps, TiffImagePlugin, UnidentifiedImageError

from ganarium.core.errors import InputError, brief
from ganarium.data.own.budget import alone
from ganarium.data.own.jpeg import comes_in_rows

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # Pillow knows more, some of which run programs
MOST_PIXELS = 25_000_000
LARGE_PIXELS = 1_000_000  # beyond which one picture at a time is decoded
KINDS = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with alpha",
    "I;16": "16-bit grey",
    "I;16B": "16-bit grey",
    "P": "palette",
    "PA": "palette with alpha",
}
GREYS = ("1", "L", "LA", "La", "I;16", "I;16B", "I;16L")
SIDEWAYS = (5, 6, 7, 8)  # values of EXIF's orientation that exchange height and width
MAX_GREY_16 = 65_535
JPEGS = ("JPEG", "MPO")


@dataclass(frozen=True)
class Header:
    """What a file says of itself: (height, width) as it is looked at, kind of pixel."""

    size: tuple[int, int]
    mode: str
    grey: bool
    transparent: bool


@dataclass(frozen=True)
class Target:
    """What every picture becomes: (height, width), how it gets there, grey or RGB, and what lies behind it."""

    size: tuple[int, int]
    fit: Literal["crop", "pad"]
    grey: bool
    ground: str
    invert: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W)"""
        return (1 if self.grey else 3, *self.size)


def header(content: bytes) -> Header:
    """Read a header; raises `InputError` with the bare reason when the file is no picture or too large a one."""
    with _opened(content) as image:
        _refuse_too_large(_held(image, content))
        return Header(
            size=image.size if _lies(image) else image.size[::-1],
            mode=KINDS.get(image.mode, image.mode),
            grey=image.mode in GREYS,
            transparent=image.has_transparency_data,
        )


def decode(content: bytes, target: Target) -> NDArray[np.uint8]:
    """The pixels [C, H, W] of a file's first frame; raises `InputError` with the bare reason when that fails."""
    with _opened(content) as image:
        held = _held(image, content)
        height, width = target.size[::-1] if _lies(image) else target.size
        image.draft(None, (2 * width, 2 * height))
        held = max(held, image.size, key=prod)
        _refuse_too_large(held)
        small = alone(_made, image, target) if prod(held) > LARGE_PIXELS else _made(image, target)
    pixels = np.asarray(ImageOps.invert(small) if target.invert else small)
    return pixels[None] if target.grey else pixels.transpose(2, 0, 1)


def _made(image: Image.Image, target: Target) -> Image.Image:
    ImageOps.exif_transpose(image, in_place=True)
    return _fitted(_on_ground(_shrunk(_eight_bits(image), target), target), target)


@contextmanager
def _opened(content: bytes) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as image:
            yield image
    except (InputError, MemoryError):
        raise
    except Exception as error:  # whatever a codec raises is the file's fault
        raise InputError(_reason(error)) from None


def _lies(image: Image.Image) -> bool:
    """Whether height and width are exchanged when the picture is looked at; Pillow has done it for a TIFF."""
    return image.format != "TIFF" and image.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS


def _held(image: Image.Image, content: bytes) -> tuple[int, int]:
    """(width, height) that a decoder holds at once at least: the picture or its tile; nothing of a JPEG in rows."""
    if image.format in JPEGS and comes_in_rows(content):
        return 0, 0
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        width, height = image.size
        tile = tags.get(TiffImagePlugin.TILEWIDTH, width), tags.get(TiffImagePlugin.TILELENGTH, height)
        return max(image.size, tile, key=prod)
    return image.size


def _refuse_too_large(size: tuple[int, int]) -> None:
    if prod(size) > MOST_PIXELS:
        raise InputError(f"claims {size[0]:,}×{size[1]:,} pixels, at most {MOST_PIXELS:,} are decoded")


def _eight_bits(image: Image.Image) -> Image.Image:
    """RGB, grey or either with alpha; 16-bit grey is scaled, where a plain conversion would cut off what is bright."""
    if image.mode in ("I", "F"):
        raise InputError("holds 32-bit values, which have no agreed range; save it with 8 or 16 bits")
    if image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((values * 255 + MAX_GREY_16 // 2) // MAX_GREY_16).astype(np.uint8))
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in GREYS else "RGB"
    return image if image.mode == mode else image.convert(mode)


def _shrunk(image: Image.Image, target: Target) -> Image.Image:
    """A much larger picture at a whole fraction of its size, still twice the target's; saves time and memory."""
    times = min(image.height // (2 * target.size[0]), image.width // (2 * target.size[1]))
    if times < 2:
        return image
    if image.mode == "RGBA":  # weighted by alpha, so that no colour of invisible pixels comes in
        return image.convert("RGBa").reduce(times).convert("RGBA")
    return image.reduce(times)


def _on_ground(image: Image.Image, target: Target) -> Image.Image:
    """Nothing transparent is left, and the mode is the target's."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, ImageColor.getrgb(target.ground)), image)
    return image.convert("L" if target.grey else "RGB")


def _fitted(image: Image.Image, target: Target) -> Image.Image:
    size = target.size[::-1]
    if image.size == size:
        return image
    if target.fit == "crop":
        return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
    return ImageOps.pad(image, size, Image.Resampling.LANCZOS, ImageColor.getcolor(target.ground, image.mode))


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "no picture of a known format"
    if isinstance(error, Image.DecompressionBombError):
        return f"claims more pixels than are decoded, at most {MOST_PIXELS:,}"
    return brief(error)
