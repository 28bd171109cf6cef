"""Determine the split and class of each image from the names of folders and from label tables."""

import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Literal

from ganarium.config.data_files import ClassOrder
from ganarium.core.errors import InputError
from ganarium.core.escape import listed, printable
from ganarium.data.datasets import Split
from ganarium.data.files.folder_names import HELD_OUT, UNLABELLED, Part, are_parts_of_one
from ganarium.data.files.label_table_search import TableLabels, Tables, search
from ganarium.data.files.label_validation import MOST_CLASSES, in_order
from ganarium.data.files.layout_warnings import (
    deeper_folders,
    labels_lost,
    left_out,
    names_alike,
    unknown_folders,
    unread_columns,
    unread_tables,
)
from ganarium.data.files.split_folders import Divided, divide
from ganarium.data.finding import DataFinding

LabelSource = Literal["auto", "folders", "table", "none"]
MOST_UNLABELLED = 0.1  # of the training images: if more lack a label, the data set has no labels
MOST_LISTED = 3  # folders in a message
NO_TABLES = Tables()


@dataclass(frozen=True)
class Layout:
    """The splits and labels of a data set, determined from its folders and label tables.

    rows: the images that are used, [n]
    splits: the split of each image, [n]; None when no folder is named like a split
    labels: the label of each image, [n], an index into `classes`; None when there are no labels
    messages: explanations, one sentence each
    findings: findings for the check of the data
    unlabelled: the reason why there are no labels; "" when there are labels
    tables: the tables from which labels are read, or which agree with the folders
    domains: the domain of each image, 0 or 1, if the folders are two domains for translation; otherwise None
    """

    rows: tuple[int, ...]
    splits: tuple[Split, ...] | None
    labels: tuple[int, ...] | None
    classes: tuple[str, ...]
    messages: tuple[str, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    unlabelled: str = ""
    tables: tuple[str, ...] = ()
    domains: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Labelling:
    """The class of each image and the source of the classes.

    classes: the class of each image, [n]; None if unknown
    order: all classes, sorted as text
    source: description of the source
    without: predicate in messages for images without a class
    unit: noun in messages for the source of one class
    why_not: the reason why there are no labels; "" when there are labels
    """

    classes: tuple[str | None, ...]
    order: tuple[str, ...] = ()
    source: str = ""
    without: str = ""
    unit: str = "sub-folder"
    tables: tuple[str, ...] = ()
    why_not: str = ""
    findings: tuple[DataFinding, ...] = ()


def arrange(
    names: Sequence[str], labels: LabelSource, tables: Tables = NO_TABLES, order: ClassOrder = "natural"
) -> Layout:
    """Determine the splits and classes of images [n] from their paths, ignoring leading folders shared by all.

    tables: the files next to the images that may hold labels
    order: sort order of the class names

    Raises `InputError` (message without the path) when labels are required and there are none, when two sources of
    labels disagree, and when some folders are named like splits and others are not.
    """
    divided = divide([PurePosixPath(name).parts for name in names])
    parts: Sequence[str | None] = divided.parts or (None,) * len(names)
    rows = [row for row, part in enumerate(parts) if part != UNLABELLED]
    found = _labelling(names, divided, labels, tables)
    messages, findings = list(divided.messages), [*divided.findings, *found.findings]
    if found.why_not:
        if labels in ("folders", "table"):
            raise InputError(f"data.labels={labels}: {found.why_not}")
        if labels == "auto" and not divided.domains and not any(finding.name == "labels-lost" for finding in findings):
            messages.insert(0, f"no labels: {found.why_not}")
        splits = _splits(divided, rows)
        return Layout(
            tuple(rows),
            splits,
            None,
            (),
            tuple(messages),
            tuple(findings),
            found.why_not,
            found.tables,
            divided.domains,
        )
    left = [row for row in rows if found.classes[row] is None]
    rows = [row for row in rows if found.classes[row] is not None]
    findings += left_out([names[row] for row in left])
    splits = _splits(divided, rows)
    if divided.parts and splits is None:
        messages.append("no validation or test folder has labelled images, so data.held_out is used")
    classes = in_order(found.order, order)
    number = {name: i for i, name in enumerate(classes)}
    return Layout(
        tuple(rows),
        splits,
        tuple(number[found.classes[row] or ""] for row in rows),
        tuple(map(printable, classes)),
        (found.source, *messages),
        tuple(findings),
        tables=found.tables,
    )


def _labelling(names: Sequence[str], divided: Divided, labels: LabelSource, tables: Tables) -> Labelling:
    """Return the classes from a table or the folders, or the reason why there are no classes."""
    if labels == "none":
        return Labelling((None,) * len(names), why_not="data.labels=none")
    if divided.domains:
        return Labelling((None,) * len(names), why_not="the folders are two domains for translation")
    if labels == "folders":
        return _checked(_from_folders(divided, required=True), divided, required=True)
    found = search(tables, names, divided.parts)
    findings = (*unread_tables(found.unread), *unread_columns(found, bool(divided.parts)))
    if found.final or labels == "table" or not found.classes:
        chosen = _from_table(names, found) if found.final or labels == "table" else _from_folders(divided)
        chosen = _checked(chosen, divided, required=labels == "table")
    else:
        chosen = _either(_checked(_from_folders(divided), divided), _from_table(names, found), divided)
    return replace(chosen, findings=(*chosen.findings, *findings))


def _from_folders(divided: Divided, *, required: bool = False) -> Labelling:
    """Use the first folder of each path as the class; names that differ only in Unicode composition are one class.

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
        return Labelling(classes, why_not="the images are not in sub-folders, or are all in one sub-folder")
    stems: dict[str, list[str]] = defaultdict(list)
    for parts in inside:
        if len(parts) > 1:
            stems[parts[0]].append(PurePosixPath(parts[-1]).stem)
    why_not = ""
    if not required and are_parts_of_one(stems):
        why_not = f"the folders {listed(order, MOST_LISTED)} are parts of one numbered series, not classes"
    return Labelling(
        classes,
        order,
        f"labels: the names of {len(order)} sub-folders",
        f"are next to the sub-folders ({listed(order, MOST_LISTED)}) instead of in them",
        why_not=why_not,
        findings=(
            *names_alike({top for top in tops if top is not None}),
            *deeper_folders(inside),
            *unknown_folders(unknown),
            *labels_lost(why_not),
        ),
    )


def _unknown(classes: Sequence[str | None], parts: Sequence[Part] | None) -> dict[Part, str]:
    """Map each held-out part whose only folder is not a class of the training part to the name of that folder."""
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
    missing = f"; entries without an image: {found.missing:,}" if found.missing else ""
    return Labelling(
        tuple(found.classes.get(row) for row in range(len(names))),
        order,
        f"labels: {len(order)} classes from {where}{missing}",
        f"have no label in {where}",
        "class",
        found.read,
        "" if found.classes else f"{where} declares that there are none" if found.final else "no table could be read",
    )


def _either(folders: Labelling, table: Labelling, divided: Divided) -> Labelling:
    """Return the classes from the folders if the table agrees, or from the table if the folders define none."""
    if folders.why_not:
        return _checked(table, divided)
    pairs = {(one, other) for one, other in zip(folders.classes, table.classes, strict=True) if one and other}
    if len(pairs) > len({one for one, _ in pairs}) or len(pairs) > len({other for _, other in pairs}):
        raise InputError(
            f"the sub-folders and a table give different labels ({table.source.removeprefix('labels: ')}); choose "
            "data.labels=folders, table or none"
        )
    return replace(folders, tables=table.tables)


def _checked(found: Labelling, divided: Divided, *, required: bool = False) -> Labelling:
    """Drop the labels if there are too few or too many classes, or too many unlabelled training images."""
    if found.why_not:
        return found
    parts: Sequence[str | None] = divided.parts or ("train",) * len(found.classes)
    train = [name for name, part in zip(found.classes, parts, strict=True) if part == "train"]
    unlabelled = train.count(None)
    why_not = ""
    if unlabelled > MOST_UNLABELLED * len(train) and not (required and len(found.order) > 1):
        why_not = f"{unlabelled:,} of {len(train):,} images {found.without}"
    elif len(found.order) == 1:
        return replace(found, why_not=f"there is only one {found.unit}")
    elif len(found.order) > MOST_CLASSES:
        why_not = f"there are {len(found.order):,} classes, more than the maximum of {MOST_CLASSES:,}"
    return replace(found, why_not=why_not, findings=(*found.findings, *labels_lost(why_not)))


def _splits(divided: Divided, rows: Sequence[int]) -> tuple[Split, ...] | None:
    """Return the splits of the given rows; None without split folders, or when no held-out image is left."""
    if divided.parts is None:
        return None
    splits = tuple(part for row in rows if (part := divided.parts[row]) != UNLABELLED)
    return None if HELD_OUT.isdisjoint(splits) and not HELD_OUT.isdisjoint(divided.parts) else splits
