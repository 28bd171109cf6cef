"""Find and read label tables next to the images."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ganarium.core.errors import InputError
from ganarium.core.escape import listed
from ganarium.data.files.file_finder import FileFinder, normalized_path
from ganarium.data.files.folder_names import Part, part_named
from ganarium.data.files.label_tables import (
    MOST_TABLES,
    STYLEGAN,
    LabelTable,
    NoLabelsError,
    read_stylegan,
    read_table,
)


@dataclass(frozen=True)
class Tables:
    """Files that may contain labels.

    names: paths of the files
    read: path -> content; raises `InputError` (message without the path)
    """

    names: tuple[str, ...] = ()
    read: Callable[[str], bytes] = lambda _: b""


@dataclass(frozen=True)
class TableLabels:
    """The labels read from tables, and the tables and columns that were not read.

    classes: row of an image -> name of its class
    read: the tables that give these classes
    final: whether there is a StyleGAN table; if so, folders are not classes, even if the table has no labels
    missing: number of entries that match no image
    unread: name of each other file -> the reason why it is not read
    columns: name of each table read -> the titles of its unread columns
    splits: name of each table read -> the unread columns whose names suggest splits
    """

    classes: Mapping[int, str] = field(default_factory=dict)
    read: tuple[str, ...] = ()
    final: bool = False
    missing: int = 0
    unread: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    splits: Mapping[str, Sequence[str]] = field(default_factory=dict)


def search(tables: Tables, names: Sequence[str], parts: Sequence[Part] | None) -> TableLabels:
    """Read the labels of images [n] with the given names and splits from tables.

    Raises `InputError` for a damaged dataset.json, and for tables with different labels for the same image.
    """
    unread: dict[str, str] = {}
    found: list[LabelTable] = []
    has_stylegan = False
    for name in sorted(tables.names, key=lambda name: (name.count("/"), name)):
        if len(found) + len(unread) == MOST_TABLES:
            unread["others"] = f"at most {MOST_TABLES} tables are read"
            break
        finder = _finder(name, names, parts)
        try:
            if PurePosixPath(name).name == STYLEGAN:
                table = _of_stylegan(name, tables, finder)
                has_stylegan = True
            else:
                table = read_table(name, _content(tables, name), finder)
        except NoLabelsError as error:
            unread[name] = str(error)
        else:
            found.append(table)
    if has_stylegan:
        unread |= {table.name: f"the labels are in {STYLEGAN}" for table in found if not _is_stylegan(table)}
        found = [table for table in found if _is_stylegan(table)]
    classes = _merged(found)
    return TableLabels(
        classes,
        tuple(table.name for table in found),
        has_stylegan,
        sum(table.missing for table in found),
        unread,
        {table.name: table.unread for table in found if table.unread},
        {table.name: table.splits for table in found if table.splits},
    )


def _is_stylegan(table: LabelTable) -> bool:
    return PurePosixPath(table.name).name == STYLEGAN


def _of_stylegan(name: str, tables: Tables, finder: FileFinder) -> LabelTable:
    try:
        return read_stylegan(name, tables.read(name), finder)
    except NoLabelsError:
        raise
    except InputError as error:
        raise InputError(f"{name}: {error}; fix the file, or use data.labels=none or folders") from None


def _content(tables: Tables, name: str) -> bytes:
    try:
        return tables.read(name)
    except InputError as error:
        raise NoLabelsError(str(error)) from None


def _finder(name: str, names: Sequence[str], parts: Sequence[Part] | None) -> FileFinder:
    """Return a finder for images below a table's folder, or else all images, in the split named by the table."""
    folder = normalized_path(name).rpartition("/")[0]
    folder = f"{folder}/" if folder else ""
    rows = [row for row, picture in enumerate(names) if normalized_path(picture).startswith(folder)]
    if not rows:
        rows, folder = list(range(len(names))), ""
    part = part_named(PurePosixPath(name).stem)
    if parts and part in parts:
        rows = [row for row in rows if parts[row] == part]
    return FileFinder(names, rows, folder)


def _merged(tables: Sequence[LabelTable]) -> dict[int, str]:
    classes: dict[int, str] = {}
    for table in tables:
        for row, label in table.classes.items():
            if classes.setdefault(row, label) != label:
                raise InputError(
                    f"{listed(each.name for each in tables)} have different labels for the same image; keep only "
                    "one of these tables, or use data.labels=folders or none"
                )
    return classes
