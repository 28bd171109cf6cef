"""Functions that run all data checks, or only the quick checks before training."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ganarium.data.checks.background import hidden_by_background, inverted
from ganarium.data.checks.borders import constant_border, padding_bars
from ganarium.data.checks.brightness import blank_images, narrow_range, saturated
from ganarium.data.checks.duplicates import copies, near_copies, two_labels
from ganarium.data.checks.file_properties import (
    cut_off,
    grey_as_colour,
    ignored_profiles,
    layout_findings,
    mixed_modes,
    mixed_sizes,
    multiple_frames,
    pixel_art,
    unreadable,
)
from ganarium.data.checks.helpers import random_sample
from ganarium.data.checks.labels import empty_classes, imbalance, one_label
from ganarium.data.checks.leaks import leaks, near_leaks
from ganarium.data.checks.round_trip import distinguishable
from ganarium.data.checks.set_size import few_per_class, few_pictures
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.finding import DataFinding

__all__ = ["DataFinding", "check", "check_briefly", "describe"]

SAMPLE = 2_000  # images for which a brief check searches near copies: estimates 1 % of 50,000 to ± 0.2 %
MOST_VALUES = 1 << 26  # values that a brief check examines pixel by pixel: 5,461 images of 64×64×3, all of MNIST
COLOURS = {1: "grey", 3: "RGB"}

Check = Callable[[ImageSet], Iterator[DataFinding]]

QUICK: tuple[Check, ...] = (
    one_label,
    empty_classes,
    imbalance,
    few_pictures,
    few_per_class,
    mixed_sizes,
    mixed_modes,
    cut_off,
    multiple_frames,
    ignored_profiles,
    pixel_art,
    grey_as_colour,
    hidden_by_background,
    blank_images,
    narrow_range,
    inverted,
    copies,
    two_labels,
)
PIXELWISE: tuple[Check, ...] = (
    saturated,
    constant_border,
    padding_bars,
)  # each takes a second or more for 100 million values


def check(train: ImageSet, others: Mapping[Split, ImageSet]) -> list[DataFinding]:
    """Run all data checks and return the findings, severe findings first; MNIST takes a few seconds on one core.

    others: the validation and test splits, if any, which should not share images with the training split
    """
    return _severe_first([*_quick(train), *_pixelwise(train), *_thorough(train, others)])


def check_briefly(train: ImageSet) -> list[DataFinding]:
    """Run the data checks that take at most two seconds on an idle core; return the findings, severe findings first.

    In sets of more than 67 million values, some checks use a random sample, and the findings mention this.
    """
    some = random_sample(train, MOST_VALUES)
    part = f"; {len(some):,} of {len(train):,} images were examined" if len(some) < len(train) else ""
    sampled = [replace(finding, text=finding.text + part) for finding in _pixelwise(some)]
    return _severe_first([*_quick(train), *sampled, *(near_copies(train, SAMPLE) if len(train) else ())])


def _quick(train: ImageSet) -> Iterator[DataFinding]:
    for check_one in QUICK if len(train) else (few_pictures,):
        yield from check_one(train)


def _pixelwise(train: ImageSet) -> Iterator[DataFinding]:
    for check_one in PIXELWISE if len(train) else ():
        yield from check_one(train)


def _thorough(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[DataFinding]:
    yield from unreadable(train, others)  # training either refuses such files, or skips and reports them on request
    yield from layout_findings(train, others)  # training reports these with the conversions of the images
    if len(train):
        yield from near_copies(train)
        yield from leaks(train, others)
        yield from near_leaks(train, others)
        yield from distinguishable(train)


def _severe_first(findings: Iterable[DataFinding]) -> list[DataFinding]:
    return sorted(findings, key=lambda finding: not finding.grave)


def describe(train: ImageSet, others: Mapping[Split, ImageSet]) -> str:
    """Describe a data set, as in "50,000 training images (28×28, grey), 10,000 validation, 10,000 test; 10 classes"."""
    channels, height, width = train.shape
    colour = COLOURS.get(channels, f"{channels} channels")
    splits = [f"{len(train):,} training images ({height}×{width}, {colour})"]
    splits += [f"{len(other):,} {split}" for split, other in others.items()]
    return f"{', '.join(splits)}; {_classes(train)}"


def _classes(train: ImageSet) -> str:
    if train.labels is None:
        why = train.origin.unlabelled if train.origin else ""
        return f"no labels ({why})" if why else "no labels"
    return "1 class" if len(train.classes) == 1 else f"{len(train.classes)} classes"
