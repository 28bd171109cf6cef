"""One file's bytes as pixels: every kind of file and pixel, and nothing that a broken one can do."""

import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageOps

from ganarium.core.errors import InputError
from ganarium.data.files.decode import MOST_PIXELS, Target, comes_in_rows, decode, header

RED, WHITE = (200, 30, 10), (255, 255, 255)
COLOUR = Target((16, 16), "crop", grey=False, ground="white", invert=False)
GREY = replace(COLOUR, grey=True)
SUM = np.add.outer(np.arange(16), np.arange(16))  # 0 … 30


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def ramp(mode: str = "RGB") -> Image.Image:
    """16×16 pixels that no turn or mirror leaves as they are."""
    return Image.fromarray((SUM * 8).astype(np.uint8)).convert(mode)


def flat(size: tuple[int, int], colour: tuple[int, ...] = RED) -> Image.Image:
    return Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_picture_of_the_right_size_stays_as_it_is(kind: str, mode: str):
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(ramp(mode), kind, **options)
    assert (decode(content, GREY)[0] == SUM * 8).all()
    assert (decode(content, COLOUR) == SUM * 8).all()


def test_a_jpeg_comes_near_itself():
    content = encoded(ramp(), "JPEG", quality=95)
    assert np.abs(decode(content, GREY)[0].astype(int) - SUM * 8).max() < 12


def test_every_kind_of_pixel_becomes_the_same_grey():
    for mode in ("L", "LA", "RGB", "RGBA", "P"):
        assert (decode(encoded(ramp(mode)), GREY)[0] == SUM * 8).all(), mode
    assert (decode(encoded(ramp("CMYK"), "TIFF"), GREY)[0] == SUM * 8).all()


def test_sixteen_bits_are_scaled_not_cut_off():
    values = (SUM * 2184).astype(np.uint16)  # up to 65,520
    for kind in ("PNG", "TIFF"):
        made = decode(encoded(Image.fromarray(values), kind), GREY)[0]
        assert (made == np.rint(SUM * 2184 * 255 / 65_535)).all()
        assert header(encoded(Image.fromarray(values), kind)).mode == "16-bit grey"


def test_black_and_white_is_0_and_255():
    assert set(np.unique(decode(encoded(ramp("1")), GREY))) == {0, 255}


def test_transparent_pixels_show_the_ground_and_half_transparent_ones_half_of_it():
    content = encoded(flat((16, 16), (*RED, 0)))
    assert (decode(content, COLOUR) == 255).all()
    assert (decode(content, replace(COLOUR, ground="#102030")) == np.array([16, 32, 48])[:, None, None]).all()
    half = decode(encoded(flat((16, 16), (*RED, 128))), COLOUR)[:, 0, 0]
    assert np.abs(half - (np.array(RED) * 128 + 255 * 127) / 255).max() <= 1


def test_a_transparent_palette_shows_the_ground():
    image = Image.new("P", (16, 16), 1)
    image.putpalette([0, 0, 0, *RED])
    assert (decode(encoded(image, transparency=1), COLOUR) == 255).all()


def test_colours_of_invisible_pixels_do_not_come_in_when_a_picture_shrinks():
    image = flat((128, 128), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 64, 128))
    assert (decode(encoded(image), COLOUR) == 255).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_its_camera_says(orientation: int):
    image, exif = ramp(), Image.Exif()
    image.putpixel((0, 3), 255)
    exif[0x0112] = orientation
    turned = ImageOps.exif_transpose(Image.open(BytesIO(encoded(image, exif=exif))))
    assert (decode(encoded(image, exif=exif), GREY)[0] == np.asarray(turned.convert("L"))).all()
    assert header(encoded(flat((20, 30)), exif=exif)).size == ((30, 20) if orientation < 5 else (20, 30))


def test_crop_keeps_the_middle_and_pad_keeps_all():
    wide = Image.new("RGB", (64, 32), WHITE)
    wide.paste((0, 0, 0), (16, 0, 48, 32))
    cropped = decode(encoded(wide), COLOUR)
    padded = decode(encoded(wide), replace(COLOUR, fit="pad", ground="#808080"))
    assert cropped.max() < 100
    assert (padded[:, :4] == 128).all()
    assert (padded[:, 12:] == 128).all()
    assert (padded[:, 6:10, 0] == 255).all()


def test_other_shapes_than_squares_are_made():
    assert decode(encoded(flat((100, 50))), replace(COLOUR, size=(32, 16))).shape == (3, 32, 16)


def test_invert_exchanges_black_and_white():
    assert (decode(encoded(ramp()), replace(GREY, invert=True))[0] == 255 - SUM * 8).all()


def test_a_large_jpeg_is_decoded_small():
    content = encoded(Image.new("L", (9_000, 9_000), 77), "JPEG")
    assert (decode(content, GREY) == 77).all()


