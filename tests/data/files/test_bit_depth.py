"""Bits, signs and what is white: each kind of file gives the pixels that a viewer shows, or is refused."""

import struct
import zlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ganarium.config.data_files import FolderConfig
from ganarium.core.errors import InputError
from ganarium.data.files.arrays import image_set
from ganarium.data.files.decode import Target, decode, header
from ganarium.data.files.image_folders import load

GREY = Target((16, 16), "crop", grey=True, ground="white", invert=False)
RAMP = np.arange(256).reshape(16, 16)  # every level once
WHITE_IS_ZERO, BLACK_IS_ZERO, LEVELS, LONG = 0, 1, 3, 4
SIGNED, FLOAT = 2, 3
UNREAD = [(12, WHITE_IS_ZERO, "<"), (12, WHITE_IS_ZERO, ">"), (12, BLACK_IS_ZERO, ">"), (16, WHITE_IS_ZERO, ">")]


def tiff(data: bytes, tags: dict[int, tuple[int, ...]], order: str = "<") -> bytes:
    """A TIFF of 16×16 pixels: tags of 16-bit numbers, and one strip of data."""
    tags = {256: (16,), 257: (16,), 259: (1,), 277: (1,), 278: (16,)} | tags
    entries, beyond = {}, b""
    start = 8 + 2 + 12 * (len(tags) + 2) + 4
    for tag, values in tags.items():
        packed = struct.pack(f"{order}{len(values)}H", *values)
        if len(packed) > 4:
            packed, beyond = struct.pack(f"{order}I", start + len(beyond)), beyond + packed
        entries[tag] = struct.pack(f"{order}HHI", tag, LEVELS, len(values)) + packed.ljust(4, b"\0")
    entries[273] = struct.pack(f"{order}HHII", 273, LONG, 1, start + len(beyond))
    entries[279] = struct.pack(f"{order}HHII", 279, LONG, 1, len(data))
    body = struct.pack(f"{order}H", len(entries)) + b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
    return {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8) + body + beyond + data


def grey_tiff(values: np.ndarray, bits: int, photometric: int, order: str = "<", sample: int = 1) -> bytes:
    kind = {8: "u1", 16: f"{order}u2", 32: f"{order}u4"}
    if sample == FLOAT:
        data = values.astype(f"{order}f4").tobytes()
    elif bits in kind:
        data = values.astype(kind[bits]).tobytes()
    else:
        data = packed(values, bits)
    return tiff(data, {258: (bits,), 262: (photometric,), 339: (sample,)}, order)


def packed(values: np.ndarray, bits: int) -> bytes:
    """Rows of values of so many bits each, the highest bit first."""
    each = (values[..., None] >> np.arange(bits)[::-1]) & 1
    return np.packbits(each.reshape(len(values), -1).astype(np.uint8), axis=1).tobytes()


def png(bits: int, colour: int, rows: list[bytes], *chunks: tuple[bytes, bytes]) -> bytes:
    head = struct.pack(">IIBBBBB", 16, 16, bits, colour, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    every = ((b"IHDR", head), *chunks, (b"IDAT", data), (b"IEND", b""))
    body = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in every)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def pixels(content: bytes, **target: object) -> np.ndarray:
    return decode(content, replace(GREY, **target))[0]


# ---- TIFF


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12, 16])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_grey_tiff_shows_its_levels_or_is_refused(bits: int, photometric: int, order: str):
    most = (1 << bits) - 1
    values = RAMP * most // 255
    content = grey_tiff(values, bits, photometric, order)
    if (bits, photometric, order) in UNREAD:
        with pytest.raises(InputError, match="an unsupported type of TIFF"):
            pixels(content)
        return
    expected = np.rint(values * (255 / most))
    assert np.abs(pixels(content) - (255 - expected if photometric == WHITE_IS_ZERO else expected)).max() <= 0.5


def test_sixteen_bits_with_white_as_zero_equal_their_8_bit_twin():
    assert (pixels(grey_tiff(RAMP * 257, 16, WHITE_IS_ZERO)) == pixels(grey_tiff(RAMP, 8, WHITE_IS_ZERO))).all()
    assert (pixels(grey_tiff(RAMP * 257, 16, WHITE_IS_ZERO)) == 255 - RAMP).all()


def test_runs_recorded_before_keep_their_pixels():
    assert (pixels(grey_tiff(RAMP * 257, 16, WHITE_IS_ZERO), decoding=1) == RAMP).all()
    assert (pixels(grey_tiff(RAMP, 8, BLACK_IS_ZERO, sample=SIGNED), decoding=1) == RAMP).all()


@pytest.mark.parametrize(("bits", "sample"), [(8, SIGNED), (16, SIGNED), (32, SIGNED), (32, 1), (32, FLOAT)])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
def test_values_without_a_range_are_refused_by_the_header(bits: int, sample: int, order: str, photometric: int):
    with pytest.raises(InputError, match=r"signed|32-bit|unsupported type of TIFF"):
        header(grey_tiff(RAMP, bits, photometric, order, sample))


