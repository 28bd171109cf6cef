"""Copies, exact and near, within training pictures."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from ganarium.core.random_streams import Streams, permutation
from ganarium.data.checks.duplicates import copies, near_copies, repeats, two_labels
from ganarium.data.checks.near_duplicates import near_copies_of_earlier
from ganarium.data.datasets import Origin


def with_copies(pictures, k, change=lambda images: images):
    """The last k pictures replaced by changed copies of the first k."""
    images = pictures.images.clone()
    images[-k:] = change(images[:k])
    return replace(pictures, images=images)


def test_clean_sets_hold_no_copies(digits, photos):
    for pictures in (digits, photos):
        assert [*copies(pictures), *near_copies(pictures)] == []


def test_copies_under_the_same_label_and_blank_pictures_under_several_are_no_contradiction(digits):
    labels = digits.labels.clone()
    labels[-20:] = labels[:20]
    assert [*two_labels(replace(with_copies(digits, 20), labels=labels))] == []
    images = digits.images.clone()
    images[::7] = 0
    assert [*two_labels(digits), *two_labels(replace(digits, images=images))] == []
    assert [*two_labels(replace(with_copies(digits, 20), labels=None, classes=()))] == []


@pytest.mark.parametrize(("k", "grave"), [(1, False), (5, False), (6, True)])
def test_the_same_picture_under_two_labels_is_a_finding_of_its_own(digits, k, grave):
    labels = digits.labels.clone()
    labels[:k], labels[-k:] = 3, 8
    (remark,) = two_labels(replace(with_copies(digits, k), labels=labels))
    assert (remark.name, remark.grave) == ("two-labels", grave)
    assert remark.value == pytest.approx(2 * k / 1200)
    many = "1 image has" if k == 1 else f"{k} images have"
    assert remark.text.startswith(f"{many} copies with different labels, {2 * k} of 1,200 images in total")
    assert remark.text.endswith(f"3 and 8 ({k})")
    assert remark.examples == tuple(f"image {row}" for row in (*range(k), *range(1200 - k, 1200)))[:8]


@pytest.mark.parametrize(("k", "grave"), [(11, None), (12, False), (119, False), (120, True)])
def test_copies_are_told_from_1_percent_and_grave_from_10(digits, k, grave):
    found = [*copies(with_copies(digits, k))]
    assert [remark.grave for remark in found] == ([] if grave is None else [grave])
    assert all(remark.value == pytest.approx(k / 1200) for remark in found)


def test_copies_are_named_by_file_at_most_eight(digits):
    named = replace(with_copies(digits, 20), origin=Origin(names=tuple(f"{i}.png" for i in range(1200))))
    (remark,) = copies(named)
    assert remark.examples == tuple(f"{i}.png" for i in range(1180, 1188))
    (remark,) = copies(with_copies(digits, 20))
    assert remark.examples[0] == "image 1180"


def test_blank_pictures_are_no_copies(digits):
    assert [*copies(with_copies(digits, 200, torch.zeros_like))] == []
    assert [*near_copies(with_copies(digits, 200, torch.zeros_like))] == []


@pytest.mark.parametrize("change", ["noise", "jpeg", "brighter"])
@pytest.mark.parametrize(("k", "grave"), [(11, None), (12, False), (120, True)])
def test_near_copies_are_found_whatever_changed_them(digits, encoded, noisy, change, k, grave):
    changes = {
        "noise": partial(noisy, most=5),
        "jpeg": partial(encoded, kind="JPEG", quality=80),
        "brighter": lambda images: images.clamp(0, 251) + 4,
    }
    changed = with_copies(digits, k, changes[change])
    found = [*near_copies(changed)]
    assert [remark.grave for remark in found] == ([] if grave is None else [grave])
    assert all(remark.value == k / 1200 for remark in found)
    assert [*copies(changed)] == []


def test_photos_as_jpegs_are_near_copies(photos, encoded):
    (remark,) = near_copies(with_copies(photos, 50, partial(encoded, kind="JPEG", quality=75)))
    assert remark.value == pytest.approx(0.05)


def test_a_shifted_picture_or_a_changed_detail_is_another_picture(digits):
    def detail(images):
        changed = images.clone()
        changed[:, :, 8:12, 8:12] = changed[:, :, 8:12, 8:12] // 2 + 64 * (changed[:, :, 8:12, 8:12] < 128)
        return changed

    for change in (lambda images: images.roll(1, dims=3), detail):
        assert [*near_copies(with_copies(digits, 60, change))] == []


def test_another_colour_of_the_same_brightness_is_another_picture(photos):
    colours = photos.images.expand(-1, 3, -1, -1) // 3 + 60
    turn = torch.tensor([40, -20, -20])[:, None, None]
    pictures = replace(photos, images=(colours.int() + turn).to(torch.uint8))
    other = with_copies(pictures, 100, lambda images: (images.int() - turn + turn.roll(1, 0)).to(torch.uint8))
    same = with_copies(pictures, 100, lambda images: images + 1)
    assert [*near_copies(other)] == []
    assert [remark.value for remark in near_copies(same)] == [0.1]


def test_exact_copies_are_not_told_twice(digits):
    assert [*near_copies(with_copies(digits, 100))] == []


def test_near_copies_are_a_share_of_all_pictures(digits, noisy):
    both = with_copies(with_copies(digits, 400), 30, partial(noisy, most=5))
    assert [remark.value for remark in near_copies(both)] == [30 / 1200]


def test_near_copies_in_a_set_of_small_range(digits):
    """Thresholds go with the set's own spread: 0 … 1 is not a set of near copies."""
    dim = replace(digits, images=digits.images // 255)
    distinct = dim.images[~repeats(dim.images)]
    assert len(near_copies_of_earlier(distinct, torch.arange(len(distinct)))) < 0.01 * len(distinct)


def test_some_queries_estimate_the_share_of_all(digits, noisy):
    changed = with_copies(digits, 240, partial(noisy, most=5))
    (remark,) = near_copies(changed, 400)
    assert remark.value == pytest.approx(0.2, abs=3 * (0.2 * 0.8 / 400) ** 0.5)
    assert "of the images (estimated from 400) differ" in remark.text


def test_near_copies_do_not_depend_on_the_order(digits, noisy):
    changed = with_copies(digits, 100, partial(noisy, most=5))
    order = Streams(0).at("order", permutation(len(changed)), 0)
    (one,), (other,) = near_copies(changed), near_copies(replace(changed, images=changed.images[order]))
    assert one.value == other.value
