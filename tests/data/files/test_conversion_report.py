"""What scaling, cutting and grounds do to pictures is measured, said, and told by the check with the way out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import ganarium
from ganarium.config.data_files import FolderConfig
from ganarium.data.checks.all_checks import check_briefly
from ganarium.data.checks.background import hidden_by_background, inverted
from ganarium.data.checks.brightness import narrow_range
from ganarium.data.checks.file_properties import cut_off, pixel_art
from ganarium.data.datasets import ImageSet
from ganarium.data.files.image_folders import load


def of(folder: Path, **settings: object) -> FolderConfig:
    return FolderConfig.model_validate({"folder": str(folder), "held_out": 0.0} | settings)


def noise(seed: int, height: int, width: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8))


def said(made: ImageSet) -> str:
    assert made.origin is not None
    return "; ".join(made.origin.messages)


# ---- cut to the middle


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """Ten pictures of 96×384."""
    for i in range(10):
        noise(i, 96, 384).save(tmp_path / f"{i}.png")
    return tmp_path


def test_what_is_cut_off_is_said_measured_and_told_with_the_way_out(wide: Path):
    made = load(of(wide))
    assert "75 % of the images' area was cropped; use data.fit=pad or data.size=32x128 to keep all of it" in said(made)
    (remark,) = cut_off(made)
    assert (remark.name, remark.grave, remark.value) == ("cut-off", True, 0.75)
    assert "data.size=32x128" in remark.advice
    for settings in ({"fit": "pad"}, {"size": "32x128"}):
        whole = load(of(wide, **settings))
        assert "cut off" not in said(whole)
        assert list(cut_off(whole)) == []


@pytest.mark.parametrize(("width", "told"), [(100, None), (110, None), (112, False), (199, False), (200, True)])
def test_a_tenth_of_the_area_is_told_and_half_of_it_is_grave(tmp_path: Path, width: int, told: bool | None):
    noise(0, 100, width).save(tmp_path / "a.png")
    found = list(cut_off(load(of(tmp_path, size=50))))
    assert [remark.grave for remark in found] == ([] if told is None else [told])


def test_pictures_of_several_shapes_are_told_to_be_padded(wide: Path):
    noise(0, 384, 96).save(wide / "high.png")
    (remark,) = cut_off(load(of(wide)))
    assert remark.advice == "use data.fit=pad to keep the whole images"


def test_training_the_check_and_the_api_tell_it(wide: Path):
    assert "cut-off" in [remark.name for remark in check_briefly(load(of(wide)))]
    assert "cut-off" in [remark.name for remark in ganarium.check(wide)]


# ---- transparent pictures


def logos(folder: Path, *shades: int, n: int = 12, alpha: int = 255) -> Path:
    for shade in shades:
        for i in range(n):
            image = Image.new("LA", (32, 32), (0, 0))
            ImageDraw.Draw(image).ellipse((4, 4, 12 + i, 24), fill=(shade, alpha))
            image.save(folder / f"{shade}-{i}.png")
    return folder


@pytest.mark.parametrize(("shade", "ground", "better"), [(250, "white", "black"), (5, "black", "white")])
def test_ink_of_the_colour_of_the_ground_is_told_with_a_ground_that_shows_it(
    tmp_path: Path, shade: int, ground: str, better: str
):
    made = load(of(logos(tmp_path, shade), ground=ground))
    (remark,) = hidden_by_background(made)
    assert (remark.grave, remark.value) == (True, 1.0)
    assert f"data.ground={better}" in remark.advice
    assert list(inverted(made)) == list(narrow_range(made)) == [], "the ground is at fault and not the images"
    shown = load(of(tmp_path, ground=better))
    assert list(hidden_by_background(shown)) == []
    assert shown.images.float().std() > 40


def test_white_and_black_logos_need_a_ground_between(tmp_path: Path):
    (remark,) = hidden_by_background(load(of(logos(tmp_path, 0, 255))))
    assert "data.ground=grey" in remark.advice
    assert remark.value == 0.5


def test_dark_ink_on_nothing_is_still_to_be_inverted(tmp_path: Path):
    made = load(of(logos(tmp_path, 0)))
    assert list(hidden_by_background(made)) == []
    assert "data.invert=true" in [*inverted(made)][-1].advice


def test_what_is_transparent_throughout_or_hardly_at_all_is_not_hidden(tmp_path: Path):
    (tmp_path / "nothing").mkdir()
    (tmp_path / "opaque").mkdir()
    assert list(hidden_by_background(load(of(logos(tmp_path / "nothing", 255, alpha=0))))) == []
    for i in range(5):
        image = Image.new("RGBA", (32, 32), (255, 255, 250 + i, 255))
        image.putpixel((0, 0), (0, 0, 0, 0))
        image.save(tmp_path / "opaque" / f"{i}.png")
    assert list(hidden_by_background(load(of(tmp_path / "opaque")))) == []


# ---- pixel art


def drawn(seed: int, side: int) -> Image.Image:
    """A picture of four colours."""
    colours = np.array([[0, 0, 0], [200, 30, 10], [255, 255, 255], [20, 90, 160]], np.uint8)
    return Image.fromarray(colours[np.random.default_rng(seed).integers(0, 4, (side, side))])


@pytest.mark.parametrize("side", [16, 32, 96, 192])
@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_nearest_keeps_the_colours_and_edges_of_pixel_art(tmp_path: Path, side: int, fit: str):
    small = drawn(0, 16)
    small.resize((side, side), Image.Resampling.NEAREST).save(tmp_path / "a.png")
    made = load(of(tmp_path, size=48, fit=fit, resample="nearest"))
    expected = np.asarray(small.resize((48, 48), Image.Resampling.NEAREST)).transpose(2, 0, 1)
    assert (made.images[0].numpy() == expected).all()
    if side != 48:
        assert (load(of(tmp_path, size=48, fit=fit)).images[0].numpy() != expected).any()


def test_a_large_jpeg_is_not_averaged_before_nearest_takes_its_pixels(tmp_path: Path):
    stripes = np.tile(np.array([0, 255], np.uint8).repeat(8), 64)
    Image.fromarray(np.tile(stripes, (1024, 1))).save(tmp_path / "a.jpg", quality=100)
    made = load(of(tmp_path, size=64, resample="nearest"))
    assert set(np.unique(made.images.numpy())) <= {*range(6), *range(250, 256)}


@pytest.mark.parametrize(("side", "size", "told"), [(16, 64, True), (128, 32, True), (24, 64, False), (64, 64, False)])
def test_pixel_art_that_is_scaled_by_a_whole_number_is_told_of_nearest(
    tmp_path: Path, side: int, size: int, told: bool
):
    for i in range(4):
        drawn(i, 16).resize((side, side), Image.Resampling.NEAREST).save(tmp_path / f"{i}.png")
    found = list(pixel_art(load(of(tmp_path, size=size))))
    assert [("data.resample=nearest" in remark.advice) for remark in found] == [True] * told
    assert list(pixel_art(load(of(tmp_path, size=size, resample="nearest")))) == []


@pytest.mark.parametrize(("side", "size"), [(16, 64), (128, 64)])
def test_other_pictures_are_not_taken_for_pixel_art(tmp_path: Path, side: int, size: int):
    for i in range(4):
        noise(i, side, side).save(tmp_path / f"{i}.png")
    Image.new("L", (side, side), 7).save(tmp_path / "flat.png")
    assert list(pixel_art(load(of(tmp_path, size=size)))) == []


def test_clean_files_have_nothing_to_tell(tmp_path: Path):
    for i in range(4):
        noise(i, 32, 32).save(tmp_path / f"{i}.png")
    made = load(of(tmp_path))
    assert said(made) == "all 4 images have 32×32 pixels and are not scaled; no labels: the images are not in " + (
        "sub-folders, or are all in one sub-folder"
    )
    for look in (cut_off, pixel_art, hidden_by_background):
        assert list(look(made)) == list(look(replace(made, origin=None))) == []
