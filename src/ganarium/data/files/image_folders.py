"""Load a folder or zip file of images as a data set."""

import warnings
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

from ganarium.config.data_files import LARGEST, SMALLEST, FolderConfig, PictureFilesConfig
from ganarium.core.errors import EmptySplitError, InputError
from ganarium.core.escape import command, counted, listed, printable
from ganarium.core.progress import track
from ganarium.data.datasets import Card, ImageSet, Origin, PairSet, Split
from ganarium.data.files import cache
from ganarium.data.files.content_splits import digest
from ganarium.data.files.conversion_report import conversion_origin
from ganarium.data.files.decode import Header, Target, decode, header
from ganarium.data.files.folder_names import system_file_kind, system_file_kind_plain
from ganarium.data.files.folder_or_zip import FIRST_SUFFIXES, PICTURES, ImageFiles, changed_at, open_image_files
from ganarium.data.files.label_table_search import Tables
from ganarium.data.files.layout import Layout, arrange
from ganarium.data.files.memory_budget import Budget, one_at_a_time
from ganarium.data.files.plain_layout import arrange_plainly
from ganarium.data.files.sampled_checks import ReadHeader, hidden_by_ground, is_pixel_art
from ganarium.data.files.skipped_files import file_findings, no_files_reason, why_unlabelled
from ganarium.data.files.split_selection import picture_rows

T = TypeVar("T")
U = TypeVar("U")
LayoutOf = Callable[[Sequence[str]], Layout]
DEFAULT_SIDE = 64
AT_ONCE = 512  # number of files that wait for a thread
MOST_LISTED = 3  # files in a message
MOST_THREADS = 8  # each thread holds an image in memory
LONGEST_REASON = 300  # characters of a file's name and the reason why it cannot be read
MEMORY_SHARE = 0.5  # fraction of the free memory
CONTENTS = Budget(32 << 20)  # bytes of files that all threads hold at once
LARGE_BYTES = 1 << 20  # larger files are read one at a time
SUFFIXES: Mapping[int, Collection[str]] = {1: FIRST_SUFFIXES, 2: PICTURES}  # by the version of the decoding rules
IGNORED = {"auto": system_file_kind, "plain": system_file_kind_plain}
NO_MEMORY = "not enough memory to decode the image"


def load(settings: FolderConfig, split: Split = "train") -> ImageSet | PairSet:
    """Load one split: the images in its folder or, without split folders, those selected by a hash of their content.

    Folders named trainA, trainB and so on are two domains for translation, returned as a `PairSet`.

    Raises `InputError` when a file cannot be read, unless `settings.unreadable` is "skip", or when no file can be
    read.
    """
    path = Path(settings.folder)
    with open_image_files(path, SUFFIXES[settings.decoding], IGNORED[settings.layout]) as files:
        return load_from(files, path, settings, split, partial(_layout, settings, files))


def _layout(settings: FolderConfig, files: ImageFiles, names: Sequence[str]) -> Layout:
    if settings.layout == "plain":
        return arrange_plainly(names, settings.labels, settings.class_order)
    tables = Tables(files.tables, lambda name: _on_content(files, name, bytes))
    return arrange(names, settings.labels, tables, settings.class_order)


