"""Load a folder or zip file of pictures as a data set."""

import warnings
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from math import prod
from os import cpu_count
from pathlib import Path
from typing import Literal, TypeVar

import psutil
import torch
from torch import Tensor

from ganarium.config.files import LARGEST, SMALLEST, FolderConfig, PictureFilesConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.escape import command, listed, printable
from ganarium.core.progress import track
from ganarium.data.datasets import Card, ImageSet, Origin, PairSet, Split
from ganarium.data.files import cache
from ganarium.data.files.archive import FIRST_SUFFIXES, PICTURES, Shelf, changed_at, open_shelf
from ganarium.data.files.conversion_report import origin_of
from ganarium.data.files.decode import Header, Target, decode, header
from ganarium.data.files.file_notes import nothing_there, passed_over, why_unlabelled
from ganarium.data.files.folder_names import HELD_OUT, left_behind, left_behind_plainly
from ganarium.data.files.layout import Layout, arrange
from ganarium.data.files.memory_budget import Budget, alone
from ganarium.data.files.plain_layout import arrange_plainly
from ganarium.data.files.preview import ReadHeader, hidden_by_ground, looks_like_pixel_art
from ganarium.data.files.splits import digest, rows_of, split_of
from ganarium.data.files.table_search import Tables

T = TypeVar("T")
U = TypeVar("U")
LayoutOf = Callable[[Sequence[str]], Layout]
DEFAULT_SIDE = 64
AT_ONCE = 512  # number of files that wait for a thread
NAMED = 3  # number of files in a message
MOST_THREADS = 8  # each of them holds a picture in memory
LONGEST_REASON = 300  # characters of a file's name and the reason why it cannot be read
MEMORY_SHARE = 0.5  # fraction of the free memory
CONTENTS = Budget(32 << 20)  # bytes of files that all threads hold at once
LARGE_BYTES = 1 << 20  # larger files are read one at a time
SUFFIXES: Mapping[int, Collection[str]] = {1: FIRST_SUFFIXES, 2: PICTURES}  # by the version of the decoding rules
IGNORED = {"auto": left_behind, "plain": left_behind_plainly}
NO_MEMORY = "there was too little memory to decode it"


def load(settings: FolderConfig, split: Split = "train") -> ImageSet | PairSet:
    """Load one split: the pictures in its folder if folders divide them, else those selected by their content.

    Folders named trainA, trainB and so on are two domains for translation, a `PairSet`.

    Raises `InputError` when a file cannot be read, unless `settings.unreadable` is "skip", or when no file can.
    """
    path = Path(settings.folder)
    with open_shelf(path, SUFFIXES[settings.decoding], IGNORED[settings.layout]) as shelf:
        return load_from(shelf, path, settings, split, partial(_layout, settings, shelf))


def _layout(settings: FolderConfig, shelf: Shelf, names: Sequence[str]) -> Layout:
    if settings.layout == "plain":
        return arrange_plainly(names, settings.labels, settings.class_order)
    tables = Tables(shelf.tables, lambda name: _on_content(shelf, name, bytes))
    return arrange(names, settings.labels, tables, settings.class_order)


