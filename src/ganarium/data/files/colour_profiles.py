"""Convert images with embedded colour profiles to sRGB."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms

MOST_BYTES = 4 << 20  # bytes of a profile; printer profiles have 0.5 to 2.5 MB
SRGB_TOLERANCE = (
    2  # maximum difference in levels at which a profile counts as a variant of sRGB and nothing is converted
)
SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK"}  # mode -> colour space of the profiles that fit it
SRGB_GAMMA, GAMMA_SLACK = 1 / 2.2, 0.02  # the value of a PNG's gAMA that means sRGB, and its tolerance
GAMMAS = (0.1, 5.0)  # values of gAMA outside of this range are errors
UNREADABLE = "is damaged"

Convert = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class Profile:
    """The colour profile of an image file, with the conversion to sRGB.

    name: for example "Display P3"; "" when the file has no profile
    fault: the reason why the profile is ignored; "" when the profile is used
    convert: image of `mode` -> image in sRGB (grey stays grey); None when no conversion is needed
    mode: "L", "RGB" or "CMYK", the mode of the file without alpha and palette
    """

    name: str = ""
    fault: str = ""
    convert: Convert | None = None
    mode: str = "RGB"


NONE = Profile()


def profile_of(image: Image.Image, mode: str) -> Profile:
    """Return the ICC profile or the PNG gamma of an image whose colours have the given mode.

    mode: "L", "RGB" or "CMYK", without alpha and palette
    """
    content = image.info.get("icc_profile")
    if content:
        return _of_icc(bytes(content), mode)
    gamma = image.info.get("gamma")
    if image.format == "PNG" and gamma and "srgb" not in image.info and mode in ("L", "RGB"):
        return _of_gamma(float(gamma), mode)
    return NONE


def to_srgb(image: Image.Image, profile: Profile) -> Image.Image:
    """Convert an image of mode L, RGB, RGBA or CMYK to L, RGB or RGBA in sRGB; alpha is unchanged."""
    if profile.convert is None:
        return image.convert("RGB") if image.mode == "CMYK" else image
    if image.mode != "RGBA":
        return profile.convert(image)
    colours = profile.convert(image.convert(profile.mode)).convert("RGB")
    colours.putalpha(image.getchannel("A"))
    return colours


@lru_cache(maxsize=8)
def _of_icc(content: bytes, mode: str) -> Profile:
    if len(content) > MOST_BYTES:
        return Profile("ICC", f"is larger than {MOST_BYTES >> 20} MB")
    try:
        opened = ImageCms.ImageCmsProfile(BytesIO(content))
        name = (opened.profile.profile_description or "ICC").strip()[:60]
        space = opened.profile.xcolor_space.strip()
        if space != SPACES[mode]:
            return Profile(name, f"is for {space}, not for {SPACES[mode]}")
        transform = _transform(opened, mode)
        convert = _grey_through(transform) if mode == "L" else _through(transform)
        return Profile(name, convert=None if _changes_nothing(convert, mode) else convert, mode=mode)
    except Exception:  # any exception of the colour engine means a faulty profile
        return Profile("ICC", UNREADABLE)


def _transform(profile: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    """Return a thread-safe transform to sRGB."""
    return ImageCms.buildTransform(profile, ImageCms.createProfile("sRGB"), mode, "RGB", flags=ImageCms.Flags.NOCACHE)


def _through(transform: ImageCms.ImageCmsTransform) -> Convert:
    return lambda image: transform.apply(image)


def _grey_through(transform: ImageCms.ImageCmsTransform) -> Convert:
    levels = transform.apply(_every_level()).getchannel("G").tobytes()
    return lambda image: image.point(list(levels))


def _changes_nothing(convert: Convert, mode: str) -> bool:
    if mode == "CMYK":
        return False
    probe = _every_level() if mode == "L" else _many_colours()
    before, after = (np.asarray(picture).astype(int) for picture in (probe, convert(probe)))
    return int(np.abs(before - after).max()) <= SRGB_TOLERANCE


def _every_level() -> Image.Image:
    return Image.frombytes("L", (256, 1), bytes(range(256)))


def _many_colours() -> Image.Image:
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(1, -1, 3))


@lru_cache(maxsize=8)
def _of_gamma(gamma: float, mode: str) -> Profile:
    """Return the profile for the gAMA value of a PNG (PNG 3rd edition, §11.3.2.2): value = light^gamma."""
    if abs(gamma - SRGB_GAMMA) <= GAMMA_SLACK:
        return NONE
    if not GAMMAS[0] <= gamma <= GAMMAS[1]:
        return Profile(f"gamma {gamma:g}", "is out of range")
    light = np.linspace(0, 1, 256) ** (1 / gamma)
    values = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)  # sRGB, IEC 61966-2-1
    levels = [int(level) for level in np.rint(values * 255)] * len(mode)
    return Profile(f"gamma {gamma:g}", convert=lambda image: image.point(levels), mode=mode)
