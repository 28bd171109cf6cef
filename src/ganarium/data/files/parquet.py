"""Load Parquet files with a column of encoded images, as on the Hugging Face Hub."""

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

from ganarium.config.data_files import ParquetConfig
from ganarium.core.errors import InputError, brief
from ganarium.core.escape import listed, printable
from ganarium.data.datasets import ImageSet, Split
from ganarium.data.files.array_names import LABELS, PICTURES
from ganarium.data.files.folder_or_zip import MOST_BYTES, MOST_FILES, ImageFiles
from ganarium.data.files.folder_or_zip import PICTURES as ENCODED
from ganarium.data.files.image_folders import load_from
from ganarium.data.files.label_validation import MOST_CLASSES
from ganarium.data.files.layout import Layout
from ganarium.data.files.layout_warnings import labels_lost, left_out
from ganarium.data.files.parquet_labels import Columns, Label, lost_labels, no_classes, numbered
from ganarium.data.files.split_selection import split_in_words
from ganarium.data.safe_io import format_count, opened

if TYPE_CHECKING:
    from pyarrow import DataType
    from pyarrow.parquet import ParquetFile

SUFFIX = ".parquet"
DEPTHS = ("", "*/", "*/*/")  # glob patterns of the folder levels that are searched
MOST_GROUP = 1 << 30  # bytes of one row group, which is read as a whole
MOST_TEXT = 100 << 20  # bytes of a file's list of columns and row groups
PICTURE_NAMES = (*PICTURES, "img", "picture")
LABEL_NAMES = (*LABELS, "class", "fine_label")
UNLABELLED = -1  # label used by the hub for images with an unknown label
WITHOUT = "or remove the column to use all images without labels"
ADVICE = "add a column named label with an integer or a class name for every image"


@dataclass
class ParquetPictures:
    """Readers, labels and splits of the images in all Parquet files, by the name of the image."""

    readers: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    splits: dict[str, Split | None] = field(default_factory=dict)


def is_parquet(path: Path) -> bool:
    """Return whether a path is a file named *.parquet, or a folder with Parquet files but no images."""
    if not path.is_dir():
        return path.suffix.lower() == SUFFIX
    file = next((each for depth in DEPTHS for each in path.glob(f"{depth}*{SUFFIX}")), None)
    return file is not None and all(each.suffix.lower() not in ENCODED for each in file.parent.iterdir())


def load(settings: ParquetConfig, split: Split = "train") -> ImageSet:
    """Load one split of the images in a Parquet file, or in a folder of such files named train, test, ….

    Raises `InputError` when pyarrow is not installed, when a file is damaged or has no column of images, or when an
    image cannot be read, unless `settings.unreadable` is "skip"; `EmptySplitError` when the split has no images.
    """
    path = Path(settings.parquet)
    with ExitStack() as stack:
        columns, known = _everything(path, stack)
        files = ImageFiles(tuple(known.readers), {}, (), {}, (), lambda _: 0, lambda name: known.readers[name]())
        found = load_from(files, path, settings, split, partial(_layout, columns, known, split))
        assert isinstance(found, ImageSet)  # the columns define no domains
        return found


