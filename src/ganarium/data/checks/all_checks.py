"""All checks of a data set, and the quick ones that run before every training."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ganarium.data.checks.background import hidden, turned
from ganarium.data.checks.borders import bars, border
from ganarium.data.checks.brightness import constant, narrow_range, saturated
from ganarium.data.checks.duplicates import copies, near_copies, two_labels
from ganarium.data.checks.files import (
    cut_off,
    frames,
    grey_as_colour,
    mixed_modes,
    mixed_sizes,
    noted,
    pixel_art,
    profiles,
    unreadable,
)
from ganarium.data.checks.finding import Remark
from ganarium.data.checks.labels import empty_classes, imbalance, one_label
from ganarium.data.checks.leaks import leaks, near_leaks
from ganarium.data.checks.round_trip import told_apart
from ganarium.data.checks.set_size import few_per_class, few_pictures
from ganarium.data.checks.subsample import sampled
from ganarium.data.checks.summary import facts
from ganarium.data.datasets import ImageSet, Split

__all__ = ["Remark", "check", "check_briefly", "facts"]

SAMPLE = 2_000  # pictures whose near copies a quick check searches for: estimates 1 % among 50,000 to ± 0.2 %
GLANCED = 1 << 26  # values that a quick check examines pixel by pixel: 5,461 pictures of 64×64×3, all of MNIST

Check = Callable[[ImageSet], Iterator[Remark]]

QUICK: tuple[Check, ...] = (
    one_label,
    empty_classes,
    imbalance,
    few_pictures,
    few_per_class,
    mixed_sizes,
    mixed_modes,
    cut_off,
    frames,
    profiles,
    pixel_art,
    grey_as_colour,
    hidden,
    constant,
    narrow_range,
    turned,
    copies,
    two_labels,
)
CLOSE: tuple[Check, ...] = (saturated, border, bars)  # these take a second or more for 100 million values


def check(train: ImageSet, others: Mapping[Split, ImageSet]) -> list[Remark]:
    """Run all checks and return the remarks, grave ones first; MNIST takes some seconds on one processor core.

    others: the validation and test splits, if there are any, which training may not see
    """
    return _grave_first([*_quick(train), *_closely(train), *_thorough(train, others)])


def check_briefly(train: ImageSet) -> list[Remark]:
    """Run the checks that take at most two seconds on a free core and return the remarks, grave ones first.

    In sets of more than 67 million values, some checks use a random sample and say so.
    """
    some = sampled(train, GLANCED)
    part = f"; {len(some):,} of {len(train):,} pictures were looked at" if len(some) < len(train) else ""
    glanced = [replace(remark, text=remark.text + part) for remark in _closely(some)]
    return _grave_first([*_quick(train), *glanced, *(near_copies(train, SAMPLE) if len(train) else ())])


def _quick(train: ImageSet) -> Iterator[Remark]:
    for look in QUICK if len(train) else (few_pictures,):
        yield from look(train)


def _closely(train: ImageSet) -> Iterator[Remark]:
    for look in CLOSE if len(train) else ():
        yield from look(train)


def _thorough(train: ImageSet, others: Mapping[Split, ImageSet]) -> Iterator[Remark]:
    yield from unreadable(train, others)  # training either refuses such files or skips them on request and reports it
    yield from noted(train, others)  # training reports these when it reports how pictures were prepared
    if len(train):
        yield from near_copies(train)
        yield from leaks(train, others)
        yield from near_leaks(train, others)
        yield from told_apart(train)


def _grave_first(remarks: Iterable[Remark]) -> list[Remark]:
    return sorted(remarks, key=lambda remark: not remark.grave)