def load_from(
    shelf: Shelf, path: Path, settings: PictureFilesConfig, split: Split, layout_of: LayoutOf
) -> ImageSet | PairSet:
    """Load one split of the encoded pictures on a shelf.

    layout_of: names of pictures -> their splits and labels; raises `InputError` with only the reason
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # codecs warn about unusual but readable files
        seen, unreadable = _look_once(path, shelf, settings.decoding)
        layout = _arranged(path, seen, layout_of)
        seen = [seen[row] for row in layout.rows]
        headers = [one.header for one in seen]
        target = _target(settings, headers)
        rows = _rows(path, settings, split, seen, layout)
        _refuse_too_many(len(rows), target, split)
        images, undecodable = _decoded(shelf, [seen[row] for row in rows], target)
        tried = partial(_decoded, shelf)
        hidden, shown_by = hidden_by_ground([seen[row] for row in rows], target, tried)
        blocks = looks_like_pixel_art([seen[row] for row in rows], target, tried)
    unreadable |= {seen[rows[i]].name: reason for i, reason in undecodable.items()}
    if unreadable and settings.unreadable == "error":
        raise InputError(
            f"{path}: {len(unreadable):,} of {len(shelf.names):,} pictures cannot be read: {_some(unreadable)}; "
            f"mend or remove them, or data.unreadable=skip; {command('data', 'check', path, '--json')} lists them all"
        )
    sound = [i for i in range(len(rows)) if i not in undecodable]
    if not sound:
        raise EmptySplitError(f"{path}: no picture of the {split} split can be read: {_some(unreadable)}")
    rows = [rows[i] for i in sound]
    notes = (*layout.notes, *passed_over(shelf, layout.tables))
    labels = None if layout.labels is None else torch.tensor([layout.labels[row] for row in rows])
    pictures = torch.from_numpy(images[sound] if undecodable else images)
    card = Card(printable(path.name), "", "", f"{len(shelf.names):,} picture files in {printable(str(path))}.")
    treatment = origin_of(target, headers)
    origin = replace(
        treatment,
        names=tuple(printable(seen[row].name) for row in rows),
        hidden=hidden,
        shown_by=shown_by,
        pixel_art=blocks,
        unreadable={printable(name): reason for name, reason in unreadable.items()},
        said=(*treatment.said, *layout.said, *_skipped(unreadable), *map(str, notes)),
        notes=notes,
        unlabelled=why_unlabelled(layout, shelf),
    )
    if layout.domains:
        return _pair_set(pictures, [layout.domains[row] for row in rows], f"{path}: the {split} split", card, origin)
    return ImageSet(settings.kind, pictures, labels, layout.classes, card, origin=origin)


def _pair_set(pictures: Tensor, domains: Sequence[int], where: str, card: Card, origin: Origin) -> PairSet:
    """Return unpaired pictures of two domains, each of which is in domain 0 or 1; there are no known translations."""
    x, y = (pictures[torch.tensor(domains) == domain] for domain in (0, 1))
    for name, some in (("A", x), ("B", y)):
        if not len(some):
            raise EmptySplitError(f"{where} has no pictures of domain {name}")
    return PairSet("folder", x, y, None, None, ("A", "B"), paired=False, card=card, origin=origin)


_last_look: dict[Path, tuple[str, list[ReadHeader]]] = {}


def _look_once(path: Path, shelf: Shelf, decoding: Literal[1, 2]) -> tuple[list[ReadHeader], dict[str, str]]:
    """Read the headers of pictures, or reuse the last result if nothing changed since and all files were readable."""
    mark = f"{changed_at(path)} {decoding}"
    last, found = _last_look.get(path, ("", []))
    if last == mark and [one.name for one in found] == list(shelf.names):
        return list(found), {}
    _last_look.clear()
    seen, reasons = _look(path, shelf, decoding)
    if not reasons:
        _last_look[path] = (mark, list(seen))
    return seen, reasons


def _look(path: Path, shelf: Shelf, decoding: Literal[1, 2]) -> tuple[list[ReadHeader], dict[str, str]]:
    """Return each file's digest and header, and the reason for each file without a readable header."""

    def look(name: str) -> ReadHeader | str:
        try:
            return _on_content(
                shelf, name, lambda content: ReadHeader(name, digest(content), header(content, decoding))
            )
        except InputError as error:
            return str(error)
        except MemoryError:
            return NO_MEMORY

    seen: list[ReadHeader] = []
    reasons: dict[str, str] = {}
    for name, one in zip(shelf.names, _in_threads(look, shelf.names, "looking at pictures"), strict=True):
        if isinstance(one, ReadHeader):
            seen.append(one)
        else:
            reasons[name] = one
    if not seen:
        why = f"none of {len(reasons):,} can be read: {_some(reasons)}" if reasons else nothing_there(shelf)
        raise InputError(f"{path}: no pictures; {why}")
    return seen, reasons


def _target(settings: PictureFilesConfig, headers: Sequence[Header]) -> Target:
    sizes = {one.size for one in headers}
    (common,) = sizes if len(sizes) == 1 else ((0, 0),)
    own = common if all(SMALLEST <= side <= LARGEST for side in common) else (DEFAULT_SIDE, DEFAULT_SIDE)
    grey = all(one.grey for one in headers) if settings.colour == "auto" else settings.colour == "grey"
    return Target(
        settings.size or own,
        settings.fit,
        grey,
        settings.ground,
        settings.invert,
        settings.resample,
        settings.decoding,
    )


