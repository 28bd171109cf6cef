"""Pictures with ink and ground the wrong way round."""

from dataclasses import replace

import pytest
import torch

from ganarium.data.checks.background import inverted


def changed(pictures, k, change):
    """The last k pictures changed."""
    images = pictures.images.clone()
    images[-k:] = change(images[-k:])
    return replace(pictures, images=images)


@pytest.mark.parametrize(("k", "grave"), [(1, False), (10, False), (11, True), (500, True)])
def test_some_inverted_pictures(mnist, k, grave):
    digits = replace(mnist, images=mnist.images[:1000])
    (remark,) = inverted(changed(digits, k, lambda images: 255 - images))
    assert (remark.name, remark.grave) == ("inverted", grave)
    assert remark.value == k / 1000
    assert remark.examples[0] == f"image {1000 - k}"
    assert "have a dark background" in remark.text


def test_all_inverted_is_a_remark_with_the_setting(digits):
    (remark,) = inverted(changed(digits, 1200, lambda images: 255 - images))
    assert (remark.name, remark.grave) == ("dark-ink", False)
    assert "data.invert=true" in remark.advice


def test_most_inverted_is_both(digits):
    both = [*inverted(changed(digits, 1100, lambda images: 255 - images))]
    assert [(remark.name, remark.grave) for remark in both] == [("inverted", True), ("dark-ink", False)]
    assert both[0].examples[0] == "image 0"


def test_inverted_pictures_are_found_in_a_small_range_and_with_ink_at_the_edge(mnist):
    images = (mnist.images[:1000] // 32).roll(8, dims=3)
    images[:100] = 7 - images[:100]
    (remark,) = inverted(replace(mnist, images=images))
    assert remark.value == pytest.approx(0.1, rel=0.05)


def test_photos_and_colours_have_no_ground(digits, photos):
    bright = replace(photos, images=photos.images // 2 + 127)
    night = replace(photos, images=photos.images // 2)
    some_white = changed(photos, 300, lambda images: torch.full_like(images, 255).index_fill_(3, torch.tensor([9]), 0))
    colours = digits.images.expand(-1, 3, -1, -1)
    for pictures in (bright, night, some_white, replace(digits, images=255 - colours)):
        assert [*inverted(pictures)] == []


@pytest.mark.parametrize(("k", "told"), [(10, False), (11, True), (100, True)])
def test_some_inverted_pictures_in_colour(mnist, k, told):
    ink = torch.tensor([[255, 90, 0], [0, 200, 120], [60, 60, 255]]).repeat(334, 1)[:1000, :, None, None]
    images = (mnist.images[:1000] * ink // 255).to(torch.uint8)
    found = [*inverted(changed(replace(mnist, images=images), k, lambda images: 255 - images))]
    assert [(remark.name, remark.grave, remark.value) for remark in found] == [("inverted", True, k / 1000)] * told


def test_colours_on_black_or_white_have_a_ground_only_where_all_channels_have(digits):
    """Red is no black ground, though two of its channels are 0."""
    images = 255 - digits.images.repeat(1, 3, 1, 1)
    images[:100, 1:] = 0
    assert [*inverted(replace(digits, images=images))] == []
