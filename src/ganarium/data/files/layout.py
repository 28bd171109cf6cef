"""Determine the split and class of each picture from the names of folders and from label tables."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from ganarium.config.files import ClassOrder
from ganarium.core.errors import InputError
from ganarium.core.escape import listed, printable
from ganarium.data.datasets import Note, Split
from ganarium.data.files.folder_names import HELD_OUT, UNLABELLED, Part, are_parts_of_one
from ganarium.data.files.labels import MOST_CLASSES, in_order
from ganarium.data.files.layout_notes import (
    deeper,
    left_out,
    lost,
    names_alike,
    unknown_folders,
    unread,
    unread_columns,
)
from ganarium.data.files.split_folders import Divided, divide
from ganarium.data.files.table_search import TableLabels, Tables, search

LabelSource = Literal["auto", "folders", "table", "none"]
MOST_STRAYS = 0.1  # of the training pictures: if more lack a label, the data set has no labels
NAMED = 3  # number of files in a message
NO_TABLES = Tables()


@dataclass(frozen=True)
class Layout:
    """The splits and labels of a set, according to its folders and the tables next to the pictures.

    rows: the pictures that are used, [n]
    splits: the split of each, [n]; None when no folder names one
    labels: the label of each, [n], indices into `classes`; None when there are none
    said: explanations, one sentence each
    notes: findings for the check of the data
    unlabelled: why there are no labels; "" when there are
    tables: the tables from which labels are read, or which agree with the folders
    domains: 0 or 1 for each picture for translation; None for all other sets
    """

    rows: tuple[int, ...]
    splits: tuple[Split, ...] | None
    labels: tuple[int, ...] | None
    classes: tuple[str, ...]
    said: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    unlabelled: str = ""
    tables: tuple[str, ...] = ()
    domains: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Labelling:
    """The class of each picture and the source of the classes.

    classes: the class of each picture, [n]; None if unknown
    order: all classes, sorted as text
    said: description of the source
    place: predicate in messages for pictures without a class
    unit: noun in messages for the source of one class
    why_not: why there are no labels; "" when there are
    """

    classes: tuple[str | None, ...]
    order: tuple[str, ...] = ()
    said: str = ""
    place: str = ""
    unit: str = "sub-folder"
    tables: tuple[str, ...] = ()
    why_not: str = ""
    notes: tuple[Note, ...] = ()


def arrange(
    names: Sequence[str], labels: LabelSource, tables: Tables = NO_TABLES, order: ClassOrder = "natural"
) -> Layout:
    """Read the paths [n] of pictures: skip folders that hold everything, then split by train/test, then by class.

    tables: the files next to the pictures that may hold labels
    order: how the names of the classes are sorted

    Raises `InputError` with only the reason when labels are required and there are none, when two sources of labels
    disagree, and when some folders are named as splits and others are not.
    """
    divided = divide([PurePosixPath(name).parts for name in names])
    parts: Sequence[str | None] = divided.parts or (None,) * len(names)
    rows = [row for row, part in enumerate(parts) if part != UNLABELLED]
    found = _labelling(names, divided, labels, tables)
    said, notes = list(divided.said), [*divided.notes, *found.notes]
    if found.why_not:
        if labels in ("folders", "table"):
            raise InputError(f"data.labels={labels}: {found.why_not}")
        if labels == "auto" and not divided.domains and not any(note.name == "labels-lost" for note in notes):
            said.insert(0, f"no labels: {found.why_not}")
        splits = _splits(divided, rows)
        return Layout(
            tuple(rows), splits, None, (), tuple(said), tuple(notes), found.why_not, found.tables, divided.domains
        )
    left = [row for row in rows if found.classes[row] is None]
    rows = [row for row in rows if found.classes[row] is not None]
    notes += left_out([names[row] for row in left])
    splits = _splits(divided, rows)
    if divided.parts and splits is None:
        said.append("no picture with a label is held out by a folder, so data.held_out decides")
    classes = in_order(found.order, order)
    number = {name: i for i, name in enumerate(classes)}
    return Layout(
        tuple(rows),
        splits,
        tuple(number[found.classes[row] or ""] for row in rows),
        tuple(map(printable, classes)),
        (found.said, *said),
        tuple(notes),
        tables=found.tables,
    )


def _labelling(names: Sequence[str], divided: Divided, labels: LabelSource, tables: Tables) -> Labelling:
    """Return classes from a table or from the folders, or the reason why there are none."""
    if labels == "none":
        return Labelling((None,) * len(names), why_not="data.labels=none")
    if divided.domains:
        return Labelling((None,) * len(names), why_not="the folders are two domains for translation")
    if labels == "folders":
        return _checked(_from_folders(divided, insists=True), divided, insists=True)
    found = search(tables, names, divided.parts)
    notes = (*unread(found.unread), *unread_columns(found, bool(divided.parts)))
    if found.final or labels == "table" or not found.classes:
        chosen = _from_table(names, found) if found.final or labels == "table" else _from_folders(divided)
        chosen = _checked(chosen, divided, insists=labels == "table")
    else:
        chosen = _either(_checked(_from_folders(divided), divided), _from_table(names, found), divided)
    return replace(chosen, notes=(*chosen.notes, *notes))


def _from_folders(divided: Divided, *, insists: bool = False) -> Labelling:
    """Take the first folder of each path as its class; names that differ only in Unicode composition are one class.

    A held-out part has no classes if it holds a single folder that is not a class of the training part.
    """
    inside = divided.inside
    tops = [parts[0] if len(parts) > 1 else None for parts in inside]
    classes = tuple(None if top is None else unicodedata.normalize("NFC", top) for top in tops)
    unknown = _unknown(classes, divided.parts)
    if divided.parts:
        classes = tuple(None if part in unknown else name for name, part in zip(classes, divided.parts, strict=True))
    order = tuple(sorted({name for name in classes if name is not None}))
    if not order:
        return Labelling(classes, why_not="the pictures lie in no sub-folders, or all in one")
    stems: dict[str, list[str]] = defaultdict(list)
    for parts in inside:
        if len(parts) > 1:
            stems[parts[0]].append(PurePosixPath(parts[-1]).stem)
    why_not = ""
    if not insists and are_parts_of_one(stems):
        why_not = f"the folders {listed(order, NAMED)} divide numbered files and are not classes"
    return Labelling(
        classes,
        order,
        f"labels: the names of {len(order)} sub-folders",
        f"lie beside the sub-folders ({listed(order, NAMED)}), not in them",
        why_not=why_not,
        notes=(
            *names_alike({top for top in tops if top is not None}),
            *deeper(inside),
            *unknown_folders(unknown),
            *lost(why_not),
        ),
    )


def _unknown(classes: Sequence[str | None], parts: Sequence[Part] | None) -> dict[Part, str]:
    """Return the held-out parts with a single folder that is not a class of the training part, and its name."""
    folders: dict[Part, set[str | None]] = defaultdict(set)
    for name, part in zip(classes, parts or (), strict=bool(parts)):
        folders[part].add(name)
    known = {name.casefold().strip() for name in folders["train"] if name}
    return {
        part: name
        for part, names in folders.items()
        if part in HELD_OUT and known and len(names) == 1
        if (name := next(iter(names))) and name.casefold().strip() not in known
    }


def _from_table(names: Sequence[str], found: TableLabels) -> Labelling:
    where = listed(found.read)
    order = tuple(sorted(set(found.classes.values())))
    missing = f"; {found.missing:,} of its entries name no picture here" if found.missing else ""
    return Labelling(
        tuple(found.classes.get(row) for row in range(len(names))),
        order,
        f"labels: {len(order)} classes from {where}{missing}",
        f"have no label in {where}",
        "class",
        found.read,
        "" if found.classes else f"{where} says that there are none" if found.final else "no table could be read",
    )


def _either(folders: Labelling, table: Labelling, divided: Divided) -> Labelling:
    """Return the folders' classes if the table agrees with them, or the table's if the folders give none."""
    if folders.why_not:
        return _checked(table, divided)
    pairs = {(one, other) for one, other in zip(folders.classes, table.classes, strict=True) if one and other}
    if len(pairs) > len({one for one, _ in pairs}) or len(pairs) > len({other for _, other in pairs}):
        raise InputError(
            f"the sub-folders and a table give different labels ({table.said.removeprefix('labels: ')}): choose "
            "data.labels=folders, table or none"
        )
    return replace(folders, tables=table.tables)


def _checked(found: Labelling, divided: Divided, *, insists: bool = False) -> Labelling:
    """Drop the classes if they are too few or too many, or if too many training pictures have none."""
    if found.why_not:
        return found
    parts: Sequence[str | None] = divided.parts or ("train",) * len(found.classes)
    train = [name for name, part in zip(found.classes, parts, strict=True) if part == "train"]
    strays = train.count(None)
    why_not = ""
    if strays > MOST_STRAYS * len(train) and not (insists and len(found.order) > 1):
        why_not = f"{strays:,} of {len(train):,} pictures {found.place}"
    elif len(found.order) == 1:
        return replace(found, why_not=f"there is one {found.unit} only")
    elif len(found.order) > MOST_CLASSES:
        why_not = f"{len(found.order):,} {found.unit}s are too many, at most {MOST_CLASSES:,}"
    return replace(found, why_not=why_not, notes=(*found.notes, *lost(why_not)))


def _splits(divided: Divided, rows: Sequence[int]) -> tuple[Split, ...] | None:
    """Return the splits of these pictures; None when no picture held out by folders is left."""
    if divided.parts is None:
        return None
    kept = tuple(part for row in rows if (part := divided.parts[row]) != UNLABELLED)
    return None if HELD_OUT.isdisjoint(kept) and not HELD_OUT.isdisjoint(divided.parts) else kept