def test_grey_premultiplied_by_its_alpha_is_grey_again():
    half = np.stack([np.full((16, 16), 50), np.full((16, 16), 128)], axis=2).astype(np.uint8).tobytes()
    content = tiff(half, {258: (8, 8), 262: (BLACK_IS_ZERO,), 277: (2,), 338: (1,)})
    assert np.abs(pixels(content, ground="black").astype(int) - 50).max() <= 1
    assert np.abs(pixels(content, ground="white").astype(int) - (50 + 127)).max() <= 1


# ---- PNG, PGM and others


@pytest.mark.parametrize("bits", [1, 2, 4, 8, 16])
def test_a_transparent_grey_level_is_transparent_at_any_depth(bits: int):
    most = (1 << bits) - 1
    values = np.tile([0, most], (16, 8))
    rows = [packed(row[None], bits) for row in values]
    content = png(bits, 0, rows, (b"tRNS", struct.pack(">H", most)))
    assert header(content).transparent
    assert (pixels(content, ground="#404040") == np.where(values == most, 64, 0)).all()


def test_a_transparent_colour_of_16_bits_is_transparent():
    rows = [struct.pack(">6H", 0x80FF, 0xFFFF, 0, 0, 0, 0) * 8] * 16
    content = png(16, 2, rows, (b"tRNS", struct.pack(">3H", 0x80FF, 0xFFFF, 0)))
    made = decode(content, replace(GREY, grey=False, ground="blue"))
    assert (made[:, 0, 0].tolist(), made[:, 0, 1].tolist()) == ([0, 0, 255], [0, 0, 0])


@pytest.mark.parametrize("colour", [2, 4, 6])
def test_colours_and_alpha_of_16_bits_are_scaled(colour: int):
    channels = {2: 3, 4: 2, 6: 4}[colour]
    grey = [b"".join(struct.pack(">H", level * 257) * (channels - (colour > 2)) + b"\xff\xff" * (colour > 2)
                     for level in row) for row in RAMP]  # fmt: skip
    assert (pixels(png(16, colour, grey)) == RAMP).all()


@pytest.mark.parametrize("most", [1, 7, 15, 255, 1023, 4095, 65_535])
@pytest.mark.parametrize("plain", [True, False])
def test_a_pgm_is_scaled_by_the_greatest_value_it_names(most: int, plain: bool):
    values = RAMP * most // 255
    kind = "u1" if most < 256 else ">u2"
    body = " ".join(map(str, values.ravel())).encode() if plain else values.astype(kind).tobytes()
    content = b"P%d\n16 16\n%d\n" % (2 if plain else 5, most) + body
    assert np.abs(pixels(content) - values * (255 / most)).max() <= 1
    assert header(content).grey
    assert header(content).mode == ("grey" if most < 256 else "16-bit grey")


def test_a_ppm_and_a_pbm_are_read_and_floats_refused():
    ppm = b"P6\n16 16\n255\n" + bytes([200, 30, 10]) * 256
    assert decode(ppm, replace(GREY, grey=False))[:, 0, 0].tolist() == [200, 30, 10]
    assert (pixels(b"P4\n16 16\n" + b"\x00\xff" * 16) == np.repeat([255, 0], 8)).all()
    with pytest.raises(InputError, match="32-bit"):
        header(b"Pf\n16 16\n-1.0\n" + RAMP.astype("<f4").tobytes())


# ---- sets


def test_a_folder_of_both_twins_says_what_was_scaled(tmp_path: Path):
    for name, content in (("a", grey_tiff(RAMP * 257, 16, WHITE_IS_ZERO)), ("b", grey_tiff(RAMP, 8, WHITE_IS_ZERO))):
        (tmp_path / f"{name}.tif").write_bytes(content)
    made = load(FolderConfig(folder=str(tmp_path), held_out=0))
    assert (made.images[0] == made.images[1]).all()
    assert made.origin is not None
    assert "scaled 1 image from 16 to 8 bits" in made.origin.messages


def test_a_signed_file_is_named_with_the_reason(tmp_path: Path):
    (tmp_path / "a.tif").write_bytes(grey_tiff(RAMP, 8, BLACK_IS_ZERO, sample=SIGNED))
    (tmp_path / "b.tif").write_bytes(grey_tiff(RAMP, 8, BLACK_IS_ZERO))
    with pytest.raises(InputError, match=r"a\.tif \(has signed values"):
        load(FolderConfig(folder=str(tmp_path), held_out=0))


def test_a_tiff_in_memory_is_read_as_from_its_file():
    opened = Image.open(BytesIO(grey_tiff(RAMP * 257, 16, WHITE_IS_ZERO)))
    assert (image_set(opened).images[0, 0].numpy() == 255 - RAMP).all()
    with pytest.raises(InputError, match="image 0: has signed values"):
        image_set([Image.open(BytesIO(grey_tiff(RAMP, 8, BLACK_IS_ZERO, sample=SIGNED)))])