def _arranged(path: Path, seen: Sequence[ReadHeader], layout_of: LayoutOf) -> Layout:
    try:
        return layout_of([one.name for one in seen])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _rows(
    path: Path, settings: PictureFilesConfig, split: Split, seen: Sequence[ReadHeader], layout: Layout
) -> list[int]:
    """Return the pictures of one split: those in its folder, else those selected by their content."""
    folders = layout.splits
    if folders is None:
        rows = rows_of(split, (one.digest for one in seen), settings.held_out)
    elif split == "test" or "validation" in folders:
        rows = [row for row, name in enumerate(folders) if name == split]
    else:
        mine = {
            row: split_of(seen[row].digest, settings.held_out / 2)
            for row, name in enumerate(folders)
            if name == "train"
        }
        rows = [row for row, part in mine.items() if (part == "train") == (split == "train")]
    if not rows:
        raise EmptySplitError(f"{path}: the {split} split is empty; {_why_empty(settings, seen, folders)}")
    if split == "train" and settings.count is not None:
        return _some_of_each(rows, layout.domains, seen, settings.count)
    return rows


def _some_of_each(
    rows: Sequence[int], domains: Sequence[int] | None, seen: Sequence[ReadHeader], count: int
) -> list[int]:
    """Return at most `count` rows, of each domain if there are two; selected by digest, so from all classes."""
    chosen, taken = list[int](), Counter[int]()
    for row in sorted(rows, key=lambda row: seen[row].digest):
        domain = domains[row] if domains else 0
        taken[domain] += 1
        if taken[domain] <= count:
            chosen.append(row)
    return sorted(chosen)


def _why_empty(settings: PictureFilesConfig, seen: Sequence[ReadHeader], folders: tuple[Split, ...] | None) -> str:
    if folders and not HELD_OUT.isdisjoint(folders):
        return f"its folders hold {', '.join(sorted(set(folders)))} alone"
    return f"of {len(seen):,} pictures data.held_out={settings.held_out:g} are kept from training"


def _refuse_too_many(n: int, target: Target, split: Split) -> None:
    each, free = prod(target.shape), int(psutil.virtual_memory().available * MEMORY_SHARE)
    if n * each <= free:
        return
    ways = ["a smaller data.size", *([] if target.grey else ["data.colour=grey"])]
    if split == "train" and free >= each:  # `count` limits only the train split
        ways.append(f"data.count={free // each}")
    raise InputError(
        f"{n:,} pictures of {'×'.join(map(str, target.shape))} take {n * each:,} bytes, {free:,} are free for them: "
        f"choose {' or '.join(ways)}"
    )


def _decoded(shelf: Shelf, seen: Sequence[ReadHeader], target: Target) -> tuple[cache.Bytes, cache.Reasons]:
    """Return the pixels [n, C, H, W], and the reasons for rows without pixels."""

    def fill(array: cache.Bytes) -> tuple[cache.Reasons, bool]:
        passing: list[int] = []  # rows that a later attempt may decode

        def decode_row(row: int) -> str:
            def work(content: bytes) -> str:
                if digest(content) != seen[row].digest:
                    raise InputError("it changed while it was read")
                return _decoded_into(array[row], content, target)

            try:
                return _on_content(shelf, seen[row].name, work)
            except (InputError, MemoryError) as error:
                passing.append(row)
                return NO_MEMORY if isinstance(error, MemoryError) else str(error)

        rows = range(len(seen))
        reasons = zip(rows, _in_threads(decode_row, rows, "decoding pictures"), strict=True)
        return {row: reason for row, reason in reasons if reason}, not passing

    shape = (len(seen), *target.shape)
    return cache.kept(cache.key(target, [one.digest for one in seen]), shape, fill)


def _decoded_into(place: cache.Bytes, content: bytes, target: Target) -> str:
    """Write a picture's pixels [C, H, W] to `place`; return the decoder's error message, or "" if there is none."""
    try:
        place[:] = decode(content, target)
    except InputError as error:
        return str(error)
    return ""


def _on_content(shelf: Shelf, name: str, work: Callable[[bytes], U]) -> U:
    """Call `work` on a file's bytes, which are read when memory is available and released afterwards."""
    size = shelf.size(name)
    with CONTENTS.taken(size):
        return work(alone(shelf.read, name) if size > LARGE_BYTES else shelf.read(name))


def _in_threads(function: Callable[[T], U], items: Sequence[T], doing: str) -> Iterator[U]:
    """Yield results in order, with a bounded number of them waiting."""
    with ThreadPoolExecutor(min(cpu_count() or 1, MOST_THREADS)) as threads:
        parts = (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
        yield from track(doing, (result for part in parts for result in threads.map(function, part)), len(items))


def _skipped(unreadable: Mapping[str, str]) -> Iterator[str]:
    if unreadable:
        yield f"{len(unreadable):,} files skipped: {_some(unreadable)}"


def _some(reasons: Mapping[str, str]) -> str:
    """Format the first few reasons in one line."""
    return listed((f"{printable(name)} ({reason})" for name, reason in reasons.items()), NAMED, LONGEST_REASON)
