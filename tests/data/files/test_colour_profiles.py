"""Colour profiles and gammas are applied: what is decoded is what a viewer shows."""

import struct
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from ganarium.config.data_files import FolderConfig
from ganarium.data.checks.file_properties import ignored_profiles
from ganarium.data.files.arrays import image_set
from ganarium.data.files.decode import Target, decode, header
from ganarium.data.files.image_folders import load

# ---- profiles, built tag by tag (ICC.1:2001-04)

P3 = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))  # adapted to D50
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410))
D50 = (0.9642, 1.0, 0.8249)


def srgb_curve(x: np.ndarray) -> np.ndarray:
    """Light of an sRGB value."""
    return np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4)


def profile(space: bytes, tags: Mapping[bytes, bytes], pcs: bytes = b"XYZ ", kind: bytes = b"mntr") -> bytes:
    """A version 2 profile of these tags."""
    tags = {b"desc": _description(space), b"wtpt": _xyz(D50), b"cprt": b"text\0\0\0\0none\0"} | dict(tags)
    start = 128 + 4 + 12 * len(tags)
    table, body = b"", b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"lcms", 0x02100000, kind, space, pcs)
    head += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + struct.pack(">3i", *map(_fixed, D50))
    return head.ljust(128, b"\0") + struct.pack(">I", len(tags)) + table + body


def rgb(primaries: tuple[tuple[float, float, float], ...], curve: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """A display: primaries and one curve for all three."""
    colours = {name: _xyz(xyz) for name, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)}
    return profile(b"RGB ", colours | dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve(curve)))


def grey(curve: Callable[[np.ndarray], np.ndarray]) -> bytes:
    """A grey scale."""
    return profile(b"GRAY", {b"kTRC": _curve(curve)})


def cmyk(lab: Callable[[tuple[int, int, int, int]], tuple[int, int, int]]) -> bytes:
    """A printer whose 16 corners, each ink 0 or 1, have these Lab values as bytes, and linear between them."""
    corners = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    ramp = bytes(range(256))
    table = b"".join(bytes(lab(corner)) for corner in corners)
    matrix = struct.pack(">9i", *(_fixed(value) for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    lut = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + matrix + ramp * 4 + table + ramp * 3
    return profile(b"CMYK", {b"A2B0": lut}, pcs=b"Lab ", kind=b"prtr")


def _fixed(value: float) -> int:
    return round(value * 65536)


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *map(_fixed, values))


def _curve(light: Callable[[np.ndarray], np.ndarray]) -> bytes:
    values = np.rint(light(np.linspace(0, 1, 1024)) * 65535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + values.tobytes()


def _description(space: bytes) -> bytes:
    name = b"Test " + space.strip() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(79)


# ---- the pictures

COLOUR = Target((16, 16), "crop", grey=False, ground="white", invert=False)
GREY = replace(COLOUR, grey=True)
WIDE, NARROW = rgb(P3, srgb_curve), rgb(SRGB, srgb_curve)
LINEAR_GREY = grey(lambda x: x)
INKS = cmyk(lambda inks: (255 if not any(inks) else 0 if inks[3] else 128, 128, 128))
PROFILED = ["PNG", "JPEG", "TIFF", "WEBP"] + (["AVIF"] if features.check("avif") else [])


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    lossless = {"WEBP": {"lossless": True}, "JPEG": {"quality": 100, "subsampling": 0}, "AVIF": {"quality": 100}}
    image.save(buffer, kind, **lossless.get(kind, {}) | options)  # type: ignore[arg-type]
    return buffer.getvalue()


def flat(mode: str, colour: int | tuple[int, ...]) -> Image.Image:
    return Image.new(mode, (16, 16), colour)


def first(content: bytes, target: Target = COLOUR) -> list[int]:
    return decode(content, target)[:, 0, 0].tolist()


def close(values: list[int], expected: tuple[int, ...], by: int = 2) -> bool:
    return bool(np.abs(np.subtract(values, expected)).max() <= by)


@pytest.mark.parametrize("kind", PROFILED)
def test_wide_colours_become_the_same_in_srgb(kind: str):
    content = encoded(flat("RGB", (197, 34, 31)), kind, icc_profile=WIDE)
    assert close(first(content), (215, 0, 9), 4)
    assert header(content).profile == "Test RGB"
    if kind != "AVIF":  # which runs of before did not read
        assert close(first(content, replace(COLOUR, decoding=1)), (197, 34, 31), 4)


@pytest.mark.parametrize("mode", ["RGBA", "P", "PA"])
def test_palettes_and_transparent_pictures_have_profiles_too(mode: str):
    image = flat("RGBA", (197, 34, 31, 255)).convert(mode)
    kind = "TIFF" if mode == "PA" else "PNG"
    assert close(first(encoded(image, kind, icc_profile=WIDE)), (215, 0, 9), 3)


def test_alpha_is_no_colour():
    content = encoded(flat("RGBA", (197, 34, 31, 0)), icc_profile=WIDE)
    assert first(content, replace(COLOUR, ground="#102030")) == [16, 32, 48]


def test_a_profile_of_srgb_changes_no_pixel():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    content = encoded(Image.fromarray(pixels), icc_profile=NARROW)
    assert (decode(content, COLOUR) == pixels.transpose(2, 0, 1)).all()
    assert (header(content).profile, header(content).ignored) == ("", "")


@pytest.mark.parametrize("mode", ["L", "LA", "I;16"])
def test_greys_follow_their_own_curve_and_stay_grey(mode: str):
    levels = {"L": 64, "LA": (64, 255), "I;16": 64 * 257}
    content = encoded(flat(mode, levels[mode]), icc_profile=LINEAR_GREY)  # type: ignore[arg-type]
    expected = round(255 * (1.055 * (64 / 255) ** (1 / 2.4) - 0.055))
    assert close(first(content, GREY), (expected,))
    assert header(content).grey
    assert close(first(content), (expected,) * 3)


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_inks_follow_their_profile(kind: str):
    half = flat("CMYK", (255, 0, 0, 0))
    assert close(first(encoded(half, kind, icc_profile=INKS)), (119, 119, 119), 4)  # L* = 50, not cyan
    assert first(encoded(half, kind))[0] < 5


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no profile", "damaged"),
        (WIDE[:300], "damaged"),
        (LINEAR_GREY, "GRAY"),
        (INKS, "CMYK"),
        (bytes(5 << 20), "MB"),
    ],
    ids=["text", "cut", "grey", "inks", "large"],
)
def test_a_profile_that_cannot_be_applied_is_told_and_ignored(content: bytes, said: str):
    file = encoded(flat("RGB", (197, 34, 31)), "TIFF", icc_profile=content)
    assert first(file) == [197, 34, 31]
    assert said in header(file).ignored
    assert len(header(file).ignored) < 120