def test_a_large_jpeg_of_several_frames_is_a_jpeg():
    frames = [Image.new("L", (5_200, 5_000), shade) for shade in (77, 99)]
    content = encoded(frames[0], "MPO", save_all=True, append_images=frames[1:])
    with Image.open(BytesIO(content)) as image:
        assert image.format == "MPO"
    assert header(content).size == (5_000, 5_200)
    assert (decode(content, GREY) == 77).all()


def test_a_sideways_jpeg_is_decoded_no_smaller_than_an_upright_one():
    stripes = Image.fromarray(np.tile(np.repeat([0, 255], 4), 32).astype(np.uint8)[:, None].repeat(4_096, 1))
    exif = Image.Exif()
    exif[0x0112] = 6
    assert decode(encoded(stripes, "JPEG", exif=exif), replace(GREY, size=(16, 128))).std() > 90


def test_a_sideways_tiff_says_the_size_that_it_is_looked_at_in():
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(flat((20, 30)), "TIFF", exif=exif)
    assert header(content).size == (20, 30)
    assert decode(content, replace(COLOUR, size=(20, 30))).shape == (3, 20, 30)


@pytest.mark.parametrize(
    "options", [{}, {"optimize": True}, {"restart_marker_rows": 1}, {"comment": b"\xff\xda"}], ids=str
)
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_common_jpegs_come_in_rows_and_progressive_ones_do_not(mode: str, options: dict[str, object]):
    content = encoded(ramp(mode), "JPEG", **options)
    assert comes_in_rows(content)
    assert comes_in_rows(content[:2] + b"\xff\xff\xff" + content[2:])
    assert not comes_in_rows(encoded(ramp(mode), "JPEG", progressive=True, **options))


def test_a_jpeg_of_one_colour_after_the_other_does_not_come_in_rows():
    content = bytearray(encoded(ramp(), "JPEG"))
    scan = content.index(b"\xff\xda")
    content[scan + 4] = 1
    assert not comes_in_rows(bytes(content))
    for cut in range(scan):
        assert not comes_in_rows(bytes(content[:cut]))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF"])
def test_the_first_frame_counts(kind: str):
    frames = [flat((16, 16)), flat((16, 16), (0, 0, 255))]
    options = {"lossless": True} if kind == "WEBP" else {}
    made = decode(encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options), COLOUR)
    assert np.abs(made[:, 0, 0].astype(int) - RED).max() <= 8


def png_claiming(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    body = (struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)


def tiff_claiming(*entries: tuple[int, int]) -> bytes:
    """A grey TIFF of 16×16 pixels whose other tags say so."""
    tags = {256: 16, 257: 16, 258: 8, 259: 8, 262: 1, 277: 1, 324: 8, 325: 8} | dict(entries)
    body = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in sorted(tags.items()))
    return b"II*\0" + struct.pack("<IQH", 16, 0, len(tags)) + body + bytes(4)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 16 16\n(touched) (w) file closefile\n%%EOF\n"
FLOATS = Image.fromarray(SUM.astype(np.float32))
BROKEN: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"no image at all",
    "a program for a printer": lambda: EPS,
    "ten thousand million pixels": lambda: png_claiming(100_000, 100_000),
    "a few too many pixels": lambda: png_claiming(5_001, 5_000),
    "pixels that never come": lambda: png_claiming(2_000, 2_000),
    "a truncated jpeg": lambda: encoded(ramp().resize((300, 300)), "JPEG")[:900],
    "a truncated png": lambda: encoded(Image.effect_noise((64, 64), 50))[:1500],
    "floating point": lambda: encoded(FLOATS, "TIFF"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_decoded_is_refused_in_a_few_words(name: str):
    with pytest.raises(InputError) as refused:
        decode(BROKEN[name](), replace(COLOUR, fit="pad"))
    assert 3 < len(str(refused.value)) < 120
    assert "\n" not in str(refused.value)


CLAIMS: dict[str, Callable[[], bytes]] = {
    "ten thousand million": lambda: png_claiming(100_000, 100_000),
    "a few too many": lambda: png_claiming(5_001, 5_000),
    "a progressive jpeg": lambda: encoded(Image.new("L", (5_001, 5_000)), "JPEG", progressive=True),
    "a tile of a tiff": lambda: tiff_claiming((322, 30_000), (323, 30_000)),
    "a broad tile": lambda: tiff_claiming((322, 16), (323, 2_000_000)),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_too_many_pixels_is_refused_by_the_header_alone(name: str):
    with pytest.raises(InputError, match=f"{MOST_PIXELS:,}"):
        header(CLAIMS[name]())


def test_a_small_tile_is_no_claim():
    assert header(tiff_claiming((322, 256), (323, 256))).size == (16, 16)
