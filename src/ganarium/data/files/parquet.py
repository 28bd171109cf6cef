"""Load Parquet files with a column of encoded pictures, as on the Hugging Face hub."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from ganarium.config.files import ParquetConfig
from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed, printable
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files.archive import MOST_BYTES, MOST_FILES, Shelf
from ganarium.data.files.archive import PICTURES as ENCODED
from ganarium.data.files.array_names import LABELS, PICTURES
from ganarium.data.files.labels import MOST_CLASSES
from ganarium.data.files.layout import Layout
from ganarium.data.files.layout_notes import left_out, lost
from ganarium.data.files.parquet_labels import Columns, Label, lost_labels, no_classes, numbered
from ganarium.data.files.pictures import load_from
from ganarium.data.files.split_selection import split_in_words
from ganarium.data.safe_io import amount, opened

if TYPE_CHECKING:
    from pyarrow import DataType
    from pyarrow.parquet import ParquetFile

SUFFIX = ".parquet"
DEPTHS = ("", "*/", "*/*/")  # number of files in a folder
MOST_GROUP = 1 << 30  # bytes of the pictures of one row group, which are read together
MOST_TEXT = 100 << 20  # bytes of a file's list of columns and row groups
PICTURE_NAMES = (*PICTURES, "img", "picture")
LABEL_NAMES = (*LABELS, "class", "fine_label")
UNLABELLED = -1  # label used by the hub for pictures with an unknown label
WITHOUT = "or remove the column, and all pictures are used without labels"
ADVICE = "write a column label with a whole number or the name of a class for every picture"


@dataclass
class ParquetPictures:
    """The pictures of all files, by name, with their labels and the splits in the names of files."""

    readers: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    splits: dict[str, Split | None] = field(default_factory=dict)


def is_parquet(path: Path) -> bool:
    """Return whether a file is named as a Parquet file, or a folder holds one and no pictures."""
    if not path.is_dir():
        return path.suffix.lower() == SUFFIX
    file = next((each for depth in DEPTHS for each in path.glob(f"{depth}*{SUFFIX}")), None)
    return file is not None and all(each.suffix.lower() not in ENCODED for each in file.parent.iterdir())


def load(settings: ParquetConfig, split: Split = "train") -> ImageSet:
    """Load one split of the pictures in a Parquet file, or in a folder of such files named train, test, ….

    Raises `InputError` without pyarrow, when a file is damaged or has no column of pictures, or a picture cannot be
    read, unless `settings.unreadable` is "skip"; `EmptySplitError` when the split has no pictures.
    """
    path = Path(settings.parquet)
    with ExitStack() as stack:
        columns, known = _everything(path, stack)
        shelf = Shelf(tuple(known.readers), {}, (), {}, (), lambda _: 0, lambda name: known.readers[name]())
        found = load_from(shelf, path, settings, split, partial(_layout, columns, known, split))
        assert isinstance(found, ImageSet)  # the columns define no domains
        return found


def _everything(path: Path, stack: ExitStack) -> tuple[Columns, ParquetPictures]:
    files = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: there are no {SUFFIX} files in it")
    known, read = ParquetPictures(), []
    for file in files:
        table = stack.enter_context(_opened(file))
        read.append(_columns(file, table))
        if read[-1] != read[0]:
            raise InputError(f"{file}: has other columns or classes than {files[0].name}; name one of the two")
        _refuse_size(file, table, len(known.readers))
        within = file.relative_to(path).with_suffix("").as_posix() if path.is_dir() else file.stem
        picture = _reader(table, read[0].picture)
        for number, label in enumerate(_labels(file, table, read[0].label)):
            name = f"{within}/{number:06d}"
            known.readers[name] = partial(picture, number)
            known.labels[name], known.splits[name] = label, split_in_words(within)
    return read[0], known


@contextmanager
def _opened(path: Path) -> Iterator[ParquetFile]:
    try:
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile
    except ImportError:
        raise InputError(f"{path}: Parquet files need pyarrow: pip install 'ganarium[parquet]'") from None
    with opened(path) as file:
        try:
            limits = {"thrift_string_size_limit": MOST_TEXT, "thrift_container_size_limit": MOST_TEXT}
            yield ParquetFile(file, **limits)
        except (ArrowException, OSError) as error:
            raise InputError(f"{path}: is no sound Parquet file ({brief(error)}); fetch it again") from None


def _columns(path: Path, table: ParquetFile) -> Columns:
    """Find the columns by the hub's metadata, else by their types and names."""
    schema, features = table.schema_arrow, _features(table.schema_arrow.metadata)
    pictures = [each.name for each in schema if _holds_bytes(each.type)]
    noted = [name for name in pictures if features.get(name, {}).get("_type") == "Image"]
    named = [name for name in pictures if name.lower() in PICTURE_NAMES]
    chosen = next(iter([*noted, *named, *(pictures if len(pictures) == 1 else [])]), None)
    if chosen is None:
        raise InputError(
            f"{path}: none of its columns ({listed(schema.names)}) holds encoded pictures; "
            'name one "image" with the bytes of PNG or JPEG files'
        )
    classes = {name: each["names"] for name, each in features.items() if each.get("_type") == "ClassLabel"}
    able = [each.name for each in schema if _holds_labels(each.type)]
    ranked = [name for name in able if name in classes] + [
        name for wanted in LABEL_NAMES for name in able if name.lower() == wanted
    ]
    label = next(iter(ranked), None)
    names = tuple(str(name) for name in classes.get(label, ()))[:MOST_CLASSES] if label else ()
    unread = tuple(name for name in schema.names if name not in (chosen, label))
    unable = next((name for name in unread if name in classes or name.lower() in LABEL_NAMES), None)
    no_label = ""
    if label is None and unable is not None:
        kind = printable(str(schema.field(unable).type))
        no_label = f"the column {printable(unable)} holds values of type {kind}, not whole numbers or texts"
    return Columns(chosen, label, names, unread, no_label)


