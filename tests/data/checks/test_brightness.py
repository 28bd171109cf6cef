"""Pictures without content, or washed out; sets of a small range."""

from dataclasses import replace

import pytest
import torch

from ganarium.config.synthetic import LinesConfig, PointsConfig, PolygonsConfig, PuzzlesConfig
from ganarium.data.checks.background import inverted
from ganarium.data.checks.brightness import blank_images, narrow_range, saturated
from ganarium.data.synthetic import lines, plus_marks, polygons, puzzles

CHECKS = (blank_images, saturated, narrow_range, inverted)


def changed(pictures, k, change):
    """The last k pictures changed."""
    images = pictures.images.clone()
    images[-k:] = change(images[-k:])
    return replace(pictures, images=images)


def names(pictures):
    return [remark.name for look in CHECKS for remark in look(pictures)]


def binary(images):
    return (images > 127).to(torch.uint8) * 255


def test_clean_sets_pass(digits, photos):
    for pictures in (digits, photos):
        assert names(pictures) == []


@pytest.mark.parametrize(
    ("module", "settings"),
    [(plus_marks, PointsConfig), (lines, LinesConfig), (polygons, PolygonsConfig), (puzzles, PuzzlesConfig)],
)
def test_drawn_sets_pass(module, settings):
    assert names(module.load(settings(count=300))) == []


# ---- constant


@pytest.mark.parametrize(("k", "grave"), [(1, False), (239, False), (240, True)])
@pytest.mark.parametrize("value", [0, 77, 255])
def test_one_constant_picture_is_told_and_a_fifth_is_grave(digits, k, grave, value):
    blanks = changed(digits, k, lambda images: torch.full_like(images, value))
    (remark,) = blank_images(blanks)
    assert (remark.grave, remark.value) == (grave, pytest.approx(k / 1200))
    assert remark.examples[0] == f"image {1200 - k}"
    assert not {"inverted", "saturated"} & {*names(blanks)}


def test_a_class_of_blank_pictures_is_meant_but_not_a_part_of_one(digits):
    images = digits.images.clone()
    images[digits.labels == 3] = 0
    assert [*blank_images(replace(digits, images=images))] == []
    assert [*blank_images(replace(digits, images=images, labels=None))] != []
    images[(digits.labels == 4).nonzero()[0]] = 0
    assert [*blank_images(replace(digits, images=images))] != []
    for labels in (digits.labels, torch.zeros_like(digits.labels)):
        (remark,) = blank_images(replace(digits, images=torch.zeros_like(images), labels=labels))
        assert remark.grave


def test_a_picture_of_one_colour_is_constant_though_its_channels_differ(photos):
    colours = photos.images.expand(-1, 3, -1, -1).clone()
    colours[5] = torch.tensor([10, 20, 30], dtype=torch.uint8)[:, None, None]
    colours[6, 2] = 30
    (remark,) = blank_images(replace(photos, images=colours))
    assert remark.examples == ("image 5",)


# ---- saturated


@pytest.mark.parametrize(("k", "grave"), [(11, None), (12, False), (119, False), (120, True)])
def test_thresholded_pictures_among_grey_ones(digits, k, grave):
    found = [*saturated(changed(digits, k, binary))]
    assert [remark.grave for remark in found] == ([] if grave is None else [grave])
    assert all(remark.value == pytest.approx(k / 1200) for remark in found)


def test_a_set_of_black_and_white_is_not_saturated(digits):
    assert [*saturated(changed(digits, 1200, binary))] == []
    assert [*saturated(changed(digits, 1000, binary))] == []  # then the greys are the odd ones


# ---- range


@pytest.mark.parametrize(("high", "grave"), [(1, True), (16, True), (17, False), (64, False), (65, None), (255, None)])
def test_a_small_range_is_told_up_to_64_and_grave_up_to_16(digits, high, grave):
    found = [*narrow_range(replace(digits, images=(digits.images.float() * high / 255).round().to(torch.uint8)))]
    assert [remark.grave for remark in found] == ([] if grave is None else [grave])
    assert all(remark.value == high for remark in found)


def test_0_and_1_are_named_with_their_factor(digits):
    (remark,) = narrow_range(replace(digits, images=digits.images // 128))
    assert "0 … 1" in remark.text
    assert "255" in remark.advice


def test_a_range_in_the_middle_is_small_too(digits):
    (remark,) = narrow_range(replace(digits, images=digits.images // 8 + 100))
    assert remark.value == 31
    assert "100 … 131" in remark.text


def test_one_bright_picture_does_not_hide_a_dark_set(digits):
    images = digits.images // 64
    images[7] = digits.images[7]
    assert [remark.value for remark in narrow_range(replace(digits, images=images))] == [3]
