"""Recognize folders by name: splits, domains, parts of a numbered series, and system folders."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal

from ganarium.data.datasets import Split

SPLIT_WORDS: Mapping[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
HELD_OUT = {"validation", "test"}
UNLABELLED: Literal["unlabelled"] = "unlabelled"  # folders of images to predict
Part = Split | Literal["unlabelled"]

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WORD = re.compile(r"(?<![a-z])(train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?)(?:set|data|images?)?(?![a-z])")
_UNLABELLED = re.compile(r"(?<![a-z])(pred(?:ict(?:ions?)?)?|unlabell?ed)(?![a-z])")
_DOMAIN = re.compile(r"((?i:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?))(?:([AB])|[ _-]([ABab]))")
_NUMBERED = re.compile(r"(?i:images?|imgs?|images?|photos?|files?|data|parts?|chunks?|shards?|batch)[ _-]?\d+")
_SHARD_DIGITS = range(4, 19)  # number of digits of names such as 00000

SYSTEM_FILES = frozenset(
    (
        "__macosx",
        "@eadir",
        "@tmp",
        "@recycle",
        "@recently-snapshot",
        "#recycle",
        "#snapshot",
        "$recycle.bin",
        "recycler",
        "system volume information",
        "lost+found",
        "_gsdata_",
        "__pycache__",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "icon\r",
    )
)
HIDDEN = "hidden"


def system_file_kind(name: str) -> str:
    """Return the type of a file or folder created by an operating system or program; "" for all others.

    >>> system_file_kind("@eaDir"), system_file_kind("._x.jpg"), system_file_kind("cats")
    ('@eadir', 'hidden', '')
    """
    if name.startswith("."):
        return HIDDEN
    return name.lower() if name.lower() in SYSTEM_FILES else ""


def system_file_kind_plain(name: str) -> str:
    """Return the type of a system file or folder under `data.layout=plain`, which ignores fewer names."""
    if name.startswith("."):
        return HIDDEN
    return name.lower() if name == "__MACOSX" else ""


def part_named(name: str) -> Part | None:
    """Return the split that a folder's name contains as a word; None if the name contains none or several.

    >>> part_named("seg_train"), part_named("TestSet"), part_named("val2017"), part_named("contest")
    ('train', 'test', 'validation', None)
    """
    words = _words(name)
    found: set[Part] = {SPLIT_WORDS[word] for word in _WORD.findall(words)}
    if _UNLABELLED.search(words):
        found.add(UNLABELLED)
    return found.pop() if len(found) == 1 else None


def template(name: str) -> str:
    """Return a folder's name with the word for a split replaced by an asterisk.

    >>> template("seg_train") == template("seg_test")
    True
    """
    return _WORD.sub("*", _words(name))


def split_and_domain(name: str) -> tuple[Split, int] | None:
    """Return the split and domain in a folder name of CycleGAN's format; None for all other names.

    >>> split_and_domain("trainA"), split_and_domain("test_b"), split_and_domain("training")
    (('train', 0), ('test', 1), None)
    """
    found = _DOMAIN.fullmatch(name)
    return (SPLIT_WORDS[found[1].lower()], "AB".index((found[2] or found[3]).upper())) if found else None


def are_parts_of_one(files: Mapping[str, Sequence[str]]) -> bool:
    """Return whether folders divide one numbered collection, such as 00000, 00001 … or images_001, images_002 ….

    files: folder -> the stems of its files
    """
    if len(files) < 2:
        return False
    if all(_NUMBERED.fullmatch(name) for name in files):
        return True
    if not all(name.isdecimal() and len(name) in _SHARD_DIGITS for name in files):
        return False
    ranges = []
    for name in sorted(files, key=int):
        numbers = [int(digits[-1]) for stem in files[name] if (digits := re.findall(r"[0-9]{1,18}", stem))]
        if len(numbers) < len(files[name]):
            return False
        ranges.append((min(numbers), max(numbers)))
    return all(before[1] < after[0] for before, after in pairwise(ranges))


def _words(name: str) -> str:
    """Return a name in lower case, with an underscore between words in camel case."""
    return _HUMP.sub("_", name).lower()
