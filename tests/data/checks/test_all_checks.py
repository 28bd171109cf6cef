"""The doctor as a whole: clean sets pass, and a set with n faults is told each of them."""

from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganarium.config.data_files import FashionConfig, FolderConfig
from ganarium.config.datasets import MnistConfig
from ganarium.config.synthetic import FiguresConfig, LinesConfig, PointsConfig, PolygonsConfig, PuzzlesConfig
from ganarium.data import mnist as mnist_files
from ganarium.data.checks import all_checks
from ganarium.data.checks import duplicates as copying
from ganarium.data.checks.all_checks import DataFinding, check, check_briefly, describe
from ganarium.data.checks.helpers import random_sample
from ganarium.data.datasets import Origin
from ganarium.data.files.idx_sets import DEBIAN, load_fashion
from ganarium.data.files.image_folders import load as load_pictures
from ganarium.data.synthetic import figures, lines, plus_marks, polygons, puzzles

PART = 60  # pictures that get a fault, 5 % of the digits


def first(pictures, start, change):
    """Pictures start … start + 59 changed."""
    images = pictures.images.clone()
    images[start : start + PART] = change(images[start : start + PART])
    return replace(pictures, images=images)


def of_the_same_class(pictures):
    """Sixty pictures from number 600 on, of the classes of the first sixty, none of them twice."""
    rows = {label: iter((pictures.labels[600:] == label).nonzero().flatten() + 600) for label in range(10)}
    return pictures.images[torch.stack([next(rows[label]) for label in pictures.labels[:PART].tolist()])]


def files(pictures, **said):
    return replace(pictures, origin=replace(pictures.origin or Origin(), **said))


FAULTS = {
    "copies": lambda x: first(x, 0, lambda _: of_the_same_class(x)),
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


@pytest.mark.slow
def test_digits_and_photos_pass(digits, photos):
    for pictures in (digits, photos):
        assert check(pictures, {"test": replace(pictures, images=pictures.images.flip(3), labels=None)}) == []
        assert check_briefly(pictures) == []


@pytest.mark.slow
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
    monkeypatch.setattr(all_checks, "distinguishable", lambda _: 1 / 0)
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
    assert [field.name for field in fields(DataFinding)] == [
        "name",
        "grave",
        "text",
        "advice",
        "value",
        "examples",
        "reasons",
    ]


def test_of_a_large_set_a_brief_check_looks_closely_at_a_part_and_says_so(photos, monkeypatch, noisy):
    images = photos.images.clone()
    images[::2, :, :4] = images[::2, :, -4:] = 0
    images[900:] = noisy(images[:100], 2)
    names_ = tuple(f"{i:04d}.png" for i in range(1000))
    large = replace(photos, images=images, origin=Origin(names=names_))
    monkeypatch.setattr(all_checks, "SAMPLE", 150)
    monkeypatch.setattr(all_checks, "MOST_VALUES", 500 * images[0].numel())
    monkeypatch.setattr(copying, "SEARCHED", 500 * images[0].numel())
    found = {remark.name: remark for remark in check_briefly(large)}
    assert found["bars"].grave
    assert found["bars"].text.endswith("; 500 of 1,000 images were examined")
    assert all(int(name[:4]) % 2 == 0 for name in found["bars"].examples)
    assert found["near-copies"].value == pytest.approx(0.1, abs=0.05)
    assert "estimated from 300)" in found["near-copies"].text
    unnamed = {remark.name: remark for remark in check_briefly(replace(large, origin=None))}
    assert unnamed["bars"].examples == tuple(f"image {int(name[:4])}" for name in found["bars"].examples)


def test_a_part_is_drawn_at_random_so_that_classes_that_take_turns_all_come(digits):
    some = random_sample(digits, 120 * digits.images[0].numel())
    assert len(some) == 120
    assert len({int(row[6:]) % 10 for row in some.origin.names}) == 10
    assert torch.equal(some.images[0], digits.images[int(some.origin.names[0][6:])])
    assert random_sample(digits, digits.images.numel()) is digits


def test_the_facts_of_a_set_are_one_line(digits, photos):
    others = {"validation": replace(digits, images=digits.images[:40])}
    assert describe(digits, others) == "1,200 training images (20×20, grey), 40 validation; 10 classes"
    assert describe(photos, {}) == "1,000 training images (32×24, grey); no labels"


DRAWN = {
    PointsConfig: plus_marks,
    LinesConfig: lines,
    PolygonsConfig: polygons,
    PuzzlesConfig: puzzles,
    FiguresConfig: figures,
}
REMARKS = {
    PointsConfig: ["copies", "leaks"],
    LinesConfig: [],
    PolygonsConfig: ["few-per-class", "few-pictures"],
    PuzzlesConfig: [],
    FiguresConfig: [],
}
EMOJI = Path(__file__).parents[1] / "emoji.zip"
ALL_EMOJI = Path(__file__).parents[4] / "shared" / "data" / "emoji64.zip"


@pytest.mark.slow
def test_mnist_passes(mnist):
    others = {split: mnist_files.load(MnistConfig(), split) for split in ("validation", "test")}
    assert check(mnist, others) == []
    assert check_briefly(mnist) == []


@pytest.mark.slow
@pytest.mark.skipif(not DEBIAN.is_dir(), reason="the package dataset-fashion-mnist is not installed")
def test_fashion_passes():
    train, validation, test = (load_fashion(FashionConfig(), split) for split in ("train", "validation", "test"))
    assert check(train, {"validation": validation, "test": test}) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "expected"), [(EMOJI, ["few-pictures", "mixed-modes", "passed-over"]), (ALL_EMOJI, ["mixed-modes"])]
)
def test_emoji_have_no_fault(path, expected):
    if not path.is_file():
        pytest.skip(f"{path} is not here")
    settings = FolderConfig(folder=str(path))
    train, validation, test = (load_pictures(settings, split) for split in ("train", "validation", "test"))
    remarks = check(train, {"validation": validation, "test": test})
    assert names(remarks) == expected
    assert not any(remark.grave for remark in remarks)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, marks=[pytest.mark.exhaustive] if kind in (LinesConfig, PuzzlesConfig) else [])
        for kind in DRAWN
    ],
)
def test_drawn_sets_have_no_grave_fault(kind):
    train, validation, test = (DRAWN[kind].load(kind(), split) for split in ("train", "validation", "test"))
    remarks = check(train, {"validation": validation, "test": test})
    assert names(remarks) == REMARKS[kind]
    assert not any(remark.grave for remark in remarks)