@pytest.mark.slow
@pytest.mark.parametrize("cut", range(0, len(WIDE), 97))
def test_no_damaged_profile_is_an_error(cut: int):
    for damaged in (WIDE[:cut], WIDE[:cut] + b"\xff\xff\xff\xff" + WIDE[cut + 4 :]):
        assert len(first(encoded(flat("RGB", (197, 34, 31)), "TIFF", icc_profile=damaged))) == 3


def test_many_threads_share_a_profile():
    content = encoded(flat("RGB", (197, 34, 31)), icc_profile=WIDE)
    with ThreadPoolExecutor(8) as threads:
        assert len({tuple(made) for made in threads.map(lambda _: first(content), range(200))}) == 1


def with_chunks(content: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with further chunks after its header."""
    more = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return content[:33] + b"".join(more) + content[33:]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_a_png_of_linear_light_is_brightened_as_a_viewer_does(mode: str):
    image = flat("L", 64).convert(mode)
    linear = (b"gAMA", struct.pack(">I", 100_000))
    expected = round(255 * (1.055 * (64 / 255) ** (1 / 2.4) - 0.055))
    assert close(first(with_chunks(encoded(image), linear)), (expected,) * 3)
    assert header(with_chunks(encoded(image), linear)).profile == "gamma 1"
    usual, said_otherwise = (b"gAMA", struct.pack(">I", 45_455)), (b"sRGB", b"\0")
    for chunks in ([usual], [linear, said_otherwise], [(b"gAMA", struct.pack(">I", 1))]):
        assert first(with_chunks(encoded(image), *chunks)) == [64, 64, 64]


def test_lab_pictures_become_the_colours_they_name():
    content = encoded(Image.fromarray(np.full((16, 16, 3), (128, 0, 0), np.uint8), "RGB").convert("LAB"), "TIFF")
    assert close(first(content), (128, 0, 0), 6)


# ---- sets and memory


def test_a_folder_says_what_was_converted_and_what_was_ignored(tmp_path: Path):
    for i, content in enumerate((WIDE, WIDE, NARROW, b"broken")):
        (tmp_path / f"{i}.tif").write_bytes(encoded(flat("RGB", (197, 34, 31)), "TIFF", icc_profile=content))
    made = load(FolderConfig(folder=str(tmp_path), held_out=0))
    assert made.origin is not None
    assert "converted 2 images to sRGB from Test RGB (2)" in made.origin.messages
    assert "ignored 1 colour profile: ICC is damaged (1)" in made.origin.messages
    (remark,) = ignored_profiles(made)
    assert "ICC is damaged (1)" in remark.text
    assert [close(image[:, 0, 0].tolist(), (215, 0, 9), 3) for image in made.images] == [True, True, False, False]
    earlier = load(FolderConfig(folder=str(tmp_path), held_out=0, decoding=1))
    assert {tuple(image[:, 0, 0].tolist()) for image in earlier.images} == {(197, 34, 31)}


def test_a_picture_in_memory_follows_its_profile():
    opened = Image.open(BytesIO(encoded(flat("RGB", (197, 34, 31)), icc_profile=WIDE)))
    made = image_set([opened, opened])
    assert close(made.images[0, :, 0, 0].tolist(), (215, 0, 9))
    assert made.origin is not None
    assert "to sRGB" in made.origin.messages[0]
