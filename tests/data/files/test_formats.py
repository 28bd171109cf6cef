"""Kinds of files: what is read, what is named where a library is missing, and frames that are not read."""

import struct
from dataclasses import replace
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from ganarium.config.base import RECORDED
from ganarium.config.data_files import ArrayConfig, FolderConfig
from ganarium.core.errors import InputError
from ganarium.data.checks.file_properties import multiple_frames
from ganarium.data.files import decode as decoding
from ganarium.data.files.arrays import image_set
from ganarium.data.files.decode import NEEDS_AVIF, NEEDS_HEIC, Target, decode, header
from ganarium.data.files.image_folders import load

COLOUR = Target((16, 16), "crop", grey=False, ground="white", invert=False)
RED, BLUE = (200, 30, 10), (10, 30, 200)
HEIC = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic") + bytes(100)
AVIF = HEIC.replace(b"heic", b"avif")


def encoded(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)  # type: ignore[arg-type]
    return buffer.getvalue()


def flat(colour: tuple[int, ...] = RED, size: tuple[int, int] = (16, 16)) -> Image.Image:
    return Image.new("RGB", size, colour)


def of(folder: Path, **settings: object) -> FolderConfig:
    return FolderConfig.model_validate({"folder": str(folder), "held_out": 0.0} | settings)


# ---- frames

ANIMATED = {"GIF": {}, "PNG": {}, "WEBP": {"lossless": True}, "TIFF": {}}
ANIMATED |= {"AVIF": {"quality": 100}} if features.check("avif") else {}


def animated(kind: str) -> bytes:
    return encoded(flat(), kind, save_all=True, append_images=[flat(BLUE)], **ANIMATED[kind])


@pytest.mark.parametrize("kind", ANIMATED)
def test_more_frames_than_the_first_are_noticed(kind: str):
    assert header(animated(kind)).frames
    assert not header(encoded(flat(), kind)).frames
    assert np.abs(decode(animated(kind), COLOUR)[:, 0, 0].astype(int) - RED).max() <= 8


def test_previews_in_a_photo_are_no_frames():
    assert not header(encoded(flat(), "MPO", save_all=True, append_images=[flat(BLUE)])).frames


def test_a_damaged_second_frame_is_no_error():
    content = animated("GIF")
    end = content.rindex(b",\0\0\0\0")  # where the second frame begins
    for cut in range(end, len(content)):
        damaged = content[:cut] + bytes(len(content) - cut)
        assert header(damaged).size == (16, 16)
        assert np.abs(decode(damaged, COLOUR)[:, 0, 0].astype(int) - RED).max() <= 8


def test_a_set_says_how_many_files_have_frames_that_are_not_read(tmp_path: Path):
    for i, kind in enumerate(ANIMATED):
        (tmp_path / f"{i}.{kind.lower()}").write_bytes(animated(kind))
    (tmp_path / "still.png").write_bytes(encoded(flat()))
    made = load(of(tmp_path))
    n = len(ANIMATED)
    assert made.origin is not None
    (said,) = (sentence for sentence in made.origin.messages if "frames" in sentence)
    assert said.startswith(f"several frames or pages in {n} of {n + 1} files")
    assert "save each as a separate file" in said
    (remark,) = multiple_frames(made)
    assert remark.value == n
    assert list(multiple_frames(replace(made, origin=replace(made.origin, frames=0)))) == []


def test_an_animation_in_memory_says_so(tmp_path: Path):
    (tmp_path / "a.gif").write_bytes(animated("GIF"))
    with Image.open(tmp_path / "a.gif") as image:
        made = image_set([image])
    assert made.origin is not None
    assert any("several frames" in sentence for sentence in made.origin.messages)


# ---- formats

FILES = {
    "a.ppm": b"P6\n16 16\n255\n" + bytes(RED) * 256,
    "a.pnm": b"P6\n16 16\n255\n" + bytes(RED) * 256,
    "a.pgm": b"P5\n16 16\n255\n" + bytes(256),
    "a.pbm": b"P4\n16 16\n" + bytes(32),
    "a.jfif": encoded(flat(), "JPEG"),
    "a.jpe": encoded(flat(), "JPEG"),
    "a.dib": encoded(flat(), "DIB"),
    "a.apng": encoded(flat()),
}


