"""Read labels from files next to the images: StyleGAN's dataset.json, and CSV, TSV and JSON Lines tables."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from pathlib import PurePosixPath
from typing import Any

from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed
from ganarium.data.files.file_finder import FileFinder
from ganarium.data.files.label_validation import MOST_CLASSES, class_names

STYLEGAN = "dataset.json"
MOST_BYTES = 32 << 20  # per table
MOST_VALUES = 2_000_000  # per JSON file
LONGEST_LINE = 1 << 20  # characters in one line of a .jsonl file
MOST_TABLES = 32
FEWEST_PER_CLASS = 2  # images per class on average; with fewer, the values are captions or measurements
NAMES = (
    "file_name",
    "filename",
    "file",
    "image",
    "image_id",
    "image_name",
    "image_index",
    "img",
    "img_name",
    "id",
    "id_code",
    "path",
    "image_path",
    "img_path",
    "filepath",
    "file_path",
    "name",
)
LABELS = (
    "label",
    "labels",
    "class",
    "classes",
    "class_name",
    "class_id",
    "classid",
    "category",
    "category_id",
    "target",
)
CAPTIONS = ("text",)  # labels only if there is no other label column
SPLITS = ("split", "set", "subset", "fold", "partition")  # not read
Pairs = Iterator[tuple[str, str | None]]  # the name of a file, and its class


@dataclass(frozen=True)
class LabelTable:
    """The classes that one file assigns to images.

    classes: row of each image -> name of its class
    missing: number of entries that match no image
    unread: the titles of the columns that are not read
    """

    name: str
    classes: Mapping[int, str]
    missing: int
    unread: tuple[str, ...] = ()

    @property
    def splits(self) -> tuple[str, ...]:
        """Return the unread columns whose names suggest that they divide the images into splits."""
        return tuple(title for title in self.unread if _key(title) in SPLITS)


def read_stylegan(name: str, content: bytes, finder: FileFinder) -> LabelTable:
    """Read the labels in a dataset.json; the table is empty if the file declares no labels ("labels": null).

    Raises `InputError` when the file is damaged or too large, `NoLabelsError` when it has no "labels".
    """
    values = _parsed(content)
    if not isinstance(values, dict) or "labels" not in values:
        raise NoLabelsError('has no "labels"')
    if values["labels"] is None:
        return LabelTable(name, {}, 0)
    return _table(name, _stylegan_pairs(values["labels"]), finder)


def read_table(name: str, content: bytes, finder: FileFinder) -> LabelTable:
    """Read classes from a table with columns of file names and labels; raises `NoLabelsError` if there are none."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".json":
        raise NoLabelsError("JSON files are read only if named dataset.json")
    if len(content) > MOST_BYTES:
        raise NoLabelsError(f"the file is larger than {MOST_BYTES >> 20} MB")
    try:
        text = content.decode("utf-8-sig")
        rows = _json_lines(text) if suffix == ".jsonl" else _separated(text, suffix)
        pairs, unread = _columns(rows, finder)
        table = _table(name, pairs, finder, unread)
    except UnicodeDecodeError:
        raise NoLabelsError("the file is not UTF-8 text") from None
    except csv.Error as error:
        raise NoLabelsError(f"the file is damaged ({brief(error)})") from None
    except InputError as error:
        raise NoLabelsError(str(error)) from None
    count = len(set(table.classes.values()))
    if count * FEWEST_PER_CLASS > len(table.classes):
        raise NoLabelsError(f"has {count:,} different values for {len(table.classes):,} images, too many to be classes")
    return table


class NoLabelsError(InputError):
    """Error for a label table without readable labels; the message is the reason."""


def _table(name: str, pairs: Pairs, finder: FileFinder, unread: tuple[str, ...] = ()) -> LabelTable:
    classes: dict[int, str] = {}
    entries = missing = 0
    for entry, label in pairs:
        entries += 1
        row = finder.find(entry)
        if row is None:
            missing += 1
        elif label and classes.setdefault(row, label) != label:
            raise InputError(f"has two labels for {listed([entry])}: {listed([classes[row], label])}")
    if not classes:
        raise InputError("has no labels for the listed images" if entries > missing else "lists none of the images")
    distinct = set(classes.values())
    if len(distinct) > MOST_CLASSES:
        raise InputError(f"has {len(distinct):,} different labels, more than the maximum of {MOST_CLASSES:,} classes")
    class_names(sorted(distinct), [], "labels")
    return LabelTable(name, classes, missing, unread)


