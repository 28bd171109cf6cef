"""Decode the bytes of an image file to uint8 pixels of a given size."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageColor, ImageOps, TiffImagePlugin, UnidentifiedImageError, features

from ganarium.core.errors import InputError, brief
from ganarium.data.files.bit_depth import (
    GREYS,
    colours_of,
    eight_bits,
    fix_transparency,
    is_grey,
    is_sixteen,
    refuse_depth,
)
from ganarium.data.files.colour_profiles import NONE, to_srgb
from ganarium.data.files.memory_budget import one_at_a_time

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")  # some of Pillow's other formats run external programs
LATER_FORMATS = ("PPM", "DIB")  # supported since version 2 of the rules, as are AVIF and HEIF with their libraries
MOST_PIXELS = 25_000_000
LARGE_PIXELS = 1_000_000  # larger images are decoded one at a time
MODE_NAMES = {
    "1": "black and white",
    "L": "grey",
    "LA": "grey with alpha",
    "La": "grey with alpha",
    "P": "palette",
    "PA": "palette with alpha",
}
SIDEWAYS = (5, 6, 7, 8)  # values of the EXIF orientation that swap height and width
MAX_GREY_16 = 65_535
JPEGS = ("JPEG", "MPO")
UPRIGHT = ("TIFF", "HEIF")  # formats whose orientation is applied when they are opened
ONE_PICTURE = ("JPEG", "MPO")  # formats whose other images are previews or depth maps of the first image
HEIC_BRANDS, AVIF_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1"), (b"avif", b"avis")
NEEDS_HEIC = "HEIC images need another package: pip install 'ganarium[heic]'"
NEEDS_AVIF = "AVIF images need Pillow 11.3 or newer: pip install --upgrade pillow"
ODD_TIFF = "an unsupported type of TIFF; save the image as PNG, or with unsigned values of 8 or 16 bits"
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # frame markers; three codes mean something else
JPEG_PROGRESSIVE = frozenset((0xC2, 0xC6, 0xCA, 0xCE))
JPEG_SCAN = 0xDA
JPEG_NO_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


@dataclass(frozen=True)
class Header:
    """The properties of an image file according to its header.

    size: (height, width) after applying the orientation
    mode: description of the pixel format, such as "grey"
    profile: name of the colour profile that is converted to sRGB; "" when there is none or no conversion is needed
    ignored: name of an ignored colour profile and the reason; "" when none is ignored
    frames: whether the file has more than one frame or page; only the first is read
    """

    size: tuple[int, int]
    mode: str
    grey: bool
    transparent: bool
    profile: str = ""
    ignored: str = ""
    frames: bool = False


@dataclass(frozen=True)
class Target:
    """The common format to which all images are converted.

    size: (height, width)
    ground: colour of the background of transparent images and of padding
    decoding: version of the decoding rules
    """

    size: tuple[int, int]
    fit: Literal["crop", "pad"]
    grey: bool
    ground: str
    invert: bool
    resample: Literal["lanczos", "nearest"] = "lanczos"
    decoding: Literal[1, 2] = 2

    @property
    def shape(self) -> tuple[int, int, int]:
        """Return the shape (C, H, W) of a converted image."""
        return (1 if self.grey else 3, *self.size)


def header(content: bytes, decoding: Literal[1, 2] = 2) -> Header:
    """Read the header of an image file.

    Raises `InputError` (message without the path) when the file is not an image or the image is too large.
    """
    with _opened(content, decoding) as image:
        _refuse_too_large(_decoder_size(image, content))
        profile = colours_of(image) if decoding > 1 else NONE
        return Header(
            size=image.size if _is_rotated(image) else image.size[::-1],
            mode="16-bit grey" if is_sixteen(image) else MODE_NAMES.get(image.mode, image.mode),
            grey=is_grey(image),
            transparent=image.has_transparency_data,
            profile=profile.name if profile.convert else "",
            ignored=f"{profile.name} {profile.fault}" if profile.fault else "",
            frames=more_frames(image),
        )


def decode(content: bytes, target: Target) -> NDArray[np.uint8]:
    """Decode the first frame of an image file to pixels [C, H, W].

    Raises `InputError` (message without the path) when the file cannot be decoded.
    """
    with _opened(content, target.decoding) as image:
        decoded_size = _decoder_size(image, content)
        height, width = target.size[::-1] if _is_rotated(image) else target.size
        if target.resample != "nearest":  # decoding a JPEG at a reduced size averages pixels
            image.draft(None, (2 * width, 2 * height))
        decoded_size = max(decoded_size, image.size, key=prod)
        _refuse_too_large(decoded_size)
        small = (
            one_at_a_time(_converted, image, target) if prod(decoded_size) > LARGE_PIXELS else _converted(image, target)
        )
    pixels = np.asarray(ImageOps.invert(small) if target.invert else small)
    return pixels[None] if target.grey else pixels.transpose(2, 0, 1)


def _converted(image: Image.Image, target: Target) -> Image.Image:
    ImageOps.exif_transpose(image, in_place=True)
    profile = colours_of(image) if target.decoding > 1 else NONE
    small = _shrunk(EIGHT_BITS[target.decoding](image), target)  # before the conversion of colours, which takes longer
    return _fitted(_on_ground(to_srgb(small, profile), target), target)


@contextmanager
def _opened(content: bytes, decoding: Literal[1, 2]) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(content), formats=FORMATS if decoding == 1 else _all_formats()) as image:
            if decoding > 1:
                fix_transparency(image)
                refuse_depth(image)
            yield image
    except (InputError, MemoryError):
        raise
    except Exception as error:  # any exception of a codec means a faulty file
        raise InputError(_error_reason(error, content)) from None


@lru_cache(maxsize=1)
def _all_formats() -> tuple[str, ...]:
    """Return the supported formats, including HEIC and AVIF if their libraries are installed."""
    avif = ("AVIF",) if "avif" in features.get_supported() else ()
    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return (*FORMATS, *LATER_FORMATS, *avif)
    return (*FORMATS, *LATER_FORMATS, *avif, "HEIF")


def more_frames(image: Image.Image) -> bool:
    """Return whether an image has more than one frame or page."""
    if image.format in ONE_PICTURE:
        return False
    try:
        return bool(getattr(image, "is_animated", False))
    except Exception:  # Pillow reads the second frame of a GIF, which may be damaged
        return False


def _is_rotated(image: Image.Image) -> bool:
    """Return whether the EXIF orientation of an image swaps height and width."""
    return image.format not in UPRIGHT and image.getexif().get(ExifTags.Base.Orientation) in SIDEWAYS


def _decoder_size(image: Image.Image, content: bytes) -> tuple[int, int]:
    """Return the (width, height) of the pixels that a decoder holds in memory; (0, 0) for a JPEG decoded row by row."""
    if image.format in JPEGS and comes_in_rows(content):
        return 0, 0
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        tags = image.tag_v2
        width, height = image.size
        tile = tags.get(TiffImagePlugin.TILEWIDTH, width), tags.get(TiffImagePlugin.TILELENGTH, height)
        return max(image.size, tile, key=prod)
    return image.size


def comes_in_rows(content: bytes) -> bool:
    """Return whether a JPEG stores all colours in one scan, row by row (ITU T.81, annex B).

    Otherwise, the decoder needs memory for the whole image.
    """
    components = 0
    for marker, segment in _jpeg_segments(content):
        if marker in JPEG_PROGRESSIVE:
            return False
        if marker in JPEG_FRAMES:
            components = segment[5] if len(segment) > 5 else 0
        if marker == JPEG_SCAN:
            return bool(components) and segment[:1] == bytes([components])
    return False


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker of a JPEG and its segment, up to the first invalid byte."""
    place = 2
    while place + 1 < len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        place += 1 if marker == 0xFF else 2
        if marker == 0xFF or marker in JPEG_NO_LENGTH:
            continue
        length = int.from_bytes(content[place : place + 2])
        yield marker, content[place + 2 : place + length]
        place += max(2, length)


