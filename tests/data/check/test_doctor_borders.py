"""Edges of exactly one value, and bars that only some pictures have."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from ganarium.data.check.borders import bars, border, exact_border


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
        assert [*border(pictures), *bars(pictures)] == []


def test_lines_are_counted_on_each_side(photos):
    assert exact_border(framed(photos, 1, 2, 3, 4).images) == (3, 4, 1, 2)
    assert exact_border(framed(photos, 1, value=255).images) == (0, 0, 1, 0)
    assert exact_border(framed(photos, 1, value=7).images) == (0, 0, 0, 0)


def test_an_edge_must_be_one_value_in_every_picture(photos):
    images = framed(photos, 1, 1).images
    images[3, 0, 5, 0] = 1
    assert exact_border(images) == (0, 0, 0, 1)
    mixed = framed(photos, 2).images
    mixed[:, :, ::2, :2] = 255
    assert exact_border(mixed) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "sides", [{"left": 1}, {"top": 2, "bottom": 2}, {"left": 1, "right": 1, "top": 1, "bottom": 1}]
)
@pytest.mark.parametrize("value", [0, 255])
def test_a_thin_exact_border_is_a_remark(photos, sides, value):
    (remark,) = border(framed(photos, **sides, value=value))
    assert not remark.grave
    assert all(f"{count} at the {side}" in remark.text for side, count in sides.items())
    assert "remedies.instance_noise=true" in remark.advice


def test_a_border_is_grave_above_a_quarter_on_both_ends(photos):
    """Photos are 24 pixels wide: 12 on both sides are a quarter each."""
    assert [remark.grave for remark in border(framed(photos, 12, 12))] == [False]
    assert [remark.grave for remark in border(framed(photos, 13, 13))] == [True]
    assert [remark.grave for remark in border(framed(photos, 40, 1))] == [False]
    assert [remark.grave for remark in border(framed(photos, top=40, bottom=1))] == [False]
    assert [remark.grave for remark in border(framed(photos, top=30, bottom=30))] == [True]


def test_a_set_without_content_has_no_border(photos):
    assert [*border(replace(photos, images=torch.zeros_like(photos.images)))] == []


@pytest.mark.parametrize("axis", [2, 3])
@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize(("k", "told"), [(9, False), (10, True), (600, True)])
def test_some_padded_photos_are_grave(photos, axis, value, k, told):
    found = [*bars(barred(photos, k, 4, value, axis))]
    assert bool(found) is told
    for remark in found:
        assert remark.grave
        assert remark.value == pytest.approx(k / 1000)
        assert remark.examples[0] == "picture 0"
        assert "data.fit=crop" in remark.advice


def test_all_padded_alike_is_a_border_and_of_two_kinds_bars(photos):
    alike = barred(photos, 1000, 4)
    assert [*bars(alike)] == []
    assert [remark.name for remark in border(alike)] == ["border"]
    both = replace(alike, images=torch.cat([alike.images[:500], barred(photos, 1000, 3, axis=3).images[500:]]))
    assert [remark.value for remark in bars(both)] == [1.0]


def test_an_uneven_bar_is_content_and_rounding_is_not(photos):
    uneven, rounded = photos.images.clone(), photos.images.clone()
    uneven[:100, :, :2] = uneven[:100, :, -5:] = 0
    rounded[:100, :, :4] = rounded[:100, :, -5:] = 0
    assert [*bars(replace(photos, images=uneven))] == []
    assert [remark.value for remark in bars(replace(photos, images=rounded))] == [0.1]


def test_silhouettes_from_top_to_bottom_are_not_padded(photos):
    """Their margins are alike on both sides, and what lies next to these is mostly ground."""
    images = photos.images.clone()
    down, across = torch.arange(32)[:, None] - 15.5, torch.arange(24) - 11.5
    diamond = down.abs() / 16 + across.abs() / 8 < 1.1
    images[:100] = diamond * 200
    assert [*bars(replace(photos, images=images))] == []


def test_things_drawn_on_a_ground_are_not_padded(photos):
    """Wide things among others, on one ground: like flags among other emoji."""
    images = torch.zeros(1000, 1, 32, 32, dtype=torch.uint8)
    images[:, :, 8:24, 8:24] = photos.images[:, :, :16, :16]
    images[:100, :, 6:26] = photos.images[:100, :, :20, :1].expand(-1, -1, -1, 32)
    assert [*bars(replace(photos, images=images))] == []
