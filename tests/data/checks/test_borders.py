"""Edges of exactly one value, and bars that only some pictures have."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ganarium.core.random_streams import numpy_generator
from ganarium.data.checks.borders import constant_border, exact_frame, padding_bars


def framed(pictures, left=0, right=0, top=0, bottom=0, value=0):
    return replace(pictures, images=F.pad(pictures.images, (left, right, top, bottom), value=value))


def barred(pictures, k, thickness, value=0, axis=2):
    """Bars over the first k pictures' first and last lines, as padding to a common shape leaves."""
    images = pictures.images.clone()
    for lines in (slice(0, thickness), slice(images.shape[axis] - thickness, None)):
        images[:k].narrow(axis, 0, images.shape[axis]).movedim(axis, 0)[lines] = value
    return replace(pictures, images=images)


def test_clean_sets_pass(digits, photos):
    for pictures in (digits, photos):
        assert [*constant_border(pictures), *padding_bars(pictures)] == []


def test_lines_are_counted_on_each_side(photos):
    assert exact_frame(framed(photos, 1, 2, 3, 4).images) == ((3, 4, 1, 2), (0, 0, 0, 0))
    assert exact_frame(framed(photos, 1, value=255).images) == ((0, 0, 1, 0), (0, 0, 255, 0))
    assert exact_frame(framed(photos, 1, value=7).images)[0] == (0, 0, 0, 0)


def test_an_edge_must_be_one_value_in_99_of_100_pictures(photos):
    images = framed(photos, 1, 1).images
    images[:10, 0, 5, 0] = 1
    assert exact_frame(images)[0] == (0, 0, 1, 1)
    images[10, 0, 5, 0] = 1
    assert exact_frame(images)[0] == (0, 0, 0, 1)
    mixed = framed(photos, 2).images
    mixed[:, :, ::2, :2] = 255
    assert exact_frame(mixed)[0] == (0, 0, 0, 0)


@pytest.mark.parametrize("strays", [1, 9])
def test_strays_do_not_hide_a_frame(photos, strays):
    pictures = framed(photos, 8, 8, 8, 8)
    pictures.images[-strays:] = F.pad(photos.images, (8, 8, 8, 8), mode="reflect")[:strays]
    (remark,) = constant_border(pictures)
    assert f"in {1000 - strays:,} of 1,000 images (8 at the top, 8 at the bottom, 8 at the left" in remark.text
    assert [*padding_bars(pictures)] == []


def test_strays_do_not_hide_a_frame_around_digits(mnist):
    digits = replace(mnist, images=F.pad(mnist.images[:2000], (8, 8, 8, 8)))
    digits.images[77] = 200
    digits.images[77, 0, 3, 3] = 0
    assert [remark.name for remark in constant_border(digits)] == ["border"]


@pytest.mark.parametrize("n", [1200, 20_000])
def test_the_varying_margin_of_digits_is_no_frame(mnist, n):
    assert [*constant_border(replace(mnist, images=mnist.images[:n]))] == []


@pytest.mark.parametrize("value", [0, 255])
def test_a_frame_on_half_of_the_pictures_is_grave(photos, value):
    images = photos.images.clone()
    images[:500, :, :3] = images[:500, :, -3:] = images[:500, :, :, :2] = images[:500, :, :, -2:] = value
    (remark,) = padding_bars(replace(photos, images=images))
    assert (remark.grave, remark.value) == (True, 0.5)


@pytest.mark.parametrize("colours", [1, 3])
@pytest.mark.parametrize("thickness", [1, 6])
@pytest.mark.parametrize("side", ["top", "bottom", "left", "right"])
def test_a_bar_on_one_side_of_a_tenth_is_grave(photos, colours, thickness, side):
    images = photos.images.repeat(1, colours, 1, 1)
    axis = 2 if side in ("top", "bottom") else 3
    start = 0 if side in ("top", "left") else images.shape[axis] - thickness
    images[:100].narrow(axis, start, thickness).fill_(0)
    (remark,) = padding_bars(replace(photos, images=images))
    assert (remark.grave, remark.value) == (True, pytest.approx(0.1, abs=0.005))


@pytest.mark.parametrize("value", [0, 40, 252])
def test_bars_are_found_under_a_jpeg_s_noise(photos, value):
    noise = numpy_generator(0, "noise").integers(0, 4, (100, 1, 32, 24))
    bar = torch.from_numpy(noise + value).to(torch.uint8)
    images = photos.images.clone()
    images[:100, :, :5], images[:100, :, -5:] = bar[:, :, :5], bar[:, :, -5:]
    assert [remark.value for remark in padding_bars(replace(photos, images=images))] == [pytest.approx(0.1, abs=0.005)]