def _parsed(content: bytes) -> Any:
    if len(content) > MOST_BYTES or sum(map(content.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise InputError(f"contains more than {MOST_BYTES >> 20} MB or {MOST_VALUES:,} values")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON ({brief(error)})") from None


def _stylegan_pairs(labels: Any) -> Pairs:
    if not isinstance(labels, list):
        raise InputError('"labels" is not a list of [file, number] pairs')
    for pair in labels:
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise InputError(f'"labels" contains {listed([json.dumps(pair)])}, which is not a [file, number] pair')
        if type(pair[1]) is not int or not 0 <= pair[1] < MOST_CLASSES:
            raise InputError(
                f"the label of {listed([pair[0]])} is {listed([json.dumps(pair[1])])}, not a class from 0 to "
                f"{MOST_CLASSES - 1}"
            )
        yield pair[0], str(pair[1])


def _separated(text: str, suffix: str) -> Iterator[list[str]]:
    head = text.partition("\n")[0]
    separator = "\t" if suffix == ".tsv" else max(",;\t", key=head.count)
    return (row for row in csv.reader(StringIO(text), delimiter=separator) if row)


def _json_lines(text: str) -> Iterator[list[Any]]:
    """Yield the keys of the first object, then the values of each object for these keys."""
    keys: list[str] | None = None
    for line in StringIO(text):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise InputError(f"has a line of more than {LONGEST_LINE:,} characters")
        values = _parsed(line.encode())
        if not isinstance(values, dict):
            raise InputError("contains lines that are not JSON objects")
        if keys is None:
            keys = list(values)
            yield keys
        yield [values.get(key) for key in keys]


def _columns(rows: Iterator[list[Any]], finder: FileFinder) -> tuple[Pairs, tuple[str, ...]]:
    """Return the pairs of file name and label, and the titles of all other columns."""
    head = next(rows, [])
    titles = [_key(title) for title in head]
    file = next((titles.index(name) for name in NAMES if name in titles), None)
    if file is None and len(head) == 2 and finder.find(head[0]) is not None:  # a table without titles
        return _pairs(chain([head], rows), 0, 1), ()
    if file is None:
        raise InputError(f"has no column named {listed(NAMES, 4)}")
    label = _label_column(titles, file)
    unread = tuple(title.strip() for i, title in enumerate(head) if i not in (file, label) and title.strip())
    return _pairs(rows, file, label), unread


def _key(title: str) -> str:
    return title.strip().lower().replace(" ", "_").replace("-", "_")


def _pairs(rows: Iterable[list[Any]], file: int, label: int) -> Pairs:
    for row in rows:
        if max(file, label) < len(row):
            entry = str(row[file]) if type(row[file]) in (str, int) else ""
            yield entry, _value(row[label], entry)


def _label_column(titles: Sequence[str], file: int) -> int:
    named = [i for i, title in enumerate(titles) if title in LABELS and i != file]
    named = named or [i for i, title in enumerate(titles) if title in CAPTIONS and i != file]
    if not named and len(titles) == 2 and titles[1 - file] not in SPLITS:
        return 1 - file
    if len(named) != 1:
        columns = f"several label columns ({listed(titles[i] for i in named)})" if named else "no label column"
        splits = [title for title in titles if title in SPLITS]
        unread = f"; column {listed(splits)} is ignored: use folders named train and test" if splits else ""
        raise InputError(f"has {columns}: name exactly one column label{unread}")
    return named[0]


def _value(value: Any, entry: str) -> str | None:
    """Return the name of a label, or None for an empty value; integers written as 3.0 become 3."""
    if isinstance(value, bool | list | dict) or (isinstance(value, float) and not value.is_integer()):
        shown = listed([json.dumps(value)])
        raise InputError(f"the label of {listed([entry])} is {shown}, neither text nor an integer")
    text = "" if value is None else str(int(value) if isinstance(value, float) else value).strip()
    whole = text.removesuffix(".0")
    return (whole if whole.isdecimal() else text) or None