def _features(metadata: Mapping[bytes, bytes] | None) -> dict[str, dict[str, Any]]:
    """Return the hub's metadata on columns: {"label": {"_type": "ClassLabel", "names": [...]}, ...}."""
    try:
        features = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        whole = {name: each for name, each in features.items() if isinstance(each, dict)}
        return {name: each for name, each in whole.items() if isinstance(each.get("names", []), list)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _holds_bytes(kind: DataType) -> bool:
    """Return whether a column holds bytes, or structures with bytes in a field named "bytes"."""
    from pyarrow import types

    if types.is_struct(kind):
        return any(inner.name == "bytes" and _holds_bytes(inner.type) for inner in kind)
    return bool(types.is_binary(kind) or types.is_large_binary(kind))


def _holds_labels(kind: DataType) -> bool:
    from pyarrow import types

    words = types.is_string(kind) or types.is_large_string(kind)
    if types.is_dictionary(kind):
        return _holds_labels(kind.value_type)
    return bool(types.is_integer(kind) or types.is_boolean(kind) or words)


def _refuse_size(path: Path, table: ParquetFile, before: int) -> None:
    """Raise `InputError` for files with too many pictures, or with too many bytes per row group."""
    facts = table.metadata
    if before + facts.num_rows > MOST_FILES:
        raise InputError(f"{path}: there are more than {MOST_FILES:,} pictures; take some of the files")
    for number in range(facts.num_row_groups):
        if (size := facts.row_group(number).total_byte_size) > MOST_GROUP:
            raise InputError(
                f"{path}: a row group has {amount(size)} bytes, at most {MOST_GROUP:,} are read at once; "
                "write it again with a smaller row_group_size"
            )


def _labels(path: Path, table: ParquetFile, column: str | None) -> Sequence[Label]:
    rows = table.metadata.num_rows
    if not rows:
        raise InputError(f"{path}: is empty; it has columns and no rows")
    if column is None:
        return [None] * rows
    labels = table.read([column]).column(0).to_pylist()
    return [None if label == UNLABELLED else label for label in labels]


def _reader(table: ParquetFile, column: str) -> Callable[[int], bytes]:
    """Return a function that reads the encoded picture of a row.

    It reads whole row groups and keeps the last one in memory.
    """
    from pyarrow import ArrowException

    facts, lock = table.metadata, Lock()
    starts = [0, *accumulate(facts.row_group(number).num_rows for number in range(facts.num_row_groups))]

    @lru_cache(maxsize=1)
    def group(number: int) -> Any:
        return table.read_row_group(number, columns=[column], use_threads=False).column(0)

    def picture(row: int) -> bytes:
        number = bisect_right(starts, row) - 1
        try:
            with lock:
                value = group(number)[row - starts[number]].as_py()
        except (ArrowException, OSError, IndexError) as error:
            raise InputError(f"damaged in the file ({brief(error)})") from None
        content = value.get("bytes") if isinstance(value, dict) else value
        if not content:
            raise InputError("its bytes are not in the file" if value else "empty")
        if len(content) > MOST_BYTES:
            raise InputError(f"larger than {MOST_BYTES >> 20} MB")
        return bytes(content)

    return picture


def _layout(columns: Columns, known: ParquetPictures, split: Split, names: Sequence[str]) -> Layout:
    """Determine splits by the names of files, if all name one and one is train, and labels by their column.

    A few pictures without a label are dropped. If a split has more of them, it has no labels; if the train split has no
    labels, no split has any.
    """
    said = [f"columns that are not read: {listed(columns.unread)}"] if columns.unread else []
    rows, found = tuple(range(len(names))), [known.splits[name] for name in names]
    splits = tuple(each for each in found if each is not None) if "train" in found else ()
    if splits and len(splits) < len(found):
        raise InputError("some files are named train or test and others are not; name a folder of files that all are")
    parts: Sequence[Split] = splits or (split,) * len(names)
    labels = [known.labels[name] for name in names]
    without = lost_labels(labels, parts)
    why, is_fault = no_classes(columns, labels) or without.get("train") or without.get(split) or ("", False)
    if why and is_fault:
        return Layout(rows, splits or None, None, (), tuple(said), tuple(lost(why, ADVICE)), why)
    if why:
        return Layout(rows, splits or None, None, (), (f"no labels: {why}", *said), unlabelled=why)
    strays = {row for row in rows if labels[row] is None and parts[row] not in without}
    kept = tuple(row for row in rows if row not in strays)
    numbers, classes = numbered([labels[row] for row in kept], columns)
    said.insert(0, f"labels: the column {printable(columns.label or '')} with {len(classes)} classes")
    notes = tuple(left_out([names[row] for row in sorted(strays)], WITHOUT))
    return Layout(kept, tuple(parts[row] for row in kept) if splits else None, numbers, classes, tuple(said), notes)
