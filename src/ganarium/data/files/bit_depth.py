"""Convert Pillow images to 8 bits per channel, and reject modes with an undefined value range."""

import numpy as np
from PIL import Image, TiffImagePlugin

from ganarium.core.errors import InputError
from ganarium.data.files.colour_profiles import NONE, Profile, profile_of, to_srgb

GREYS = ("1", "L", "LA", "La", "I;16", "I;16B", "I;16L")
SIXTEEN = ("I;16", "I;16B", "I;16L", "I;16N")
SIXTEEN_IN_32 = ("PPM", "PNG")  # formats whose 16-bit grey values Pillow holds in mode I
KEPT_MODES = ("L", "RGB", "RGBA", "CMYK")
UNSIGNED, WHITE_IS_ZERO = 1, 0  # values of the TIFF tags SampleFormat and PhotometricInterpretation
SCALED = {"L;2": 85, "L;4": 17}  # PNG's raw modes of less than 8 bits -> Pillow's factor for values
MAX_8 = 255


def refuse_depth(image: Image.Image) -> None:
    """Raise `InputError` (message without the path) for values of undefined range: floats, 32-bit or signed values."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    if any(kind == 2 for kind in _as_tuple(tags.get(TiffImagePlugin.SAMPLEFORMAT, UNSIGNED))):
        raise InputError("has signed values, whose range is undefined; save the image with unsigned values")
    if image.mode == "F" or (image.mode == "I" and image.format not in SIXTEEN_IN_32):
        raise InputError("has 32-bit values, whose range is undefined; save the image with 8 or 16 bits")


def fix_transparency(image: Image.Image) -> None:
    """Convert a PNG's transparent grey level or colour to 8 bits, as Pillow does for pixels of 2, 4 or 16 bits.

    Has no effect on an image that is already loaded.
    """
    transparent = image.info.get("transparency")
    raw = image.tile[0].args if image.format == "PNG" and image.tile else None  # type: ignore[attr-defined]
    if isinstance(transparent, int) and raw in SCALED:
        image.info["transparency"] = transparent * SCALED[raw]
    if isinstance(transparent, tuple) and raw == "RGB;16B":
        image.info["transparency"] = tuple(value >> 8 for value in transparent)


def is_sixteen(image: Image.Image) -> bool:
    """Return whether an image has grey values of 9 to 16 bits."""
    return image.mode in SIXTEEN or (image.mode == "I" and image.format in SIXTEEN_IN_32)


def is_grey(image: Image.Image) -> bool:
    """Return whether an image has a grey or black-and-white mode."""
    return image.mode in GREYS or is_sixteen(image)


def colours_of(image: Image.Image) -> Profile:
    """Return the colour profile that `to_srgb_8_bits` applies to an image."""
    if image.mode == "LAB":
        return NONE
    return profile_of(image, "L" if is_grey(image) else "CMYK" if image.mode == "CMYK" else "RGB")


def to_srgb_8_bits(image: Image.Image) -> Image.Image:
    """Convert an image to 8-bit sRGB of mode L, RGB or, if it may have transparency, RGBA.

    Raises `InputError` (message without the path) for values of undefined range.
    """
    refuse_depth(image)
    return to_srgb(eight_bits(image), colours_of(image))


def eight_bits(image: Image.Image) -> Image.Image:
    """Convert to 8 bits per channel, keeping the colour space: L, RGB, CMYK or, if it may have transparency, RGBA."""
    return _from_sixteen(image) if is_sixteen(image) else _in_eight(image)


def _in_eight(image: Image.Image) -> Image.Image:
    if image.mode == "La":
        image = image.convert("LA")
    grey = "L" if image.mode in GREYS else "RGB"
    mode = "RGBA" if image.has_transparency_data else image.mode if image.mode in KEPT_MODES else grey
    return image if image.mode == mode else image.convert(mode)


def _from_sixteen(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey values to 8 bits; Pillow's conversion would clip bright values."""
    white, inverted = _tiff_scale(image)
    values = np.asarray(image).astype(np.uint32)
    transparent = values == image.info.get("transparency")
    np.minimum(values, white, out=values)
    values *= MAX_8
    values += white // 2
    values //= white
    levels = values.astype(np.uint8)
    grey = Image.fromarray(MAX_8 - levels if inverted else levels)
    if np.any(transparent):
        grey = grey.convert("RGBA")
        grey.putalpha(Image.fromarray(np.where(transparent, 0, MAX_8).astype(np.uint8)))
    return grey


def _tiff_scale(image: Image.Image) -> tuple[int, bool]:
    """Return the maximum value of a TIFF's bit depth, and whether that value means black; Pillow ignores both."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    bits = int(_as_tuple(tags.get(TiffImagePlugin.BITSPERSAMPLE, 16))[0])
    inverted = tags.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION) == WHITE_IS_ZERO
    return (1 << bits) - 1, inverted


def _as_tuple(value: object) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (int(value),)  # type: ignore[call-overload]