def _everything(path: Path, stack: ExitStack) -> tuple[Columns, ParquetPictures]:
    files = sorted(path.rglob(f"*{SUFFIX}")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: contains no {SUFFIX} files; pass a folder with Parquet files")
    known, read = ParquetPictures(), []
    for file in files:
        table = stack.enter_context(_opened(file))
        read.append(_columns(file, table))
        if read[-1] != read[0]:
            raise InputError(
                f"{file}: the columns or classes differ from those of {files[0].name}; pass only one of the two files"
            )
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
            raise InputError(f"{path}: not a valid Parquet file ({brief(error)}); download the file again") from None


def _columns(path: Path, table: ParquetFile) -> Columns:
    """Find the image and label columns by the hub's metadata, or else by their types and names."""
    schema, features = table.schema_arrow, _features(table.schema_arrow.metadata)
    pictures = [each.name for each in schema if _holds_bytes(each.type)]
    noted = [name for name in pictures if features.get(name, {}).get("_type") == "Image"]
    named = [name for name in pictures if name.lower() in PICTURE_NAMES]
    chosen = next(iter([*noted, *named, *(pictures if len(pictures) == 1 else [])]), None)
    if chosen is None:
        raise InputError(
            f"{path}: none of the columns ({listed(schema.names)}) contains encoded images; "
            'add a column "image" with the bytes of PNG or JPEG files'
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
        column_type = printable(str(schema.field(unable).type))
        no_label = f"the column {printable(unable)} has type {column_type} instead of integers or text"
    return Columns(chosen, label, names, unread, no_label)


def _features(metadata: Mapping[bytes, bytes] | None) -> dict[str, dict[str, Any]]:
    """Return the hub's metadata on columns: {"label": {"_type": "ClassLabel", "names": [...]}, ...}."""
    try:
        features = json.loads((metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        whole = {name: each for name, each in features.items() if isinstance(each, dict)}
        return {name: each for name, each in whole.items() if isinstance(each.get("names", []), list)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def _holds_bytes(column_type: DataType) -> bool:
    """Return whether a column holds bytes, or structures with bytes in a field named "bytes"."""
    from pyarrow import types

    if types.is_struct(column_type):
        return any(inner.name == "bytes" and _holds_bytes(inner.type) for inner in column_type)
    return bool(types.is_binary(column_type) or types.is_large_binary(column_type))


def _holds_labels(column_type: DataType) -> bool:
    from pyarrow import types

    text = types.is_string(column_type) or types.is_large_string(column_type)
    if types.is_dictionary(column_type):
        return _holds_labels(column_type.value_type)
    return bool(types.is_integer(column_type) or types.is_boolean(column_type) or text)


def _refuse_size(path: Path, table: ParquetFile, before: int) -> None:
    """Raise `InputError` for files with too many images, or with too many bytes per row group."""
    facts = table.metadata
    if before + facts.num_rows > MOST_FILES:
        raise InputError(f"{path}: contains more than {MOST_FILES:,} images; use a subset of the files")
    for number in range(facts.num_row_groups):
        if (size := facts.row_group(number).total_byte_size) > MOST_GROUP:
            raise InputError(
                f"{path}: a row group has {format_count(size)} bytes, more than the maximum of {MOST_GROUP:,}; "
                "write the file again with a smaller row_group_size"
            )


def _labels(path: Path, table: ParquetFile, column: str | None) -> Sequence[Label]:
    rows = table.metadata.num_rows
    if not rows:
        raise InputError(f"{path}: the file has no rows; add a row for each image")
    if column is None:
        return [None] * rows
    labels = table.read([column]).column(0).to_pylist()
    return [None if label == UNLABELLED else label for label in labels]


def _reader(table: ParquetFile, column: str) -> Callable[[int], bytes]:
    """Return a function that reads the encoded image of a row.

    The function reads whole row groups and keeps the last group in memory.
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
            raise InputError(f"the row is damaged ({brief(error)})") from None
        content = value.get("bytes") if isinstance(value, dict) else value
        if not content:
            raise InputError("the file does not contain the bytes of the image" if value else "the image is empty")
        if len(content) > MOST_BYTES:
            raise InputError(f"the image is larger than {MOST_BYTES >> 20} MB")
        return bytes(content)

    return picture


def _layout(columns: Columns, known: ParquetPictures, split: Split, names: Sequence[str]) -> Layout:
    """Determine splits from file names, if each names a split and one names train, and labels from the label column.

    A few unlabelled images are dropped. A split with too many unlabelled images has no labels; if that is the train
    split, no split has labels.
    """
    messages = [f"ignored columns: {listed(columns.unread)}"] if columns.unread else []
    rows, found = tuple(range(len(names))), [known.splits[name] for name in names]
    splits = tuple(each for each in found if each is not None) if "train" in found else ()
    if splits and len(splits) < len(found):
        raise InputError("some files are named train or test and others are not; rename the other files")
    parts: Sequence[Split] = splits or (split,) * len(names)
    labels = [known.labels[name] for name in names]
    without = lost_labels(labels, parts)
    why, is_fault = no_classes(columns, labels) or without.get("train") or without.get(split) or ("", False)
    if why and is_fault:
        return Layout(rows, splits or None, None, (), tuple(messages), tuple(labels_lost(why, ADVICE)), why)
    if why:
        return Layout(rows, splits or None, None, (), (f"no labels: {why}", *messages), unlabelled=why)
    unlabelled = {row for row in rows if labels[row] is None and parts[row] not in without}
    used = tuple(row for row in rows if row not in unlabelled)
    numbers, classes = numbered([labels[row] for row in used], columns)
    messages.insert(0, f"labels: the column {printable(columns.label or '')} with {len(classes)} classes")
    findings = tuple(left_out([names[row] for row in sorted(unlabelled)], WITHOUT))
    return Layout(
        used, tuple(parts[row] for row in used) if splits else None, numbers, classes, tuple(messages), findings
    )
