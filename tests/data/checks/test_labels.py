"""Labels that say nothing, and too few pictures, in all or of a class."""

from dataclasses import replace

import pytest
import torch

from ganarium.data.checks.labels import empty_classes, imbalance, one_label
from ganarium.data.checks.set_size import few_per_class, few_pictures
from ganarium.data.datasets import ImageSet
from ganarium.data.files.arrays import image_set

CHECKS = (one_label, empty_classes, imbalance, few_pictures, few_per_class)


def of(*counts: int) -> ImageSet:
    """A set of so many pictures of each class."""
    labels = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    images = torch.zeros(len(labels), 1, 16, 16, dtype=torch.uint8)
    return ImageSet("counted", images, labels, tuple(f"class {k}" for k in range(len(counts))), card=None)


def names(pictures: ImageSet) -> list[str]:
    return [remark.name for look in CHECKS for remark in look(pictures)]


def test_digits_pass(digits):
    assert names(digits) == []


def test_without_labels_only_the_amount_is_judged():
    assert names(replace(of(999), labels=None, classes=())) == ["few-pictures"]
    assert names(replace(of(1000), labels=None, classes=())) == []


def test_every_label_zero_is_grave_and_one_remark(digits):
    (remark,) = [*one_label(zeroed := replace(digits, labels=torch.zeros_like(digits.labels)))]
    assert remark.grave
    assert "'0'" in remark.text
    assert "game.conditional=false" in remark.advice
    assert names(zeroed) == ["one-label"]


def test_the_one_label_may_be_any():
    (remark,) = one_label(of(0, 0, 1000, 0))
    assert "'class 2'" in remark.text


def test_a_single_class_with_a_name_is_worth_knowing_only():
    (remark,) = one_label(of(1000))
    assert not remark.grave


def test_a_single_class_that_is_a_number_is_grave(photos):
    """As arrays give it, of which every label is 0."""
    (remark,) = one_label(image_set(photos.images[:300], torch.zeros(300, dtype=torch.long)))
    assert remark.grave
    (remark,) = one_label(image_set(photos.images[:300], torch.zeros(300, dtype=torch.long), ["cloud"]))
    assert not remark.grave


def test_classes_without_a_picture_are_named():
    (remark,) = empty_classes(of(500, 0, 500, 0))
    assert remark.grave
    assert remark.value == 2
    assert remark.text.endswith("class 1, class 3")
    (remark,) = empty_classes(of(500, 500, *[0] * 30))
    assert remark.text.endswith("class 9 and 22 more")


@pytest.mark.parametrize(("smallest", "told"), [(100, False), (99, True)])
def test_imbalance_begins_below_a_tenth(smallest, told):
    found = [*imbalance(of(400, smallest, 1000))]
    assert bool(found) is told
    if told:
        (remark,) = found
        assert remark.value == pytest.approx(0.099)
        assert not remark.grave
        assert "'class 1'" in remark.text
        assert "'class 2'" in remark.text


def test_an_empty_class_does_not_count_as_the_smallest():
    assert [*imbalance(of(500, 0, 500))] == []


@pytest.mark.parametrize(("n", "grave"), [(1000, None), (999, False), (100, False), (99, True)])
def test_few_pictures_from_1000_down_grave_below_100(n, grave):
    found = [*few_pictures(replace(of(n), labels=None, classes=()))]
    assert [remark.grave for remark in found] == ([] if grave is None else [grave])
    assert all(remark.value == n and "generator.hidden" in remark.advice for remark in found)


def test_a_class_of_99_is_small_one_of_100_is_not():
    assert [*few_per_class(of(500, 100, 400))] == []
    (remark,) = few_per_class(of(500, 99, 400, 40, 0))
    assert (remark.value, remark.grave) == (40, False)
    assert "2 of 5 classes" in remark.text
    assert "'class 3'" in remark.text
