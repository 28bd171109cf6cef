"""Pictures of Pillow in memory are read as they look, and what has two readings is asked about."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import ganarium
from ganarium.config.base import RECORDED
from ganarium.config.data_files import ArrayConfig
from ganarium.core.errors import InputError
from ganarium.data.files.arrays import image_set, load

PIXELS = np.random.default_rng(0).integers(0, 256, (20, 16, 3), dtype=np.uint8)
PICTURE = Image.fromarray(PIXELS)
GREYS = np.random.default_rng(1).integers(0, 256, (40, 20, 16), dtype=np.uint8)


def refusal(images: Any, **chosen: Any) -> str:
    with pytest.raises(InputError) as refused:
        image_set(images, **chosen)
    message = str(refused.value)
    assert "\n" not in message
    assert len(message) < 300
    return message


# ---- Pillow's images


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "HSV", "YCbCr", "CMYK", "LAB", "P", "PA", "RGBX", "RGBa"])
def test_an_image_of_any_mode_is_read_as_it_looks(mode: str):
    flat = Image.new("RGB", (16, 20), (204, 51, 0))  # of the palette of convert("P")
    made = image_set([flat.convert("RGBA").convert(mode) if mode in ("RGBa", "PA") else flat.convert(mode)] * 2)
    assert made.shape == (3, 20, 16)
    assert np.abs(made.images[1, :, 0, 0].int().numpy() - [204, 51, 0]).max() <= 6


@pytest.mark.parametrize("mode", ["L", "1", "LA", "I;16", "La"])
def test_a_grey_image_of_any_mode_stays_grey(mode: str):
    image = {
        "I;16": lambda: Image.fromarray(np.full((20, 16), 65_535, np.uint16)),
        "La": lambda: Image.new("LA", (16, 20), (255, 255)).convert("La"),
    }.get(mode, lambda: Image.new("L", (16, 20), 255).convert(mode))()
    made = image_set([image, image])
    assert made.shape == (1, 20, 16)
    assert (made.images == 255).all()


def test_one_image_and_a_list_of_one_are_the_same_and_stay_unchanged():
    info = dict(PICTURE.info)
    assert image_set(PICTURE).hash == image_set([PICTURE]).hash == image_set((PICTURE,)).hash
    assert torch.equal(image_set(PICTURE).images[0], torch.from_numpy(PIXELS.transpose(2, 0, 1).copy()))
    assert (PICTURE.mode, PICTURE.info) == ("RGB", info)


def test_grey_and_coloured_images_together_are_in_colour():
    made = image_set([PICTURE, Image.new("L", (16, 20), 9)])
    assert made.shape == (3, 20, 16)
    assert (made.images[1] == 9).all()


def test_numbers_in_images_follow_the_rules_of_arrays():
    unit = Image.fromarray((GREYS[0] / 255).astype(np.float32))
    assert (image_set([unit]).images[0, 0].numpy() == GREYS[0]).all()
    assert "12-bit values by 16" in refusal([Image.fromarray(np.full((20, 16), 4000, np.int32))])


def test_what_was_converted_is_said():
    made = image_set([PICTURE.quantize(8), PICTURE.convert("HSV")])
    assert made.origin is not None
    assert made.origin.messages == ("Pillow images of mode HSV, P were converted to grey or RGB",)
    plain = image_set([PICTURE])
    assert plain.origin is not None
    assert plain.origin.messages == ()


@pytest.mark.parametrize(
    ("images", "said"),
    [
        ([PICTURE, Image.new("RGBA", (16, 20), (1, 2, 3, 4))], "image 1: the image has transparent pixels"),
        ([Image.new("LA", (16, 20), (1, 4))], "transparent pixels"),
        ([PICTURE, PICTURE.resize((20, 16))], "different sizes (16×20, 20×16)"),
        ([PICTURE, PIXELS], "other objects"),
        ([PICTURE.resize((300, 16))], "16×300; height and width must be 16 to 128"),
        ([Image.new("RGB", (0, 0))], "0×0"),
    ],
    ids=["alpha", "grey alpha", "sizes", "mixed", "large", "empty"],
)
def test_images_that_have_no_one_look_are_refused(images: list[Any], said: str):
    assert said in refusal(images)


def test_a_file_that_is_cut_is_refused(tmp_path: Path):
    Image.effect_noise((64, 64), 50).save(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:1500])
    with Image.open(tmp_path / "a.png") as image:
        assert "cannot be read" in refusal([image])


def test_an_opened_photo_is_upright(tmp_path: Path):
    image, exif = Image.new("RGB", (32, 16)), Image.Exif()
    image.paste((255, 255, 255), (0, 0, 16, 16))
    exif[0x0112] = 6
    for kind in ("png", "jpg", "tif"):
        image.save(tmp_path / f"a.{kind}", exif=exif)
        with Image.open(tmp_path / f"a.{kind}") as opened:
            made = image_set(opened)
        assert made.shape == (3, 32, 16), kind
        assert (made.images[0, :, 0].float().mean(), made.images[0, :, -1].float().mean()) == (255, 0), kind


# ---- shapes with two readings


@pytest.mark.parametrize("shape", [(3, 32, 32), (3, 16, 128), (28, 28, 100), (64, 64, 48), (20, 16, 100)], ids=str)
def test_a_shape_with_two_readings_is_refused_and_both_ways_out_work(shape: tuple[int, ...]):
    x = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    message = refusal(x)
    assert message == refusal(torch.from_numpy(x))
    offered = message.split("pass ")[1].split(", x")
    assert x[:, None].shape == image_set(x[:, None]).images.shape
    other = x[None] if shape[0] == 3 else x.transpose(2, 0, 1)[:, None]
    assert other.shape == image_set(np.ascontiguousarray(other)).images.shape
    assert len(offered) == 2
    assert np.array_equal(image_set(other).images, other)


@pytest.mark.parametrize(
    "shape", [(1, 32, 32), (2, 32, 32), (4, 32, 32), (28, 28, 28), (100, 28, 28), (40, 20, 16), (200, 16, 128)], ids=str
)
def test_a_shape_with_one_plausible_reading_is_read(shape: tuple[int, ...]):
    assert image_set(np.zeros(shape, np.uint8)).images.shape == (shape[0], 1, *shape[1:])


def test_a_list_of_three_pictures_is_three_pictures():
    for pictures in (list(GREYS[:3]), tuple(torch.from_numpy(GREYS[:3]))):
        assert image_set(pictures).images.shape == (3, 1, 20, 16)
    assert image_set([np.zeros((100, 28), np.uint8)] * 100).images.shape == (100, 1, 100, 28)


def test_labels_say_how_many_pictures_there_are(tmp_path: Path):
    assert len(image_set(GREYS[:3], np.arange(3))) == 3
    assert "three grey" in refusal(GREYS[:3], labels=np.arange(1))
    np.savez(tmp_path / "own.npz", x=GREYS[:3], y=np.arange(3))
    assert len(load(ArrayConfig(array=str(tmp_path / "own.npz"), held_out=0))) == 3


@pytest.mark.parametrize(
    ("shape", "order"), [((32, 32, 3, 50), (3, 2, 0, 1)), ((3, 50, 32, 32), (1, 0, 2, 3)), ((28, 28, 500), (2, 0, 1))]
)
def test_other_orders_of_axes_are_refused_with_the_right_transposition(shape: tuple[int, ...], order: tuple[int, ...]):
    x = np.zeros(shape, np.uint8)
    assert f".transpose{order}" in refusal(x)
    assert len(image_set(x.transpose(order))) == max(shape)


def test_one_grey_picture_needs_a_first_axis():
    assert "x[None]" in refusal(GREYS[0])


# ---- ranges


@pytest.mark.parametrize("mean", [0.2, 0.4734, 0.5, 0.8])
def test_floats_less_a_mean_are_refused_and_both_ways_out_work(mean: float):
    x = GREYS / 255 - mean
    message = refusal(x)
    assert "x / 255 minus 0.5 or a mean, or values in [-1, 1]" in message
    assert (image_set((x + mean).clip(0, 1)).images[:, 0].numpy() == GREYS).all()
    assert image_set((x + 1) / 2).images.max() < 255


def test_floats_that_reach_minus_1_or_span_more_than_1_are_in_minus_1_to_1():
    dark = GREYS / 255 - 1  # -1 to 0
    assert image_set(dark).images.max() in (127, 128)
    x = GREYS / 255 * 1.1 - 0.5
    assert image_set(x).images.min() == 64


@pytest.mark.parametrize("bits", range(9, 17))
@pytest.mark.parametrize("kind", ["u2", "i4", "i8"])
def test_deep_values_are_advised_a_divisor_that_keeps_their_range(bits: int, kind: str):
    x = np.random.default_rng(0).integers(0, 1 << bits, (5, 20, 16)).astype(kind)
    x[0, 0, 0] = (1 << bits) - 1
    divisor = int(refusal(x).rsplit("x // ", 1)[1])
    assert image_set(x // divisor).images.max() == 255


def test_signed_and_deeper_values_are_told_how_to_be_scaled():
    for x in (np.linspace(-1024, 3071, 5 * 320), np.linspace(0, 1 << 30, 5 * 320)):
        shaped = x.astype(np.int32).reshape(5, 20, 16)
        assert "rescale the values: (x - x.min())" in refusal(shaped)


def test_masks_of_0_and_1_are_said_and_no_samples():
    masks = (GREYS > 99).astype(np.uint8)
    made = image_set(masks)
    assert made.origin is not None
    assert "nearly black; if 1 means white" in made.origin.messages[0]
    black, white = image_set(masks * 0).origin, image_set(masks * 255).origin
    assert black is not None
    assert white is not None
    assert (black.messages, white.messages) == ((), ())
    (remark,) = (remark for remark in ganarium.check(masks) if remark.name == "range")
    assert remark.grave


def test_runs_recorded_before_read_their_arrays_as_they_did(tmp_path: Path):
    shifted = GREYS / 255 - 0.5
    for name, x in (("three", GREYS[:3]), ("shifted", shifted)):
        np.save(tmp_path / f"{name}.npy", x)
        recorded = {"array": str(tmp_path / f"{name}.npy"), "held_out": 0.0}
        with pytest.raises(InputError):
            load(ArrayConfig.model_validate(recorded))
        assert len(load(ArrayConfig.model_validate(recorded, context=RECORDED))) == len(x)
