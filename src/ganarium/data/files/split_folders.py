"""Recognize folders of training, validation and test images by their usual names."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ganarium.core.errors import InputError
from ganarium.core.escape import counted, listed
from ganarium.data.datasets import Split
from ganarium.data.files.folder_names import (
    HELD_OUT,
    SPLIT_WORDS,
    UNLABELLED,
    Part,
    part_named,
    split_and_domain,
    template,
)
from ganarium.data.finding import DataFinding

Parts = tuple[str, ...]
PLAIN = "data.layout=plain reads split folders as ordinary folders"


@dataclass(frozen=True)
class Divided:
    """The split of each image of a data set, and the path of each image within its split.

    parts: the split of each image, or "unlabelled" for images to predict; None if no folder is named like a split
    domains: the domain of each image, 0 or 1, if the folders are two domains for translation; otherwise None
    inside: the path of each image relative to its split folder, without leading folders that all images share
    """

    parts: tuple[Part, ...] | None
    inside: list[Parts]
    messages: tuple[str, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    domains: tuple[int, ...] | None = None


def divide(paths: Sequence[Parts]) -> Divided:
    """Determine the split of each image from the folders in its path.

    Raises `InputError` (message without the path) when some folders are named as splits and others are not.
    """
    inside = below_common(list(paths))
    found = _by_domain(inside) or _by_top(inside) or _by_class(inside)
    if found is None:
        _refuse_deeper(inside)
        return Divided(None, inside)
    rest = below_common(found.inside)
    _refuse_deeper(rest)
    return replace(found, inside=rest)


def below_common(paths: list[Parts]) -> list[Parts]:
    """Remove the leading folders shared by all paths, up to the first folder named exactly like a split."""
    while len(paths[0]) > 1 and paths[0][0].lower() not in SPLIT_WORDS and len({parts[0] for parts in paths}) == 1:
        paths = [parts[1:] for parts in paths]
    return paths


def _by_domain(paths: list[Parts]) -> Divided | None:
    """Recognize two domains for translation: trainA, trainB, testA, testB, or A/train, B/train, A/test, B/test."""
    named = {top: found for parts in paths if len(parts) > 1 and (found := split_and_domain(top := parts[0]))}
    where = [named.get(parts[0]) if len(parts) > 1 else None for parts in paths]
    depth = 1
    if not {("train", 0), ("train", 1)} <= set(where):
        if {parts[0].upper() for parts in paths} != {"A", "B"}:
            return None
        where, depth = [_below_letter(parts) for parts in paths], 2
        if None in where or not {("train", 0), ("train", 1)} <= set(where):
            return None
    _refuse_mixed(named, sorted({parts[0] for parts, found in zip(paths, where, strict=True) if found is None}))
    folders: dict[int, set[str]] = defaultdict(set)
    for parts, found in zip(paths, where, strict=True):
        folders[found[1] if found else 0].add("/".join(parts[:depth]))
    return Divided(
        tuple(found[0] for found in where if found),
        [parts[depth:] for parts in paths],
        (f"two domains for translation: x is {listed(sorted(folders[0]))}; y is {listed(sorted(folders[1]))}",),
        domains=tuple(found[1] for found in where if found),
    )


def _below_letter(parts: Parts) -> tuple[Split, int] | None:
    """Return the split and domain of paths such as A/train/1.png."""
    split = SPLIT_WORDS.get(parts[1].lower()) if len(parts) > 2 else None
    return (split, "AB".index(parts[0].upper())) if split else None


def _refuse_mixed(named: Iterable[str], odd: Sequence[str]) -> None:
    """Raise `InputError` when there are other files or folders next to the folders of splits."""
    if odd:
        raise InputError(
            f"other files or folders ({listed(odd)}) are next to the split folders {listed(sorted(named))}; "
            "move them into a split folder or elsewhere"
        )


def _by_top(paths: list[Parts]) -> Divided | None:
    """Recognize split folders above class folders, as in train/cat and test/cat."""
    tops = {parts[0] for parts in paths if len(parts) > 1}
    named: dict[str, Part] = {top: part for top in tops if (part := part_named(top))}
    odd = sorted({parts[0] for parts in paths if len(parts) == 1 or parts[0] not in named})
    if not _means_splits(named, odd):
        return None
    _refuse_mixed(named, odd)
    parts = tuple(named[path[0]] for path in paths)
    return Divided(parts, _unrepeated(paths, named), (_sentence(named),), tuple(_unlabelled_folders(named, parts)))


def _means_splits(named: Mapping[str, Part], odd: Sequence[str]) -> bool:
    """Return whether sibling folders are splits; raises `InputError` if the training or held-out folder is missing."""
    exact = {part for name in named if (part := SPLIT_WORDS.get(name.lower()))}
    found = set(named.values()) - {UNLABELLED}
    if "train" in found and HELD_OUT & found:
        return not odd or ("train" in exact and bool(HELD_OUT & exact)) or _one_template(named)
    if odd or not found or (len(named) == 1 and "train" not in exact):
        return False
    if found == exact == {"train"}:
        return True
    missing = "a validation or test folder" if "train" in found else "a train folder"
    raise InputError(
        f"the folders {listed(sorted(named))} are named like splits, but {missing} is missing: add it, or pass one of "
        f"these folders as the data; {PLAIN}"
    )


def _one_template(named: Mapping[str, Part]) -> bool:
    """Return whether the names of a training and a held-out folder differ only in the split: seg_train, seg_test."""
    templates: dict[bool, set[str]] = defaultdict(set)
    for name, part in named.items():
        templates[part == "train"].add(template(name))
    return not templates[True].isdisjoint(templates[False])


def _unrepeated(paths: list[Parts], named: Mapping[str, Part]) -> list[Parts]:
    """Return paths relative to the split folders, skipping a nested folder for the same split (train/train/cat)."""
    children: dict[str, set[str]] = defaultdict(set)
    for parts in paths:
        children[parts[0]].add(parts[1] if len(parts) > 2 else "")
    repeats = {
        top for top, (child, *more) in children.items() if not more and child and part_named(child) == named[top]
    }
    return [parts[2:] if parts[0] in repeats else parts[1:] for parts in paths]


def _by_class(paths: list[Parts]) -> Divided | None:
    """Recognize split folders below class folders, as in cat/train and cat/test."""
    if not all(len(parts) > 2 for parts in paths):
        return None
    named = {parts[1]: part_named(parts[1]) for parts in paths}
    found = set(named.values())
    if None in found or "train" not in found or not HELD_OUT & found:
        return None
    known: dict[str, Part] = {name: part for name, part in named.items() if part}
    parts = tuple(known[path[1]] for path in paths)
    inside = [(path[0], *path[2:]) for path in paths]
    return Divided(parts, inside, (_sentence(known),), tuple(_unlabelled_folders(known, parts)))


def _sentence(named: Mapping[str, Part]) -> str:
    return f"splits: {listed(f'{name} is {part}' for name, part in sorted(named.items()))}"


def _unlabelled_folders(named: Mapping[str, Part], parts: Sequence[Part]) -> Iterable[DataFinding]:
    """Report folders of unlabelled images, which are skipped."""
    names = sorted(name for name, part in named.items() if part == UNLABELLED)
    if names:
        count = parts.count(UNLABELLED)
        yield DataFinding(
            "left-out",
            False,
            f"{counted(count, 'image')} in {listed(names)} skipped: folders with such a name contain unlabelled "
            "images to predict",
            "to use these images, move them into another folder",
            float(count),
        )


def _refuse_deeper(paths: list[Parts]) -> None:
    """Raise `InputError` when a nested folder contains both a training and a held-out folder."""
    children: dict[Parts, set[str]] = defaultdict(set)
    for parts in paths:
        for depth in range(len(parts) - 1):
            if parts[depth].lower() in SPLIT_WORDS:
                children[parts[:depth]].add(parts[depth])
    for above, names in sorted(children.items()):
        found = {SPLIT_WORDS[name.lower()] for name in names}
        if "train" in found and HELD_OUT & found:
            where = f" in {listed(['/'.join(above)])}" if above else ""
            raise InputError(
                f"the folders {listed(sorted(names))}{where} are named like splits, but other images are not in such "
                f"folders: pass the folder that contains the splits as the data; {PLAIN}"
            )