def load_from(
    files: ImageFiles, path: Path, settings: PictureFilesConfig, split: Split, layout_of: LayoutOf
) -> ImageSet | PairSet:
    """Load one split of the encoded images in `files`.

    layout_of: names of images -> splits and labels; raises `InputError` (message without the path)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # codecs warn about unusual but readable files
        scanned, unreadable = _read_headers_once(path, files, settings.decoding)
        layout = _arranged(path, scanned, layout_of)
        scanned = [scanned[row] for row in layout.rows]
        headers = [one.header for one in scanned]
        target = _target(settings, headers)
        rows = picture_rows(path, settings, split, [one.digest for one in scanned], layout)
        _refuse_too_many(len(rows), target, split)
        images, undecodable = _decoded(files, [scanned[row] for row in rows], target)
        decode_some = partial(_decoded, files)
        hidden, shown_by = hidden_by_ground([scanned[row] for row in rows], target, decode_some)
        blocks = is_pixel_art([scanned[row] for row in rows], target, decode_some)
    unreadable |= {scanned[rows[i]].name: reason for i, reason in undecodable.items()}
    if unreadable and settings.unreadable == "error":
        raise InputError(
            f"{path}: {len(unreadable):,} of {len(files.names):,} images cannot be read: {_first_reasons(unreadable)}; "
            f"fix or delete them, or use data.unreadable=skip; {command('data', 'check', path, '--json')} lists all "
            "of them"
        )
    decoded = [i for i in range(len(rows)) if i not in undecodable]
    if not decoded:
        raise EmptySplitError(f"{path}: no image of the {split} split can be read: {_first_reasons(unreadable)}")
    rows = [rows[i] for i in decoded]
    findings = (*layout.findings, *file_findings(files, layout.tables))
    labels = None if layout.labels is None else torch.tensor([layout.labels[row] for row in rows])
    pictures = torch.from_numpy(images[decoded] if undecodable else images)
    card = Card(printable(path.name), "", "", f"{len(files.names):,} image files in {printable(str(path))}.")
    converted = conversion_origin(target, headers)
    origin = replace(
        converted,
        names=tuple(printable(scanned[row].name) for row in rows),
        hidden=hidden,
        shown_by=shown_by,
        pixel_art=blocks,
        unreadable={printable(name): reason for name, reason in unreadable.items()},
        messages=(*converted.messages, *layout.messages, *_skipped(unreadable), *map(str, findings)),
        findings=findings,
        unlabelled=why_unlabelled(layout, files),
    )
    if layout.domains:
        return _pair_set(pictures, [layout.domains[row] for row in rows], f"{path}: the {split} split", card, origin)
    return ImageSet(settings.kind, pictures, labels, layout.classes, card, origin=origin)


def _pair_set(pictures: Tensor, domains: Sequence[int], where: str, card: Card, origin: Origin) -> PairSet:
    """Return unpaired images of two domains, without known translations; `domains` has 0 or 1 for each image."""
    x, y = (pictures[torch.tensor(domains) == domain] for domain in (0, 1))
    for name, some in (("A", x), ("B", y)):
        if not len(some):
            raise EmptySplitError(f"{where} has no images of domain {name}")
    return PairSet("folder", x, y, None, None, ("A", "B"), paired=False, card=card, origin=origin)


_last_headers: dict[Path, tuple[str, list[ReadHeader]]] = {}


def _read_headers_once(
    path: Path, files: ImageFiles, decoding: Literal[1, 2]
) -> tuple[list[ReadHeader], dict[str, str]]:
    """Read the headers of images, or reuse the last result if no file has changed and all were readable."""
    mark = f"{changed_at(path)} {decoding}"
    last, found = _last_headers.get(path, ("", []))
    if last == mark and [one.name for one in found] == list(files.names):
        return list(found), {}
    _last_headers.clear()
    scanned, reasons = _read_headers(path, files, decoding)
    if not reasons:
        _last_headers[path] = (mark, list(scanned))
    return scanned, reasons


def _read_headers(path: Path, files: ImageFiles, decoding: Literal[1, 2]) -> tuple[list[ReadHeader], dict[str, str]]:
    """Return the digest and header of each readable file, and the reason for each unreadable file."""

    def read_header(name: str) -> ReadHeader | str:
        try:
            return _on_content(
                files, name, lambda content: ReadHeader(name, digest(content), header(content, decoding))
            )
        except InputError as error:
            return str(error)
        except MemoryError:
            return NO_MEMORY

    scanned: list[ReadHeader] = []
    reasons: dict[str, str] = {}
    for name, one in zip(files.names, _in_threads(read_header, files.names, "reading file headers"), strict=True):
        if isinstance(one, ReadHeader):
            scanned.append(one)
        else:
            reasons[name] = one
    if not scanned:
        why = f"none of {len(reasons):,} can be read: {_first_reasons(reasons)}" if reasons else no_files_reason(files)
        raise InputError(f"{path}: found no images: {why}")
    return scanned, reasons


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


def _arranged(path: Path, scanned: Sequence[ReadHeader], layout_of: LayoutOf) -> Layout:
    try:
        return layout_of([one.name for one in scanned])
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _refuse_too_many(n: int, target: Target, split: Split) -> None:
    each, free = prod(target.shape), int(psutil.virtual_memory().available * MEMORY_SHARE)
    if n * each <= free:
        return
    ways = ["a smaller data.size", *([] if target.grey else ["data.colour=grey"])]
    if split == "train" and free >= each:  # `count` limits only the train split
        ways.append(f"data.count={free // each}")
    raise InputError(
        f"{n:,} images of {'×'.join(map(str, target.shape))} need {n * each:,} bytes, but only {free:,} are available; "
        f"use {' or '.join(ways)}"
    )


def _decoded(files: ImageFiles, scanned: Sequence[ReadHeader], target: Target) -> tuple[cache.Bytes, cache.Reasons]:
    """Return the pixels [n, C, H, W], and the reason for each row without pixels."""

    def fill(array: cache.Bytes) -> tuple[cache.Reasons, bool]:
        temporary: list[int] = []  # rows that a later attempt may decode

        def decode_row(row: int) -> str:
            def work(content: bytes) -> str:
                if digest(content) != scanned[row].digest:
                    raise InputError("the file changed while it was read")
                return _decoded_into(array[row], content, target)

            try:
                return _on_content(files, scanned[row].name, work)
            except (InputError, MemoryError) as error:
                temporary.append(row)
                return NO_MEMORY if isinstance(error, MemoryError) else str(error)

        rows = range(len(scanned))
        reasons = zip(rows, _in_threads(decode_row, rows, "decoding images"), strict=True)
        return {row: reason for row, reason in reasons if reason}, not temporary

    shape = (len(scanned), *target.shape)
    return cache.cached(cache.key(target, [one.digest for one in scanned]), shape, fill)


def _decoded_into(place: cache.Bytes, content: bytes, target: Target) -> str:
    """Write an image's pixels [C, H, W] to `place`; return the decoder's error message, or "" if there is none."""
    try:
        place[:] = decode(content, target)
    except InputError as error:
        return str(error)
    return ""


def _on_content(files: ImageFiles, name: str, work: Callable[[bytes], U]) -> U:
    """Read a file once the memory budget allows it, and call `work` on its bytes."""
    size = files.size(name)
    with CONTENTS.taken(size):
        return work(one_at_a_time(files.read, name) if size > LARGE_BYTES else files.read(name))


def _in_threads(function: Callable[[T], U], items: Sequence[T], doing: str) -> Iterator[U]:
    """Call a function in threads; yield the results in order, with a bounded number pending."""
    with ThreadPoolExecutor(min(cpu_count() or 1, MOST_THREADS)) as threads:
        parts = (items[start : start + AT_ONCE] for start in range(0, len(items), AT_ONCE))
        yield from track(doing, (result for part in parts for result in threads.map(function, part)), len(items))


def _skipped(unreadable: Mapping[str, str]) -> Iterator[str]:
    if unreadable:
        yield f"{counted(len(unreadable), 'file')} skipped: {_first_reasons(unreadable)}"


def _first_reasons(reasons: Mapping[str, str]) -> str:
    """Format the first few reasons on one line."""
    return listed((f"{printable(name)} ({reason})" for name, reason in reasons.items()), MOST_LISTED, LONGEST_REASON)
