"""The doctor as a whole: clean sets pass, and a set with n faults is told each of them."""

from dataclasses import fields, replace
from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.core.settings.data import Mnist
from ganarium.core.settings.drawn import Lines, Points, Polygons, Puzzles
from ganarium.data import mnist as mnist_files
from ganarium.data.check import doctor
from ganarium.data.check.doctor import Remark, check, check_briefly
from ganarium.data.drawn import lines, points, polygons, puzzles
from ganarium.data.sets import Origin

PART = 60  # pictures that get a fault, 5 % of the digits


def first(pictures, start, change):
    """Pictures start … start + 59 changed."""
    images = pictures.images.clone()
    images[start : start + PART] = change(images[start : start + PART])
    return replace(pictures, images=images)


def files(pictures, **said):
    return replace(pictures, origin=replace(pictures.origin or Origin(), **said))


FAULTS = {
    "copies": lambda x: first(x, 0, lambda _: x.images[600:660]),
    "near-copies": lambda x: first(x, 60, lambda _: x.images[700:760].clamp(0, 250) + 5),
    "constant": lambda x: first(x, 120, torch.zeros_like),
    "saturated": lambda x: first(x, 180, lambda images: (images > 127).to(torch.uint8) * 255),
    "inverted": lambda x: first(x, 240, lambda images: 255 - images),
    "range": lambda x: replace(x, images=x.images // 4),
    "one-label": lambda x: replace(x, labels=torch.full_like(x.labels, 4)),
    "unreadable": partial(files, unreadable={"cut.png": "ends too early"}),
    "mixed-sizes": partial(files, sizes={(20, 20): 1000, (90, 80): 200}),
    "mixed-modes": partial(files, modes={"grey": 1000, "RGB": 200}),
}


def faulty(pictures, names):
    """A set with these faults; the range is made small at the end, since others put in values of the whole one."""
    for name in sorted(names, key=lambda name: (name == "range", name)):
        pictures = FAULTS[name](pictures)
    return pictures


def names(remarks):
    return sorted(remark.name for remark in remarks)


def test_digits_and_photos_pass(digits, photos):
    for pictures in (digits, photos):
        assert check(pictures, {"test": replace(pictures, images=pictures.images.flip(3), labels=None)}) == []
        assert check_briefly(pictures) == []


@settings(max_examples=15)
@given(chosen=st.sets(st.sampled_from(sorted(FAULTS))))
def test_a_set_with_n_faults_is_told_each_and_no_other(digits, chosen):
    assert names(check(faulty(digits, chosen), {})) == sorted(chosen)
    assert names(check_briefly(faulty(digits, chosen))) == sorted(chosen - {"unreadable"})  # training says that itself


def test_all_faults_together_are_told_the_grave_first(digits):
    sick = faulty(digits, FAULTS)
    leak = replace(sick, images=torch.cat([sick.images[900:950], 63 - sick.images[500:550].rot90(1, (2, 3))]))
    remarks = check(sick, {"validation": leak})
    assert names(remarks) == sorted([*FAULTS, "leaks"])
    assert [remark.grave for remark in remarks] == sorted((remark.grave for remark in remarks), reverse=True)
    assert {remark.name for remark in remarks if remark.grave} >= {"inverted", "one-label", "unreadable", "leaks"}


def test_every_remark_says_its_number_its_threshold_and_the_way_out(digits):
    for remark in check(faulty(digits, FAULTS), {"test": digits}):
        assert any(letter.isdigit() for letter in remark.text), remark
        assert "(" in remark.text, remark
        assert len(remark.advice) > 20
        assert len(remark.examples) <= 8
        assert isinstance(remark.value, float)
        assert "\n" not in remark.text + remark.advice


def test_the_same_set_gives_the_same_remarks(digits):
    sick = faulty(digits, FAULTS)
    assert check(sick, {"test": digits}) == check(sick, {"test": digits})


def test_a_brief_check_trains_no_classifier(digits, monkeypatch):
    monkeypatch.setattr(doctor, "told_apart", lambda _: 1 / 0)
    check_briefly(digits)
    with pytest.raises(ZeroDivisionError):
        check(digits, {})


def test_nothing_is_changed(digits):
    before = digits.images.clone()
    check(digits, {"test": digits})
    assert torch.equal(digits.images, before)


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_hardly_any_pictures_are_grave_and_no_error(digits, n):
    few = replace(digits, images=digits.images[:n], labels=digits.labels[:n])
    for remarks in (check(few, {"test": few}), check_briefly(few)):
        assert "few-pictures" in [remark.name for remark in remarks if remark.grave]


def test_pictures_in_colour_and_of_odd_shapes_are_looked_at(photos):
    for images in (photos.images[:50].repeat(1, 3, 1, 1), photos.images[:50, :, :3, :5], photos.images[:50, :, :20]):
        check(replace(photos, images=images), {"test": replace(photos, images=images[:7])})


def test_a_remark_is_data():
    assert [field.name for field in fields(Remark)] == ["name", "grave", "text", "advice", "value", "examples"]


DRAWN = {Points: points, Lines: lines, Polygons: polygons, Puzzles: puzzles}
REMARKS = {Points: ["copies", "leaks"], Lines: [], Polygons: ["few-per-class", "few-pictures"], Puzzles: []}


@pytest.mark.slow
def test_mnist_passes(mnist):
    others = {split: mnist_files.load(Mnist(), split) for split in ("validation", "test")}
    assert check(mnist, others) == []
    assert check_briefly(mnist) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", DRAWN)
def test_drawn_sets_have_no_grave_fault(kind):
    train, validation, test = (DRAWN[kind].load(kind(), split) for split in ("train", "validation", "test"))
    remarks = check(train, {"validation": validation, "test": test})
    assert names(remarks) == REMARKS[kind]
    assert not any(remark.grave for remark in remarks)