def test_bars_are_found_in_jpegs(photos, encoded):
    images = barred(photos, 100, 8).images
    images[:100] = encoded(images[:100], "JPEG", quality=90)
    assert [remark.value for remark in padding_bars(replace(photos, images=images))] == [pytest.approx(0.1, abs=0.02)]


def test_stripes_of_many_colours_are_content(photos):
    """Like flags, which fill their pictures."""
    images = photos.images.repeat(1, 3, 1, 1)
    colours = torch.tensor([[0, 0, 0], [0, 0, 0], [255, 0, 0], [0, 128, 0], [0, 0, 255]], dtype=torch.uint8)
    images[:400, :, :10] = colours.repeat(80, 1)[:, :, None, None]
    assert [*padding_bars(replace(photos, images=images))] == []


@pytest.mark.parametrize(
    "sides", [{"left": 1}, {"top": 2, "bottom": 2}, {"left": 1, "right": 1, "top": 1, "bottom": 1}]
)
@pytest.mark.parametrize("value", [0, 255])
def test_a_thin_exact_border_is_a_remark(photos, sides, value):
    (remark,) = constant_border(framed(photos, **sides, value=value))
    assert not remark.grave
    assert all(f"{count} at the {side}" in remark.text for side, count in sides.items())
    assert "remedies.instance_noise=true" in remark.advice


def test_a_border_is_grave_above_a_quarter_on_both_ends(photos):
    """Photos are 24 pixels wide: 12 on both sides are a quarter each."""
    assert [remark.grave for remark in constant_border(framed(photos, 12, 12))] == [False]
    assert [remark.grave for remark in constant_border(framed(photos, 13, 13))] == [True]
    assert [remark.grave for remark in constant_border(framed(photos, 40, 1))] == [False]
    assert [remark.grave for remark in constant_border(framed(photos, top=40, bottom=1))] == [False]
    assert [remark.grave for remark in constant_border(framed(photos, top=30, bottom=30))] == [True]


def test_a_set_without_content_has_no_border(photos):
    assert [*constant_border(replace(photos, images=torch.zeros_like(photos.images)))] == []


@pytest.mark.parametrize("axis", [2, 3])
@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize(("k", "told"), [(9, False), (10, True), (600, True)])
def test_some_padded_photos_are_grave(photos, axis, value, k, told):
    found = [*padding_bars(barred(photos, k, 4, value, axis))]
    assert bool(found) is told
    for remark in found:
        assert remark.grave
        assert remark.value == pytest.approx(k / 1000)
        assert remark.examples[0] == "image 0"
        assert "data.fit=crop" in remark.advice


def test_all_padded_alike_is_a_border_and_of_two_kinds_bars(photos):
    alike = barred(photos, 1000, 4)
    assert [*padding_bars(alike)] == []
    assert [remark.name for remark in constant_border(alike)] == ["border"]
    both = replace(alike, images=torch.cat([alike.images[:500], barred(photos, 1000, 3, axis=3).images[500:]]))
    assert [remark.value for remark in padding_bars(both)] == [1.0]


@pytest.mark.parametrize(("top", "bottom"), [(2, 5), (4, 5)])
def test_uneven_bars_are_bars(photos, top, bottom):
    images = photos.images.clone()
    images[:100, :, :top] = images[:100, :, -bottom:] = 0
    assert [remark.value for remark in padding_bars(replace(photos, images=images))] == [0.1]


def test_silhouettes_from_top_to_bottom_are_not_padded(photos):
    """Their margins are alike on both sides, and what lies next to these is mostly ground."""
    images = photos.images.clone()
    down, across = torch.arange(32)[:, None] - 15.5, torch.arange(24) - 11.5
    diamond = down.abs() / 16 + across.abs() / 8 < 1.1
    images[:100] = diamond * 200
    assert [*padding_bars(replace(photos, images=images))] == []


def test_things_drawn_on_a_ground_are_not_padded(photos):
    """Wide things among round ones, on one ground: like flags among other emoji."""
    images = torch.zeros(1000, 1, 32, 32, dtype=torch.uint8)
    disc = (torch.arange(-7.5, 8) ** 2 + torch.arange(-7.5, 8)[:, None] ** 2) < 64
    images[:, :, 8:24, 8:24] = photos.images[:, :, :16, :16] * disc
    images[:100, :, 6:26] = photos.images[:100, :, :20, :1].expand(-1, -1, -1, 32)
    images[:50, :, 6:8] = 0
    assert [*padding_bars(replace(photos, images=images))] == []