def _refuse_too_large(size: tuple[int, int]) -> None:
    if prod(size) > MOST_PIXELS:
        raise InputError(
            f"the header declares {size[0]:,}×{size[1]:,} pixels, more than the maximum of {MOST_PIXELS:,}"
        )


def _eight_bits_version_1(image: Image.Image) -> Image.Image:
    """Convert an image to mode L, RGB or RGBA with version 1 of the decoder.

    Version 1 ignores colour profiles, and reads TIFFs in which 0 is white as if 0 were black.
    """
    if image.mode in ("I", "F"):
        raise InputError("has 32-bit values, whose range is undefined; save the image with 8 or 16 bits")
    if image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((values * 255 + MAX_GREY_16 // 2) // MAX_GREY_16).astype(np.uint8))
    mode = "RGBA" if image.has_transparency_data else "L" if image.mode in GREYS else "RGB"
    return image if image.mode == mode else image.convert(mode)


EIGHT_BITS: Mapping[int, Callable[[Image.Image], Image.Image]] = {1: _eight_bits_version_1, 2: eight_bits}


def _shrunk(image: Image.Image, target: Target) -> Image.Image:
    """Reduce a much larger image by an integer factor to at least twice the target size, to save time and memory."""
    times = min(image.height // (2 * target.size[0]), image.width // (2 * target.size[1]))
    if times < 2 or target.resample == "nearest":
        return image
    if image.mode == "RGBA":  # weighted by alpha, so that the colours of invisible pixels do not contribute
        return image.convert("RGBa").reduce(times).convert("RGBA")
    return image.reduce(times)


def _on_ground(image: Image.Image, target: Target) -> Image.Image:
    """Composite an image onto the background colour, and convert it to the mode of the target."""
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, ImageColor.getrgb(target.ground)), image)
    return image.convert("L" if target.grey else "RGB")


def _fitted(image: Image.Image, target: Target) -> Image.Image:
    size, resample = target.size[::-1], Image.Resampling[target.resample.upper()]
    if image.size == size:
        return image
    if target.fit == "crop":
        return ImageOps.fit(image, size, resample)
    return ImageOps.pad(image, size, resample, ImageColor.getcolor(target.ground, image.mode))


def _error_reason(error: Exception, content: bytes) -> str:
    if isinstance(error, UnidentifiedImageError):
        return _unknown_format_reason(content)
    if isinstance(error, Image.DecompressionBombError):
        return f"the header declares more than the maximum of {MOST_PIXELS:,} pixels"
    return brief(error)


def _unknown_format_reason(content: bytes) -> str:
    """Return the reason why no decoder accepts a file."""
    brands = content[8:64] if content[4:8] == b"ftyp" else b""
    if brands and any(brand in brands for brand in AVIF_BRANDS) and "AVIF" not in _all_formats():
        return NEEDS_AVIF
    if brands.startswith(HEIC_BRANDS) and "HEIF" not in _all_formats():
        return NEEDS_HEIC
    return ODD_TIFF if content.startswith(TIFF_STARTS) else "not an image in a supported format"