def test_further_formats_are_read_in_folders_zips_and_alone(tmp_path: Path):
    (tmp_path / "all").mkdir()
    for name, content in FILES.items():
        (tmp_path / "all" / name).write_bytes(content)
        assert len(load(of(tmp_path / "all" / name))) == 1
    assert len(load(of(tmp_path / "all"))) == len(FILES)


@pytest.mark.parametrize(("content", "reason"), [(HEIC, NEEDS_HEIC), (AVIF, NEEDS_AVIF)], ids=["heic", "avif"])
def test_a_file_that_needs_a_library_names_it(
    tmp_path: Path, content: bytes, reason: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(decoding, "_all_formats", lambda: decoding.FORMATS)
    (tmp_path / "photo.heic").write_bytes(content)
    (tmp_path / "a.png").write_bytes(encoded(flat()))
    with pytest.raises(InputError) as refused:
        load(of(tmp_path))
    assert f"photo.heic ({reason})" in str(refused.value)
    skipped = load(of(tmp_path, unreadable="skip"))
    assert skipped.origin is not None
    assert skipped.origin.unreadable == {"photo.heic": reason}


def test_damaged_files_of_formats_that_are_there_do_not_blame_a_library():
    if features.check("avif"):
        with pytest.raises(InputError) as refused:
            header(AVIF)
        assert "pip" not in str(refused.value)


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_is_read():
    content = encoded(flat(size=(20, 30)), "AVIF", quality=100)
    assert header(content).size == (30, 20)
    assert np.abs(decode(content, COLOUR)[:, 0, 0].astype(int) - RED).max() <= 4


@pytest.mark.skipif(not find_spec("pillow_heif"), reason="pillow-heif is not installed")
def test_heic_is_read():
    decoding._all_formats()  # registers the format
    content = encoded(flat(size=(64, 32)), "HEIF", quality=100)
    assert header(content).size == (32, 64)
    assert np.abs(decode(content, COLOUR)[:, 0, 0].astype(int) - RED).max() <= 4


def test_no_other_format_of_pillow_is_opened():
    allowed = {*decoding.FORMATS, *decoding.LATER_FORMATS, "AVIF", "HEIF"}
    assert set(decoding._all_formats()) <= allowed
    for kind in ("EPS", "PDF", "TGA", "ICO"):
        with pytest.raises(InputError):
            header(encoded(flat(), kind))


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_pictures_of_any_kind_are_turned_as_their_camera_says(kind: str):
    image, exif = flat(BLUE, (32, 16)), Image.Exif()
    image.paste(RED, (0, 0, 16, 16))
    exif[0x0112] = 6
    content = encoded(image, kind, exif=exif)
    made = decode(content, replace(COLOUR, size=(32, 16)))
    assert header(content).size == (32, 16)
    assert np.abs(made[:, 0, 0].astype(int) - RED).max() <= 20
    assert np.abs(made[:, -1, 0].astype(int) - BLUE).max() <= 20


# ---- runs recorded before


def test_runs_recorded_before_read_the_files_and_rules_of_their_time(tmp_path: Path):
    (tmp_path / "a.png").write_bytes(encoded(flat()))
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    recorded = {"folder": str(tmp_path), "held_out": 0.0}
    before = FolderConfig.model_validate(recorded, context=RECORDED)
    assert (before.decoding, before.resample) == (1, "lanczos")
    assert len(load(before)) == 1
    assert len(load(of(tmp_path))) == 1 + len(FILES)
    assert len(load(before)) == 1, "what was looked at is kept apart for each version of the rules"
    assert ArrayConfig.model_validate({"array": "x.npy"}, context=RECORDED).decoding == 1
    assert ArrayConfig(array="x.npy").decoding == 2


def test_the_cache_keeps_versions_of_the_rules_apart(tmp_path: Path, own_cache: Path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.png").write_bytes(encoded(flat()))
    for chosen in ({}, {"decoding": 1}, {"resample": "nearest"}):
        load(of(tmp_path / "mine", **chosen))
    assert len(list(own_cache.iterdir())) == 3
